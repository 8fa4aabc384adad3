import type { LogFields, Logger } from '@millrace/broker'

/** Keeps what was logged as an error or a warning. */
export class RecordingLogger implements Logger {
  readonly errors: string[] = []
  readonly warnings: string[] = []

  debug(): void {}

  info(): void {}

  warn(message: string, fields?: LogFields): void {
    this.warnings.push(text(message, fields))
  }

  error(message: string, fields?: LogFields): void {
    this.errors.push(text(message, fields))
  }
}

function text(message: string, fields: LogFields = {}): string {
  const values = Object.entries(fields).map(([key, value]) => {
    const shown = value instanceof Error ? (value.stack ?? value.message) : JSON.stringify(value)
    return `${key}=${shown}`
  })
  return [message, ...values].join(' ')
}
