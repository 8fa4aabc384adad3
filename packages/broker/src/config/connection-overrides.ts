/**
 * Reads `max.connections.per.ip.overrides`: address:count, comma-separated, where an address may have colons of its own.
 * Undefined: the text is not of that form.
 */
export function parseConnectionOverrides(text: string): ReadonlyMap<string, number> | undefined {
  const counts = new Map<string, number>()
  for (const item of text.split(',').filter((part) => part.trim() !== '')) {
    const [, address, count] = /^(.+):(\d+)$/.exec(item.trim()) ?? []
    if (address === undefined) return undefined
    counts.set(address.replace(/^\[(.*)\]$/, '$1'), Number(count))
  }
  return counts
}
