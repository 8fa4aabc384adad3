/** Records as JSON, and values that are JSON made readable: what Kafka's own tool lacks. */
import type { ConsumerRecord } from '@millrace/client'
import { json } from '../command-line/output.js'
import type { Formatter } from './formatter.js'

/** One line of JSON for a record; texts for bytes, which are taken as UTF-8. */
export const jsonFormatter: Formatter = (record) => {
  const { topic, partition, offset, timestamp, timestampType, leaderEpoch, rawKey, rawValue } = record
  const headers = [...record.headers].map(([key, value]) => ({ key, value: textOf(value) }))
  const [key, value] = [textOf(rawKey), textOf(rawValue)]
  return `${json({ topic, partition, offset, leaderEpoch, timestamp, timestampType, key, value, headers })}\n`
}

/** What `format` makes of a record, its value over several lines if it is JSON. */
export function prettyFormatter(format: Formatter, { hasColours }: { readonly hasColours: boolean }): Formatter {
  return (record) => {
    const line = format(record)
    const value = prettyValue(record)
    if (value === undefined) return line
    const text = String(line)
    const at = text.lastIndexOf(String(record.rawValue))
    const shown = hasColours ? coloured(value) : value
    return at === -1 ? line : text.slice(0, at) + shown + text.slice(at + String(record.rawValue).length)
  }
}

/** Undefined: it is no object and no list. */
function prettyValue({ rawValue }: ConsumerRecord): string | undefined {
  if (rawValue === null || !/^\s*[[{]/.test(rawValue.toString('utf8', 0, 16))) return undefined
  try {
    return JSON.stringify(JSON.parse(String(rawValue)), null, 2)
  } catch {
    return undefined
  }
}

const CYAN = '\x1b[36m'
const RESET = '\x1b[0m'

function coloured(text: string): string {
  return text.replace(/^(\s*)("(?:[^"\\]|\\.)*")(?=:)/gm, `$1${CYAN}$2${RESET}`)
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString()
}
