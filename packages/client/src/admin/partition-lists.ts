import type { TopicPartition } from '../topic-partition.js'

/** Partitions in the protocol's form: one element for each topic, made from its partition numbers and its keys. */
export function byTopic<K extends TopicPartition, E>(
  keys: Iterable<K>,
  element: (topic: string, partitions: number[], keys: readonly K[]) => E,
): E[] {
  const topics = new Map<string, K[]>()
  for (const key of keys) {
    const those = topics.get(key.topic)
    if (those === undefined) topics.set(key.topic, [key])
    else those.push(key)
  }
  return [...topics].map(([topic, those]) =>
    element(
      topic,
      those.map(({ partition }) => partition),
      those,
    ),
  )
}
