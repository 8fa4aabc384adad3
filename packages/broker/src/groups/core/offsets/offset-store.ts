/**
 * Committed offsets of all groups of one partition of `__consumer_offsets`: those in force, and those that wait for
 * the end of their transaction. Durable state: changed by replay alone. After Kafka's OffsetMetadataManager.
 */
import type { TransactionResult } from '@millrace/protocol'
import type { RecordPosition } from '../../../coordinator/decision.js'
import { getOrCreate } from '../get-or-create.js'
import type { OffsetCommitRecord, OffsetCommitValue } from '../group-records.js'

export interface CommittedOffset {
  readonly committedOffset: number
  /** −1 if unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** −1 unless the commit carried its own retention time. */
  readonly expireTimestampMs: number
  /** Where the commit lies in the log: of two commits the later counts, whenever their transactions end. */
  readonly recordOffset: number
}

export interface OffsetEntry {
  readonly topic: string
  readonly partition: number
  readonly offset: CommittedOffset
}

/** Offsets by topic and partition. */
type TopicOffsets = Map<string, Map<number, CommittedOffset>>

/** Offsets by group, topic and partition. */
class OffsetTable {
  readonly #groups = new Map<string, TopicOffsets>()

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(group)?.get(topic)?.get(partition)
  }

  topicsOf(group: string): TopicOffsets | undefined {
    return this.#groups.get(group)
  }

  groups(): IterableIterator<string> {
    return this.#groups.keys()
  }

  put(group: string, topic: string, partition: number, offset: CommittedOffset): void {
    const topics = getOrCreate(this.#groups, group, (): TopicOffsets => new Map())
    getOrCreate(topics, topic, () => new Map<number, CommittedOffset>()).set(partition, offset)
  }

  remove(group: string, topic: string, partition: number): void {
    const topics = this.#groups.get(group)
    const partitions = topics?.get(topic)
    if (topics === undefined || partitions === undefined) return
    partitions.delete(partition)
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#groups.delete(group)
  }

  *entriesOf(group: string, onlyTopics?: ReadonlySet<string>): Generator<OffsetEntry> {
    for (const [topic, partitions] of this.#groups.get(group) ?? []) {
      if (onlyTopics?.has(topic) === false) continue
      for (const [partition, offset] of partitions) yield { topic, partition, offset }
    }
  }
}

export class OffsetStore {
  readonly #offsets = new OffsetTable()
  readonly #pendingByProducer = new Map<number, OffsetTable>()
  readonly #openTransactionsByGroup = new Map<string, Set<number>>()

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#offsets.get(group, topic, partition)
  }

  /** The offsets in force of one group. */
  entriesOf(group: string): Generator<OffsetEntry> {
    return this.#offsets.entriesOf(group)
  }

  /** How many offsets of a group are in force. */
  countOf(group: string): number {
    let count = 0
    for (const partitions of this.#offsets.topicsOf(group)?.values() ?? []) count += partitions.size
    return count
  }

  /** Groups with offsets in force or pending. */
  groups(): Set<string> {
    return new Set([...this.#offsets.groups(), ...this.#openTransactionsByGroup.keys()])
  }

  /** Walks over the groups with offsets in force. */
  groupsWithOffsets(): IterableIterator<string> {
    return this.#offsets.groups()
  }

  hasOpenTransaction(group: string): boolean {
    return this.#openTransactionsByGroup.has(group)
  }

  hasPending(group: string, topic: string, partition: number): boolean {
    for (const pending of this.#pendingOf(group)) {
      if (pending.get(group, topic, partition) !== undefined) return true
    }
    return false
  }

  /** The partitions of a group with an offset in force or pending, each once; of these topics only, if given. */
  partitionsOf(group: string, onlyTopics?: ReadonlySet<string>): { topic: string; partition: number }[] {
    const found = new Map<string, Set<number>>()
    for (const table of [this.#offsets, ...this.#pendingOf(group)]) {
      for (const { topic, partition } of table.entriesOf(group, onlyTopics)) {
        getOrCreate(found, topic, () => new Set<number>()).add(partition)
      }
    }
    return Array.from(found, ([topic, partitions]) =>
      Array.from(partitions, (partition) => ({ topic, partition })),
    ).flat()
  }

  replay({ group, topic, partition, value }: OffsetCommitRecord, position: RecordPosition): void {
    if (value === null) {
      this.#offsets.remove(group, topic, partition)
      for (const pending of this.#pendingOf(group)) pending.remove(group, topic, partition)
    } else if (position.producerId === -1) {
      this.#offsets.put(group, topic, partition, toCommittedOffset(value, position.offset))
    } else {
      const { producerId, offset } = position
      const pending = getOrCreate(this.#pendingByProducer, producerId, () => new OffsetTable())
      pending.put(group, topic, partition, toCommittedOffset(value, offset))
      getOrCreate(this.#openTransactionsByGroup, group, () => new Set<number>()).add(producerId)
    }
  }

  /** The end marker of a transaction: its pending offsets come into force, or are forgotten. */
  replayEndTransaction(producerId: number, result: TransactionResult): void {
    const pending = this.#pendingByProducer.get(producerId)
    if (pending === undefined) return
    this.#pendingByProducer.delete(producerId)
    for (const [group, producers] of this.#openTransactionsByGroup) {
      producers.delete(producerId)
      if (producers.size === 0) this.#openTransactionsByGroup.delete(group)
    }
    if (result === 'ABORT') return
    for (const group of pending.groups()) {
      for (const { topic, partition, offset } of pending.entriesOf(group)) {
        const current = this.#offsets.get(group, topic, partition)
        if (current === undefined || offset.recordOffset > current.recordOffset) {
          this.#offsets.put(group, topic, partition, offset)
        }
      }
    }
  }

  *#pendingOf(group: string): Generator<OffsetTable> {
    for (const producerId of this.#openTransactionsByGroup.get(group) ?? []) {
      const table = this.#pendingByProducer.get(producerId)
      if (table !== undefined) yield table
    }
  }
}

function toCommittedOffset(value: OffsetCommitValue, recordOffset: number): CommittedOffset {
  return {
    committedOffset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestampMs: value.commitTimestamp,
    expireTimestampMs: value.expireTimestamp,
    recordOffset,
  }
}
