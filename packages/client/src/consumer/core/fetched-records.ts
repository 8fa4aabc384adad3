/**
 * What one answer brought of one partition: its batches, and how far the application has got in them.
 *
 * Batches are opened when their first record is wanted, so that what is not wanted is not decompressed. Left out is what no
 * application sees: control batches, records of aborted transactions with read_committed, and records before the position
 * (a batch is sent whole). A failure keeps its place: records before it are handed out first, and it is met again until the
 * position moves.
 *
 * Pure: what happens to a record that cannot be deserialized is decided by a function that is handed in.
 */
import {
  batchAttributes,
  batchEndPosition,
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  batchOfOldMessages,
  batchProducerId,
  controlRecordType,
  isControl,
  isCrcValid,
  isTransactional,
  openBatch,
  RecordBatchError,
  type RecordCursor,
  readOldMessageHeader,
  timestampTypeOf,
} from '@millrace/protocol'
import type { Deserializer } from '../../serdes/serde.js'
import { PartitionError, type RecordDeserializationError } from '../consumer-errors.js'
import { ConsumerRecord, type KeptMemory, type PartitionRecords, type RecordSource } from '../consumer-record.js'
import type { PartitionState } from './partition-state.js'

const MAGIC_V2 = 2

/** What becomes of a record that cannot be deserialized. `raw`: it has its bytes as key and value. */
export type DeserializationDecision = 'throw' | 'skip' | 'raw'

export interface RecordReading<K, V> {
  readonly checkCrcs: boolean
  readonly isReadCommitted: boolean
  readonly keyDeserializer: Deserializer<K> | undefined
  readonly valueDeserializer: Deserializer<V> | undefined
  readonly onDeserializationError: (error: RecordDeserializationError) => DeserializationDecision
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** The memory of one answer, which is free when the last of its partitions is read, and no record of it is kept. */
export interface ResponseMemory extends KeptMemory {
  /** One of its partitions is read. */
  release(): void
  /** What a batch of it has become when it was decompressed: it counts only while it is kept. */
  beside(bytes: number): KeptMemory
}

export class FetchedRecords<K, V> {
  readonly state: PartitionState
  /** Of the state, when it was asked for. */
  readonly epoch: number
  readonly bytes: Buffer
  readonly #reading: RecordReading<K, V>
  readonly #memory: ResponseMemory
  /** The first offset the latest, so that they can be popped. */
  readonly #aborted: AbortedTransaction[]
  readonly #abortedProducers = new Set<number>()
  #at = 0
  #cursor: RecordCursor | undefined
  #source: RecordSource<K, V> | undefined
  /** Behind the batch that is open. */
  #batchNextOffset = 0
  #batchLeaderEpoch = -1
  #batchEnd = 0
  #nextOffset: number
  #nextLeaderEpoch: number
  #failure: unknown
  #isReleased = false

  constructor(
    state: PartitionState,
    fetched: {
      readonly records: Buffer
      readonly fetchOffset: number
      readonly leaderEpoch: number
      readonly abortedTransactions: readonly AbortedTransaction[] | null
    },
    reading: RecordReading<K, V>,
    memory: ResponseMemory,
  ) {
    this.state = state
    this.epoch = state.epoch
    this.bytes = fetched.records
    this.#reading = reading
    this.#memory = memory
    this.#aborted = [...(fetched.abortedTransactions ?? [])].sort((a, b) => b.firstOffset - a.firstOffset)
    this.#nextOffset = fetched.fetchOffset
    this.#nextLeaderEpoch = fetched.leaderEpoch
  }

  /** The position has jumped since this was asked for. */
  get isStale(): boolean {
    return this.epoch !== this.state.epoch
  }

