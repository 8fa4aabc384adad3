/**
 * The loggers of one broker by name, and the level of each, which can be changed while it runs (Kafka: Log4jController).
 *
 * Names form a tree along their dots, with `root` above all: a logger without a level of its own has that of the nearest
 * one above it. A logger exists once somebody has asked for it, as with log4j.
 */
import { type Clock, type LogFields, type Logger, type Scheduler, systemClock, systemScheduler } from '../ports.js'
import { LineLimiter } from './line-limiter.js'
import { type LogLevel, verbosityOf } from './log-level.js'
import type { LogSink } from './log-sink.js'

export const rootLogger = 'root'

export interface LoggersOptions {
  readonly sink: LogSink
  /** The level of root. Default INFO. */
  readonly level?: LogLevel
  readonly clock?: Clock
  readonly scheduler?: Scheduler
}

/** A logger that knows its name. */
export class NamedLogger implements Logger {
  readonly name: string
  readonly #sink: LogSink
  readonly #clock: Clock
  /** What counts, own or inherited. */
  #verbosity: number

  constructor(name: string, sink: LogSink, clock: Clock, level: LogLevel) {
    this.name = name
    this.#sink = sink
    this.#clock = clock
    this.#verbosity = verbosityOf(level)
  }

  /** Whether a line of this level would be written: asked where the line itself is dear to make. */
  isEnabled(level: LogLevel): boolean {
    return verbosityOf(level) <= this.#verbosity
  }

  trace(message: string, fields?: LogFields): void {
    this.#log('TRACE', message, fields)
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('DEBUG', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.#log('INFO', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('WARN', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.#log('ERROR', message, fields)
  }

  /** Only {@link Loggers} does this. */
  follow(level: LogLevel): void {
    this.#verbosity = verbosityOf(level)
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (!this.isEnabled(level)) return
    this.#sink.write({ timeMs: this.#clock.nowMs(), level, logger: this.name, message, fields })
  }
}

export class Loggers {
  readonly #limiter: LineLimiter
  readonly #clock: Clock
  readonly #loggers = new Map<string, NamedLogger>()
  /** Levels that were set. Root always has one. */
  readonly #levels = new Map<string, LogLevel>()

  constructor({ sink, level = 'INFO', clock = systemClock, scheduler = systemScheduler }: LoggersOptions) {
    this.#clock = clock
    this.#limiter = new LineLimiter({ sink, clock, scheduler })
    this.#levels.set(rootLogger, level)
    this.get(rootLogger)
  }

  /** Lines go on to a logger that knows nothing of names. */
  static over(logger: Logger): Loggers {
    return new Loggers({
      sink: {
        write: ({ level, message, fields }) => {
          if (level === 'FATAL' || level === 'ERROR') logger.error(message, fields)
          else if (level === 'WARN') logger.warn(message, fields)
          else if (level === 'INFO') logger.info(message, fields)
          else logger.debug(message, fields)
        },
      },
    })
  }

  /** The logger of this name, made if there is none. */
  get(name: string): NamedLogger {
    let logger = this.#loggers.get(name)
    if (logger === undefined) {
      logger = new NamedLogger(name, this.#limiter, this.#clock, this.#levelInForce(name))
      this.#loggers.set(name, logger)
    }
    return logger
  }

  has(name: string): boolean {
    return this.#loggers.has(name)
  }

  /** Every logger with the level in force. */
  levels(): ReadonlyMap<string, LogLevel> {
    return new Map([...this.#loggers.keys()].map((name) => [name, this.#levelInForce(name)]))
  }

  /** Gives a logger a level, or takes it back, so that what stands above it counts again. */
  setLevel(name: string, level: LogLevel | undefined): void {
    if (level !== undefined) this.#levels.set(name, level)
    else if (name !== rootLogger) this.#levels.delete(name)
    for (const logger of this.#loggers.values()) logger.follow(this.#levelInForce(logger.name))
  }

  /** Writes what is held back. */
  flush(): void {
    this.#limiter.flush()
  }

  #levelInForce(name: string): LogLevel {
    for (let at = name; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const level = this.#levels.get(at)
      if (level !== undefined) return level
    }
    return this.#levels.get(rootLogger) as LogLevel
  }
}
