/** The levels that Kafka knows (LogLevelConfig), the most important one first. */
export const logLevels = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] as const

export type LogLevel = (typeof logLevels)[number]

export function isLogLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text)
}

/** The larger, the more is told. */
export function verbosityOf(level: LogLevel): number {
  return logLevels.indexOf(level)
}