  /** Where the partition goes on behind what was taken. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  get nextLeaderEpoch(): number {
    return this.#nextLeaderEpoch
  }

  /**
   * The next records, at most `max`, into `part`, whose next offset moves along. Returns how many; fewer than `max`: nothing
   * is left, or the next one fails. Errors, if nothing comes before them: PartitionError CORRUPT_MESSAGE and its like,
   * RecordDeserializationError.
   */
  take(max: number, part: PartitionRecords<K, V>): number {
    let taken = 0
    try {
      if (this.#failure !== undefined) throw this.#failure
      while (taken < max && (this.#cursor !== undefined || this.#openNext())) {
        taken += this.#takeOfBatch(max - taken, part.records)
      }
    } catch (error) {
      this.#failure = error instanceof RecordBatchError ? this.#corrupt(error) : error
      if (taken === 0 && part.records.length === 0) throw this.#failure
    }
    part.nextOffset = this.#nextOffset
    part.nextLeaderEpoch = this.#nextLeaderEpoch
    return taken
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Nothing is left to be taken. */
  get isDrained(): boolean {
    return this.#failure === undefined && this.#cursor === undefined && this.#at >= this.bytes.length
  }

  /** Its memory counts no more. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    if (!this.isStale) this.state.bufferedBytes -= this.bytes.length
    this.#memory.release()
  }

  #takeOfBatch(max: number, records: ConsumerRecord<K, V>[]): number {
    const cursor = this.#cursor as RecordCursor
    const source = this.#source as RecordSource<K, V>
    const { keyDeserializer, valueDeserializer } = source
    const isEager = keyDeserializer !== undefined || valueDeserializer !== undefined
    let taken = 0
    while (taken < max) {
      if (!cursor.next()) {
        this.#closeBatch()
        return taken
      }
      if (cursor.offset < this.#nextOffset) continue
      const record = new ConsumerRecord(source, cursor)
      if (isEager && !this.#isReadable(record)) {
        this.#moveBehind(cursor.offset, source.leaderEpoch)
        continue
      }
      records.push(record)
      this.#moveBehind(cursor.offset, source.leaderEpoch)
      taken++
    }
    // The last record of a batch takes along what compaction left behind it.
    if (cursor.recordsRead === cursor.recordCount) this.#closeBatch()
    return taken
  }

  #moveBehind(offset: number, leaderEpoch: number): void {
    this.#nextOffset = offset + 1
    this.#nextLeaderEpoch = leaderEpoch
  }

  /** Errors: RecordDeserializationError, if that is decided. */
  #isReadable(record: ConsumerRecord<K, V>): boolean {
    try {
      record.deserialize()
      return true
    } catch (error) {
      const decision = this.#reading.onDeserializationError(error as RecordDeserializationError)
      if (decision === 'throw') throw error
      if (decision === 'raw') record.useRaw()
      return decision === 'raw'
    }
  }

  /** Opens the next batch with records for the application; false: there is none. */
  #openNext(): boolean {
    const { bytes } = this
    while (this.#at < bytes.length) {
      const end = batchEndPosition(bytes, this.#at, bytes.length)
      if (end < 0) {
        // The last batch may be cut short: it comes whole with the next answer.
        this.#at = bytes.length
        return false
      }
      this.#batchEnd = end
      const isWanted = batchMagic(bytes, this.#at) === MAGIC_V2 ? this.#openBatch() : this.#openOldMessages()
      if (isWanted) return true
      this.#closeBatch()
    }
    return false
  }

  #openBatch(): boolean {
    const { bytes } = this
    if (this.#reading.checkCrcs && !isCrcValid(bytes, this.#at)) throw wrongChecksum()
    this.#batchNextOffset = batchLastOffset(bytes, this.#at) + 1
    this.#batchLeaderEpoch = batchLeaderEpoch(bytes, this.#at)
    if (this.#batchNextOffset <= this.#nextOffset || !this.#isForApplication()) return false
    this.#open(bytes, this.#at)
    return true
  }

  /** Of the formats before batches: they are read as a batch that is made of them. */
  #openOldMessages(): boolean {
    const messages = this.bytes.subarray(this.#at, this.#batchEnd)
    const header = readOldMessageHeader(messages)
    if (this.#reading.checkCrcs && !header.isCrcValid) throw wrongChecksum()
    this.#batchNextOffset = header.offset + 1
    this.#batchLeaderEpoch = -1
    if (this.#batchNextOffset <= this.#nextOffset) return false
    this.#open(batchOfOldMessages(messages), 0)
    return true
  }

  #open(batch: Buffer, at: number): void {
    const { keyDeserializer, valueDeserializer } = this.#reading
    const cursor = openBatch(batch, at)
    this.#cursor = cursor
    this.#source = {
      state: this.state,
      epoch: this.epoch,
      timestampType: timestampTypeOf(batchAttributes(batch, at)),
      leaderEpoch: this.#batchLeaderEpoch,
      bytes: cursor.bytes,
      memory: cursor.bytes === this.bytes ? this.#memory : this.#memory.beside(cursor.bytes.length),
      keyDeserializer,
      valueDeserializer,
    }
  }

  #closeBatch(): void {
    if (this.#batchNextOffset > this.#nextOffset) this.#moveBehind(this.#batchNextOffset - 1, this.#batchLeaderEpoch)
    this.#at = this.#batchEnd
    this.#cursor = undefined
    this.#source = undefined
  }

  /** Not a marker, and not of a transaction that was aborted. */
  #isForApplication(): boolean {
    const { bytes } = this
    const attributes = batchAttributes(bytes, this.#at)
    const producerId = batchProducerId(bytes, this.#at)
    if (this.#reading.isReadCommitted) {
      const lastOffset = this.#batchNextOffset - 1
      for (let next = this.#aborted.at(-1); next !== undefined && next.firstOffset <= lastOffset; ) {
        this.#abortedProducers.add(next.producerId)
        this.#aborted.pop()
        next = this.#aborted.at(-1)
      }
    }
    if (isControl(attributes)) {
      if (this.#isAbortMarker()) this.#abortedProducers.delete(producerId)
      return false
    }
    return !(isTransactional(attributes) && this.#abortedProducers.has(producerId))
  }

  #isAbortMarker(): boolean {
    const cursor = openBatch(this.bytes, this.#at)
    return cursor.next() && controlRecordType(cursor.key()) === 'ABORT'
  }

  #corrupt(error: RecordBatchError): PartitionError {
    const { topic, partition } = this.state
    const offset = this.#nextOffset
    return new PartitionError(
      error.code === 'INVALID_RECORD' ? 'CORRUPT_MESSAGE' : error.code,
      { topic, partition, offset },
      `${topic}-${partition} cannot be read at offset ${offset}: ${error.message}; seek behind it to go on`,
      { cause: error, retriable: false },
    )
  }
}

function wrongChecksum(): RecordBatchError {
  return new RecordBatchError('CORRUPT_MESSAGE', 'its checksum is wrong')
}
