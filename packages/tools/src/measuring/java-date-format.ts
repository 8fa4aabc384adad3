import { ToolError } from '../command-line/tool.js'

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

type Field = (time: Date, width: number) => string

const number =
  (of: (time: Date) => number): Field =>
  (time, width) =>
    String(of(time)).padStart(width, '0')

const name = (names: readonly string[], of: (time: Date) => number): Field => {
  return (time, width) => {
    const full = names[of(time)] ?? ''
    return width >= 4 ? full : full.slice(0, 3)
  }
}

const zone = (utc: string, separator: string): Field => {
  return (time) => {
    const minutes = -time.getTimezoneOffset()
    if (minutes === 0) return utc
    const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
    return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}${separator}${String(rest).padStart(2, '0')}`
  }
}

const fields: Readonly<Record<string, Field>> = {
  G: () => 'AD',
  y: (time, width) => {
    const year = String(time.getFullYear())
    return width === 2 ? year.slice(-2) : year.padStart(width, '0')
  },
  M: (time, width) =>
    width >= 3
      ? name(months, (date) => date.getMonth())(time, width)
      : String(time.getMonth() + 1).padStart(width, '0'),
  d: number((time) => time.getDate()),
  E: name(weekdays, (time) => time.getDay()),
  u: number((time) => time.getDay() || 7),
  a: (time) => (time.getHours() < 12 ? 'AM' : 'PM'),
  H: number((time) => time.getHours()),
  k: number((time) => time.getHours() || 24),
  K: number((time) => time.getHours() % 12),
  h: number((time) => time.getHours() % 12 || 12),
  m: number((time) => time.getMinutes()),
  s: number((time) => time.getSeconds()),
  S: number((time) => time.getMilliseconds()),
  Z: zone('+0000', ''),
  X: zone('Z', ':'),
}

/** Times by a pattern of Java's `SimpleDateFormat`, in the local zone. Errors: ToolError for a pattern that is none. */
export function javaDateFormat(pattern: string): (timeMs: number) => string {
  const parts = (pattern.match(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g) ?? []).map(
    (part): ((time: Date) => string) => {
      const [letter = ''] = part
      if (letter === "'") {
        if (part.length === 1) throw new ToolError('Unterminated quote')
        const text = part === "''" ? "'" : part.slice(1, -1).replaceAll("''", "'")
        return () => text
      }
      if (!/[A-Za-z]/.test(letter)) return () => part
      const field = fields[letter]
      if (field === undefined) throw new ToolError(`Illegal pattern character '${letter}' in --date-format ${pattern}`)
      return (time) => field(time, part.length)
    },
  )
  return (timeMs) => {
    const time = new Date(timeMs)
    return parts.map((part) => part(time)).join('')
  }
}
