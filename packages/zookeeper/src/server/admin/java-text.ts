/** Values as Java prints them: programs that read ZooKeeper's answers count on the look. */

/** A long as `Long.toHexString` prints it: negative ones as two's complement. */
export function javaHex(value: bigint | number): string {
  return BigInt.asUintN(64, BigInt(value)).toString(16)
}

/** As `Double.toString`: `0.0`, `12.5`, `1.0E-4`. */
export function javaDouble(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0.0'
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}

/** As `InetSocketAddress.toString` without a host name: `/127.0.0.1:2181`, `/[0:0:0:0:0:0:0:1]:2181`. */
export function javaSocketAddress(address: string, port: number): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (mapped !== undefined) return `/${mapped}:${port}`
  return address.includes(':') ? `/[${fullIpv6(address)}]:${port}` : `/${address}:${port}`
}

function fullIpv6(address: string): string {
  const [withoutZone = '', zone] = address.split('%')
  const [head = [], tail = []] = withoutZone.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const missing = withoutZone.includes('::') ? Math.max(0, 8 - head.length - tail.length) : 0
  const groups = [...head, ...new Array<string>(missing).fill('0'), ...tail]
  const text = groups.map((group) => group.replace(/^0+(?=.)/, '').toLowerCase()).join(':')
  return zone === undefined ? text : `${text}%${zone}`
}

/** As `Date.toString`: `Sat Jan 31 12:00:00 UTC 2026`. The time zone is the process's unless one is named. */
export function javaDate(timeMs: number, timeZone?: string): string {
  const format = new Intl.DateTimeFormat('en-US', {
    ...(timeZone === undefined ? {} : { timeZone }),
    weekday: 'short',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    year: 'numeric',
  })
  const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  const time = `${part('hour')}:${part('minute')}:${part('second')}`
  return `${part('weekday')} ${part('month')} ${part('day')} ${time} ${part('timeZoneName')} ${part('year')}`
}
