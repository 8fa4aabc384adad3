/**
 * Topics of a member's subscription in the embedded consumer protocol (ConsumerProtocolSubscription). Version 0 is a
 * prefix of every version, so only that is read: int16 version, int32 count, then the topics as int16-prefixed UTF-8.
 *
 * Undefined if the bytes are not such a subscription, as when another client library fills them as it likes.
 */
export function subscribedTopicsOf(metadata: Buffer): string[] | undefined {
  if (metadata.length < 6 || metadata.readInt16BE(0) < 0) return undefined
  const count = metadata.readInt32BE(2)
  let at = 6
  // Each topic takes two bytes at least: a larger count is refused before anything is allocated.
  if (count < 0 || count > (metadata.length - at) / 2) return undefined
  const topics: string[] = []
  for (let index = 0; index < count; index++) {
    if (at + 2 > metadata.length) return undefined
    const length = metadata.readInt16BE(at)
    at += 2
    if (length < 0 || at + length > metadata.length) return undefined
    topics.push(metadata.toString('utf8', at, at + length))
    at += length
  }
  return topics
}
