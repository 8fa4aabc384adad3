import type { LogFields } from '../ports.js'
import type { LogLevel } from './log-level.js'

/** One line of the operator's log. */
export interface LogEntry {
  readonly timeMs: number
  readonly level: LogLevel
  /** The name of the logger, such as `millrace.controller`. */
  readonly logger: string
  readonly message: string
  readonly fields: LogFields | undefined
}

/** Where lines go. Must not throw, and must not block for long. */
export interface LogSink {
  write(entry: LogEntry): void
}
