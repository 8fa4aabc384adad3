/**
 * Times as Java's `Date.toString` prints them: `Thu Jan 01 00:00:00 UTC 1970`, in the local zone.
 */

/** Where the abbreviations are at home: each English knows its own. */
const locales = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'en-CA', 'en-IE']

/** Abbreviations that no English locale has, and Java does. None of these zones has summer time. */
const otherZones: Readonly<Record<string, string>> = {
  'America/Argentina/Buenos_Aires': 'ART',
  'America/Bogota': 'COT',
  'America/Sao_Paulo': 'BRT',
  'Asia/Bangkok': 'ICT',
  'Asia/Dubai': 'GST',
  'Asia/Ho_Chi_Minh': 'ICT',
  'Asia/Hong_Kong': 'HKT',
  'Asia/Jakarta': 'WIB',
  'Asia/Karachi': 'PKT',
  'Asia/Kuala_Lumpur': 'MYT',
  'Asia/Manila': 'PST',
  'Asia/Riyadh': 'AST',
  'Asia/Seoul': 'KST',
  'Asia/Shanghai': 'CST',
  'Asia/Singapore': 'SGT',
  'Asia/Taipei': 'CST',
  'Asia/Tokyo': 'JST',
  'Europe/Istanbul': 'TRT',
  'Europe/Moscow': 'MSK',
}

/** `timeZone` is for tests; default the machine's. A zone without a known abbreviation appears as `GMT+03:00`. */
export function javaDate(timeMs: number, timeZone?: string): string {
  const format = new Intl.DateTimeFormat('en-US', {
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone,
  })
  const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  const time = `${part('hour')}:${part('minute')}:${part('second')}`
  const zone = zoneName(timeMs, format.resolvedOptions().timeZone)
  return `${part('weekday')} ${part('month')} ${part('day')} ${time} ${zone} ${part('year')}`
}

function zoneName(timeMs: number, timeZone: string): string {
  for (const locale of locales) {
    const name = shortName(timeMs, timeZone, locale)
    if (!/[+\-−\d]/.test(name)) return name
  }
  const other = otherZones[timeZone]
  if (other !== undefined) return other
  const [, sign = '+', hours = '0', minutes = '00'] =
    /([+\-−])(\d+)(?::(\d+))?/.exec(shortName(timeMs, timeZone, 'en-US')) ?? []
  return `GMT${sign === '+' ? '+' : '-'}${hours.padStart(2, '0')}:${minutes}`
}

function shortName(timeMs: number, timeZone: string, locale: string): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }).formatToParts(timeMs)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}
