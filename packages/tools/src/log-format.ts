/** How a line of the broker's log is written: for people, or for programs. */
import type { LogEntry } from '@millrace/broker'

export type LogFormat = 'text' | 'json'

export const logFormats: Readonly<Record<LogFormat, (entry: LogEntry) => string>> = {
  text: textLine,
  json: jsonLine,
}

/** As Kafka's console appender writes them: `[2026-01-31 12:00:00,123] WARN message (key=value) (millrace.log)`. */
function textLine({ timeMs, level, logger, message, fields = {} }: LogEntry): string {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  const stacks = entries.flatMap(([, value]) => (value instanceof Error ? [`\n${stackOf(value)}`] : []))
  const texts = entries.flatMap(([key, value]) =>
    value instanceof Error ? [] : [`${key}=${printable(String(value))}`],
  )
  const details = texts.length > 0 ? ` (${texts.join(', ')})` : ''
  return `[${timestamp(timeMs)}] ${level} ${printable(message)}${details} (${logger})${stacks.join('')}\n`
}

/** One object in each line; the fields stand beside `time`, `level`, `logger` and `message`, which they cannot replace. */
function jsonLine({ timeMs, level, logger, message, fields = {} }: LogEntry): string {
  const plain = Object.entries(fields).map(([key, value]) => [reserved.has(key) ? `${key}_` : key, jsonValue(value)])
  const line = { time: new Date(timeMs).toISOString(), level, logger, message, ...Object.fromEntries(plain) }
  return `${JSON.stringify(line)}\n`
}

const reserved: ReadonlySet<string> = new Set(['time', 'level', 'logger', 'message'])

function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (!(value instanceof Error)) return typeof value === 'object' && value !== null ? String(value) : value
  const { code } = value as NodeJS.ErrnoException
  return { name: value.name, message: value.message, ...(code === undefined ? {} : { code }), stack: stackOf(value) }
}

function stackOf(error: Error): string {
  return error.stack ?? `${error.name}: ${error.message}`
}

/** What a client sends may end up in a line: it must not forge others, nor steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(
    controlCharacters,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/g

function timestamp(timeMs: number): string {
  const local = new Date(timeMs - new Date(timeMs).getTimezoneOffset() * 60_000).toISOString()
  return local.slice(0, 23).replace('T', ' ').replace('.', ',')
}
