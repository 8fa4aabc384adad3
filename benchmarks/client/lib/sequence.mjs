// The values of the records: each begins with its number in the topic, so that a consumer can tell whether it got every
// record once and in order, for a few nanoseconds. Pure.

const numberBytes = 4

/** `(n) => value` of `size` bytes. `kind`: `filler`, as a stream of bytes costs whatever is in it; `json`, which compresses as orders do. */
export function valueMaker(kind, size) {
  const pool = kind === 'json' ? jsonPool(size) : [Buffer.alloc(size, 'x')]
  return (n) => {
    const value = Buffer.from(pool[n % pool.length])
    value.writeUInt32LE(n, 0)
    return value
  }
}

export function numberOf(value) {
  return value.readUInt32LE(0)
}

/** A sum that depends on every number but not on their order. It stays a small integer, which V8 keeps without allocating. */
export function addToChecksum(checksum, n) {
  return checksum ^ Math.imul(n + 1, 0x9e3779b1)
}

/** Of the numbers from 0 on. */
export function checksumOf(count) {
  let checksum = 0
  for (let n = 0; n < count; n++) checksum = addToChecksum(checksum, n)
  return checksum
}

/** Orders with seeded figures. More than a batch holds, so that no codec finds one of them twice. */
function jsonPool(size) {
  const random = seeded(1)
  return Array.from({ length: 2000 }, () => {
    let text = ''
    while (text.length < size - numberBytes) text += JSON.stringify(order(random))
    return Buffer.from('\0'.repeat(numberBytes) + text.slice(0, size - numberBytes), 'latin1')
  })
}

const words = ['keyboard', 'monitor', 'cable', 'adapter', 'headset', 'charger', 'camera', 'printer', 'router', 'tablet']

function order(random) {
  const pick = (most) => Math.floor(random() * most)
  return {
    orderId: `${pick(2 ** 31).toString(36)}-${pick(2 ** 31).toString(36)}`,
    customer: { id: pick(1_000_000), name: `customer ${pick(100_000)}`, country: ['DE', 'FR', 'US', 'JP'][pick(4)] },
    items: Array.from({ length: 3 }, () => ({
      sku: `SKU-${pick(2 ** 31).toString(36)}${pick(2 ** 31).toString(36)}`,
      title: words[pick(words.length)],
      quantity: 1 + pick(9),
      price: pick(100_000) / 100,
    })),
    status: 'CONFIRMED',
    createdAt: 1_700_000_000_000 + pick(1_000_000_000),
  }
}

/** mulberry32. */
function seeded(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
