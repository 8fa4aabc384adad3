/**
 * A record as the application gets it, and what a poll returns.
 *
 * A record holds positions in the fetched batch, and makes key, value and headers from it when they are looked at: a program
 * that looks at values alone pays for values alone. With deserializers that can fail, keys and values are made before the
 * record is handed out, so that a failure has a position to stay at.
 */
import { readHeaders, type TimestampType } from '@millrace/protocol'
import { type Headers, RecordHeaders } from '../serdes/headers.js'
import type { Deserializer } from '../serdes/serde.js'
import { type OffsetAndMetadata, type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { RecordDeserializationError } from './consumer-errors.js'
import type { PartitionState } from './core/partition-state.js'

/** The memory that records are views of. */
export interface KeptMemory {
  /** Some of its records wait for a handler: it counts until as many calls of `letGo`. */
  keep(): void
  letGo(): void
}

/** What the records of one batch have in common. */
export interface RecordSource<K, V> {
  readonly state: PartitionState
  /** Of the state, when the batch was fetched. */
  readonly epoch: number
  readonly timestampType: TimestampType
  readonly leaderEpoch: number
  readonly bytes: Buffer
  readonly memory: KeptMemory
  readonly keyDeserializer: Deserializer<K> | undefined
  readonly valueDeserializer: Deserializer<V> | undefined
}

/** Where the parts of one record lie. */
export interface RecordFields {
  readonly offset: number
  readonly timestamp: number
  readonly keyPosition: number
  readonly keySize: number
  readonly valuePosition: number
  readonly valueSize: number
  readonly headersPosition: number
  readonly headerCount: number
}

/** Java's class of that name. Bytes are views of what was fetched: copy what must outlive the record. */
export class ConsumerRecord<K = Buffer, V = Buffer> implements TopicPartition {
  readonly offset: number
  /** Milliseconds since 1970; −1: none. */
  readonly timestamp: number
  /** Bytes of the key; −1: it is null. */
  readonly serializedKeySize: number
  /** Bytes of the value; −1: it is null. */
  readonly serializedValueSize: number
  readonly #source: RecordSource<K, V>
  readonly #keyAt: number
  readonly #valueAt: number
  readonly #headersAt: number
  readonly #headerCount: number
  #key: K | null | undefined
  #value: V | undefined
  #headers: RecordHeaders | undefined

  constructor(source: RecordSource<K, V>, fields: RecordFields) {
    this.#source = source
    this.offset = fields.offset
    this.timestamp = fields.timestamp
    this.serializedKeySize = fields.keySize
    this.serializedValueSize = fields.valueSize
    this.#keyAt = fields.keyPosition
    this.#valueAt = fields.valuePosition
    this.#headersAt = fields.headersPosition
    this.#headerCount = fields.headerCount
  }

  /** The consumer's own bookkeeping of a record. */
  static sourceOf<K, V>(record: ConsumerRecord<K, V>): RecordSource<K, V> {
    return record.#source
  }

  get topic(): string {
    return this.#source.state.topic
  }

  get partition(): number {
    return this.#source.state.partition
  }

  /** Whose time the timestamp is. */
  get timestampType(): TimestampType {
    return this.#source.timestampType
  }

  /** Of the leader that appended the record; undefined before Kafka 0.11. */
  get leaderEpoch(): number | undefined {
    const { leaderEpoch } = this.#source
    return leaderEpoch < 0 ? undefined : leaderEpoch
  }

  /** Null, if the record has none. */
  get key(): K | null {
    if (this.#key === undefined) this.#key = this.serializedKeySize < 0 ? null : this.#made('key')
    return this.#key
  }

  /** What the deserializer makes of it; null for a tombstone, with the usual ones. */
  get value(): V {
    if (this.#value === undefined) this.#value = this.#made('value')
    return this.#value
  }

  get headers(): Headers {
    this.#headers ??= RecordHeaders.lazily(() => readHeaders(this.#source.bytes, this.#headersAt, this.#headerCount))
    return this.#headers
  }

  /** The key as it is on the wire. */
  get rawKey(): Buffer | null {
    return this.#view(this.#keyAt, this.serializedKeySize)
  }

  /** The value as it is on the wire. */
  get rawValue(): Buffer | null {
    return this.#view(this.#valueAt, this.serializedValueSize)
  }

  /** Key and value are what they are on the wire, whatever their deserializers would say of them. */
  useRaw(): this {
    this.#key = this.rawKey as K | null
    this.#value = this.rawValue as V
    return this
  }

  /** Makes key and value now. Errors: RecordDeserializationError. */
  deserialize(): this {
    const { keyDeserializer, valueDeserializer } = this.#source
    if (keyDeserializer !== undefined && this.serializedKeySize >= 0) this.#key = this.#made('key')
    if (valueDeserializer !== undefined) this.#value = this.#made('value')
    return this
  }

  /** For structured logs and JSON: bytes as they are, headers as text, and so is a `bigint`, which JSON does not have. */
  toJSON(): Record<string, unknown> {
    const { topic, partition, offset, timestamp, timestampType, leaderEpoch, headers } = this
    const [key, value] = [this.key, this.value].map((part) => (typeof part === 'bigint' ? String(part) : part))
    return { topic, partition, offset, timestamp, timestampType, leaderEpoch, key, value, headers }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): Record<string, unknown> {
    const { topic, partition, offset, timestamp, key, value } = this
    return { topic, partition, offset, timestamp, key, value, headers: [...this.headers] }
  }

  #view(at: number, size: number): Buffer | null {
    return size < 0 ? null : this.#source.bytes.subarray(at, at + size)
  }

  #made(part: 'key'): K
  #made(part: 'value'): V
  #made(part: 'key' | 'value'): K | V {
    const { keyDeserializer, valueDeserializer } = this.#source
    const raw = part === 'key' ? this.rawKey : this.rawValue
    const deserializer = part === 'key' ? keyDeserializer : valueDeserializer
    // Without a deserializer, the types say bytes.
    if (deserializer === undefined) return raw as K | V
    try {
      return deserializer.deserialize(this.topic, raw, this.headers)
    } catch (error) {
      throw new RecordDeserializationError(this, part, raw, error)
    }
  }
}

/** The records of one partition in a {@link ConsumerRecords}. */
export interface PartitionRecords<K, V> {
  readonly state: PartitionState
  readonly epoch: number
  readonly records: ConsumerRecord<K, V>[]
  /** Where the next poll goes on: behind the last record, and behind what no application sees. */
  nextOffset: number
  nextLeaderEpoch: number
}

/** What a poll returns: records of several partitions, in order within each. Java's class of that name. */
export class ConsumerRecords<K = Buffer, V = Buffer> implements Iterable<ConsumerRecord<K, V>> {
  readonly count: number
  readonly #parts: readonly PartitionRecords<K, V>[]

  constructor(parts: readonly PartitionRecords<K, V>[]) {
    this.#parts = parts
    let count = 0
    for (const { records } of parts) count += records.length
    this.count = count
  }

  isEmpty(): boolean {
    return this.count === 0
  }

  /** Those that have records here. */
  partitions(): TopicPartition[] {
    return this.#parts
      .filter(({ records }) => records.length > 0)
      .map(({ state: { topic, partition } }) => ({ topic, partition }))
  }

  records({ topic, partition }: TopicPartition): readonly ConsumerRecord<K, V>[] {
    const part = this.#parts.find(({ state }) => state.topic === topic && state.partition === partition)
    return part?.records ?? []
  }

  /** Those that `keep` is true of. Where each partition goes on stays as it is. */
  filter(keep: (record: ConsumerRecord<K, V>) => boolean): ConsumerRecords<K, V> {
    return new ConsumerRecords(this.#parts.map((part) => ({ ...part, records: part.records.filter(keep) })))
  }

  /** Where each partition goes on after these records: what to commit when all of them are processed. */
  nextOffsets(): TopicPartitionMap<OffsetAndMetadata> {
    return new TopicPartitionMap(
      this.#parts.map(({ state, nextOffset, nextLeaderEpoch }) => [
        state,
        { offset: nextOffset, ...(nextLeaderEpoch < 0 ? {} : { leaderEpoch: nextLeaderEpoch }) },
      ]),
    )
  }

  *[Symbol.iterator](): Iterator<ConsumerRecord<K, V>> {
    for (const { records } of this.#parts) yield* records
  }

  toJSON(): readonly ConsumerRecord<K, V>[] {
    return [...this]
  }
}
