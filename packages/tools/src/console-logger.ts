import type { LogFields, Logger } from '@millrace/broker'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** Lines as Kafka's console appender writes them: `[2026-01-31 12:00:00,123] WARN message (key=value)`. */
export function consoleLogger(least: (typeof levels)[number]): Logger {
  const log = (level: (typeof levels)[number]) => (message: string, fields?: LogFields) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return
    const line = `[${timestamp(new Date())}] ${level.toUpperCase()} ${message}${formatFields(fields)}`
    if (level === 'error' || level === 'warn') console.error(line)
    else console.log(line)
  }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

function timestamp(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString()
  return local.slice(0, 23).replace('T', ' ').replace('.', ',')
}

function formatFields(fields: LogFields = {}): string {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  if (entries.length === 0) return ''
  const stacks = entries.flatMap(([, value]) => (value instanceof Error && value.stack ? [`\n${value.stack}`] : []))
  const texts = entries.flatMap(([key, value]) => (value instanceof Error ? [] : [`${key}=${String(value)}`]))
  return `${texts.length > 0 ? ` (${texts.join(', ')})` : ''}${stacks.join('')}`
}
