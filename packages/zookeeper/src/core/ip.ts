/** Addresses and prefixes (`10.0.0.0/8`, `fd00::/8`) of the `ip` ACL scheme. */

/** True if `pattern` is an address, or an address with a prefix length. */
export function isIpPattern(pattern: string): boolean {
  return parsePattern(pattern) !== undefined
}

/** True if `address` lies within `pattern`. */
export function matchesIpPattern(address: string, pattern: string): boolean {
  const parsed = parsePattern(pattern)
  const bytes = parseAddress(address)
  if (parsed === undefined || bytes === undefined || bytes.length !== parsed.bytes.length) return false
  for (let bit = 0; bit < parsed.prefixBits; bit += 8) {
    const index = bit >> 3
    const mask = parsed.prefixBits - bit >= 8 ? 0xff : (0xff << (8 - (parsed.prefixBits - bit))) & 0xff
    if (((bytes[index] ?? 0) & mask) !== ((parsed.bytes[index] ?? 0) & mask)) return false
  }
  return true
}

function parsePattern(pattern: string): { bytes: readonly number[]; prefixBits: number } | undefined {
  const [address = '', prefix, ...rest] = pattern.split('/')
  const bytes = parseAddress(address)
  if (bytes === undefined || rest.length > 0) return undefined
  if (prefix === undefined) return { bytes, prefixBits: bytes.length * 8 }
  const prefixBits = Number(prefix)
  if (!/^\d{1,3}$/.test(prefix) || prefixBits > bytes.length * 8) return undefined
  return { bytes, prefixBits }
}

function parseAddress(address: string): readonly number[] | undefined {
  // A listener on both families shows IPv4 peers this way.
  if (/^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address)) return parseIpv4(address.slice(7))
  return address.includes(':') ? parseIpv6(address) : parseIpv4(address)
}

function parseIpv4(address: string): readonly number[] | undefined {
  const parts = address.split('.')
  if (parts.length !== 4) return undefined
  const bytes = parts.map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256))
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function parseIpv6(address: string): readonly number[] | undefined {
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...new Array<string>(missing).fill('0'), ...(tail ?? [])]
  const bytes: number[] = []
  for (const group of groups) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined
    const value = Number.parseInt(group, 16)
    bytes.push(value >> 8, value & 0xff)
  }
  return bytes
}
