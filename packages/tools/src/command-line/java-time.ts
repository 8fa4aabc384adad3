/** Times as Kafka's tools take them (`Utils.getDateTime`, `java.time.Duration`). Errors: ToolError. */
import { ToolError } from './tool.js'

const DATE_TIME =
  /^(\d+)-(\d{1,2})-(\d{1,2})T(\d{1,2}):(\d{1,2}):(\d{1,2})\.(\d{1,3})(?:Z|([+-])(\d{2})(?::?(\d{2}))?)$/

/** `2024-05-01T12:00:00.000`, with `Z`, `+02` or `+02:00` behind it or else UTC, in ms since 1970. */
export function dateTimeMs(text: string): number {
  const [, timeOfDay] = text.split('T')
  if (timeOfDay === undefined) {
    throw new ToolError("Error parsing timestamp. It does not contain a 'T' according to ISO8601 format")
  }
  const match = DATE_TIME.exec(/[+Z-]/.test(timeOfDay) ? text : `${text}Z`)
  if (match === null) throw new ToolError(`Unparseable date: "${text}": it is like 2024-05-01T12:00:00.000`)
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0] = match.slice(1, 8).map(Number)
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms))
  const isReal = time.getUTCMonth() === month - 1 && time.getUTCDate() === day
  if (!isReal || hour > 23 || minute > 59 || second > 59) throw new ToolError(`Unparseable date: "${text}"`)
  const offsetMinutes = Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)
  return time.getTime() - (match[8] === '-' ? -1 : 1) * offsetMinutes * 60_000
}

const DURATION = /^([+-]?)P(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+)(?:[.,](\d{0,9}))?S)?)?$/i

/** `P7D`, `PT1H30M`, `-PT0.5S` in milliseconds. */
export function durationMs(text: string): number {
  const match = DURATION.exec(text)
  if (match === null || !/\d/.test(text) || /T$/i.test(text)) {
    throw new ToolError('Text cannot be parsed to a Duration: it is like P7D or PT1H30M')
  }
  const [days = 0, hours = 0, minutes = 0] = match.slice(2, 5).map((part) => Number(part ?? 0))
  const seconds = match[5] ?? '0'
  const fraction = Number(`0.${match[6] || '0'}`) * (seconds.startsWith('-') ? -1 : 1)
  const total = ((days * 24 + hours) * 60 + minutes) * 60 + Number(seconds) + fraction
  return Math.trunc(total * 1000) * (match[1] === '-' ? -1 : 1)
}
