/** Partitions as values, and maps that know them by what they say rather than by which object they are. */

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A position to go on from. */
export interface OffsetAndMetadata {
  /** Of the next record. */
  readonly offset: number
  /** Of the last record before it; lets a truncated log be noticed (KIP-320). */
  readonly leaderEpoch?: number
  /** Anything, kept with the offset. */
  readonly metadata?: string
}

/** `topic-partition`, as logs and messages write it; unique, because partitions are digits. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** A Map from partitions: two objects of the same topic and partition are the same key. */
export class TopicPartitionMap<V> extends Map<TopicPartition, V> {
  readonly #keysByName = new Map<string, TopicPartition>()

  constructor(entries: Iterable<readonly [TopicPartition, V]> = []) {
    super()
    for (const [key, value] of entries) this.set(key, value)
  }

  override get(key: TopicPartition): V | undefined {
    const known = this.#known(key)
    return known === undefined ? undefined : super.get(known)
  }

  override has(key: TopicPartition): boolean {
    return this.#known(key) !== undefined
  }

  override set(key: TopicPartition, value: V): this {
    let known = this.#known(key)
    if (known === undefined) {
      known = { topic: key.topic, partition: key.partition }
      this.#keysByName.set(partitionKey(known.topic, known.partition), known)
    }
    return super.set(known, value)
  }

  override delete(key: TopicPartition): boolean {
    const known = this.#known(key)
    if (known === undefined) return false
    this.#keysByName.delete(partitionKey(known.topic, known.partition))
    return super.delete(known)
  }

  override clear(): void {
    this.#keysByName.clear()
    super.clear()
  }

  /** For structured logs: an object by `topic-partition`. */
  toJSON(): Record<string, V> {
    return Object.fromEntries([...this].map(([{ topic, partition }, value]) => [partitionKey(topic, partition), value]))
  }

  #known({ topic, partition }: TopicPartition): TopicPartition | undefined {
    return this.#keysByName.get(partitionKey(topic, partition))
  }
}
