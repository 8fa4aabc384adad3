/**
 * The order in which Kafka's tools print what they keep in a `HashMap`: part of what scripts have come to read. It depends on
 * nothing but the keys.
 */
import type { TopicPartition } from '@millrace/client'

const CAPACITY_DEFAULT = 16
const LOAD_MAX = 0.75

/** `String.hashCode` */
export function stringHash(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}

/** `TopicPartition.hashCode` */
export function partitionHash({ topic, partition }: TopicPartition): number {
  return (Math.imul(31 + partition, 31) + stringHash(topic)) | 0
}

/** Distinct entries as a HashMap gives them that they were put into one by one. `sizeHint`: what its constructor was given. */
export function hashOrder<Entry>(
  entries: Iterable<Entry>,
  hashOf: (entry: Entry) => number,
  sizeHint = CAPACITY_DEFAULT,
): readonly Entry[] {
  const all = [...entries]
  let capacity = 1
  while (capacity < sizeHint || all.length > capacity * LOAD_MAX) capacity *= 2
  const bucketOf = (entry: Entry) => {
    const hash = hashOf(entry)
    return (hash ^ (hash >>> 16)) & (capacity - 1)
  }
  return all
    .map((entry) => ({ entry, bucket: bucketOf(entry) }))
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ entry }) => entry)
}
