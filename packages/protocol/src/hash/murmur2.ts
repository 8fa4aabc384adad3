const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24

/**
 * The 32-bit murmur2 hash of the bytes, as a signed integer: the hash by which Kafka's producers spread keys over
 * partitions (`toPositive(murmur2(key)) % partitions`). Source: Kafka's `Utils.murmur2`.
 */
export function murmur2(data: Uint8Array): number {
  const length = data.length
  let h = SEED ^ length
  let at = 0
  for (const lastBlock = length - 4; at <= lastBlock; at += 4) {
    let k = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)
    k = Math.imul(k, M)
    k ^= k >>> R
    k = Math.imul(k, M)
    h = Math.imul(h, M) ^ k
  }
  const rest = length - at
  if (rest >= 3) h ^= data[at + 2]! << 16
  if (rest >= 2) h ^= data[at + 1]! << 8
  if (rest >= 1) h = Math.imul(h ^ data[at]!, M)
  h ^= h >>> 13
  h = Math.imul(h, M)
  return h ^ (h >>> 15)
}

/** Clears the sign bit, which is not the absolute value. Source: Kafka's `Utils.toPositive`. */
export function toPositive(hash: number): number {
  return hash & 0x7fffffff
}
