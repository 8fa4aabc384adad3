/** Java's `String.hashCode`: a polynomial in 31 over UTF-16 units, as a signed 32-bit integer. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/**
 * The absolute value of a 32-bit integer, with 0 for −2³¹. A group or transactional id lives in partition
 * `kafkaAbs(javaStringHash(id)) % partitions` of its coordinator's topic. Source: Kafka's `Utils.abs`.
 */
export function kafkaAbs(hash: number): number {
  return hash === -0x8000_0000 ? 0 : Math.abs(hash)
}
