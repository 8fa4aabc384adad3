/** An IPv4 address that a socket for both families shows as IPv6 (::ffff:10.0.0.1), as IPv4; any other as it is. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
