/**
 * From a serialized record to its place in a batch: finds out what partitions its topic has, which one it goes to, and whether
 * there is room; keeps it until all that is known.
 *
 *     accept ──► (topic not known: waits) ──► (no room: waits) ──► partitioned ──► appended
 *
 * Records of one topic never overtake each other here. It owns the topics that the producer uses, and what waits; it
 * does not serialize, and it sends nothing.
 */
import type { RecordHeader } from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import type { MetadataSnapshot } from '../cluster/metadata-snapshot.js'
import type { KafkaError } from '../errors.js'
import type { ClientPorts } from '../ports.js'
import type { Accumulator } from './core/accumulator.js'
import type { Delivery } from './core/delivery.js'
import type { FlushEpoch } from './core/flush-epoch.js'
import type { PartitionQueue } from './core/producer-batch.js'
import { recordBytesUpperBound } from './core/producer-batch.js'
import type { TopicState } from './core/topic-state.js'
import {
  exhausted,
  fatalErrorOf,
  noSuchPartition,
  notPresent,
  placementError,
  type RecordLimits,
  tooLarge,
} from './intake-errors.js'
import { PartitionChoice, type PartitionChoiceOptions } from './partition-choice.js'
import type { ProducerMetrics } from './producer-metrics.js'
import type { ProducerRecord } from './producer-record.js'
import { BATCH_OVERHEAD, batchBytesUpperBound } from './record-size.js'
import { TopicStates } from './topic-states.js'

/** A record as it will be written. */
export interface SerializedRecord {
  readonly record: ProducerRecord<unknown, unknown>
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[] | undefined
  readonly timestamp: number
  /** Who waits for it; set before it is accepted. */
  delivery: Delivery | undefined
  /** It is accepted although there is no room: whoever sent it is told so. */
  readonly isUrgent: boolean
}

interface WaitingRecord {
  readonly serialized: SerializedRecord
  readonly sinceMs: number
  readonly epoch: FlushEpoch
}

export interface RecordIntakeOptions extends PartitionChoiceOptions {
  readonly cluster: Cluster
  readonly accumulator: Accumulator
  readonly ports: ClientPorts
  readonly metrics: ProducerMetrics
  readonly maxBlockMs: number
  readonly maxIdleMs: number
  readonly batchBytes: number
  readonly limits: RecordLimits
  /** The record is about to be appended there. Errors: the record fails with it. */
  readonly onPartition: (queue: PartitionQueue) => void
  /** There is something to send, or to wait for. */
  readonly onAppended: () => void
  /** Something that waited waits no more. */
  readonly onSettled: () => void
}

export class RecordIntake {
  readonly #options: RecordIntakeOptions
  readonly #topics: TopicStates
  readonly #choice: PartitionChoice
  readonly #unknown = new Map<string, WaitingRecord[]>()
  /** A record up to it needs no closer look. */
  readonly #surelyFitsBytes: number
  #crowded: WaitingRecord[] = []
  #cancelTimer: (() => void) | undefined
  readonly #stop: readonly (() => void)[]

  constructor(options: RecordIntakeOptions) {
    this.#options = options
    const { maxRequestBytes, bufferBytes } = options.limits
    this.#surelyFitsBytes = Math.min(maxRequestBytes, bufferBytes) - BATCH_OVERHEAD
    this.#topics = new TopicStates(options.batchBytes)
    this.#choice = new PartitionChoice(options, this.#topics)
    const { metadata } = options.cluster
    this.#stop = [
      metadata.addInterest({ topics: () => this.#usedTopics() }),
      metadata.onUpdate((snapshot) => this.#onMetadata(snapshot)),
      metadata.onFailure((error) => this.#onMetadataFailure(error)),
    ]
  }

  get hasWaiting(): boolean {
    return this.#crowded.length > 0 || this.#unknown.size > 0
  }

  /** Records that wait for their topic or for room. */
  get waiting(): number {
    let count = this.#crowded.length
    for (const list of this.#unknown.values()) count += list.length
    return count
  }

  /** Takes the record. What goes wrong, its delivery hears. */
  accept(serialized: SerializedRecord): void {
    const { record, key, value, headers } = serialized
    const nowMs = this.#options.ports.monotonicMs()
    const bytes = recordBytesUpperBound(key, value, headers)
    if (bytes > this.#surelyFitsBytes) {
      const exact = batchBytesUpperBound(key, value, headers)
      const { limits } = this.#options
      if (exact > Math.min(limits.maxRequestBytes, limits.bufferBytes)) {
        this.#refuse(serialized, tooLarge(exact, limits))
        return
      }
    }
    const topic = this.#topicOf(record.topic)
    topic.lastUsedMs = nowMs
    if (!isPlaceable(topic, record.partition)) {
      this.#waitForTopic(serialized, nowMs)
      return
    }
    const hasRoom = serialized.isUrgent || this.#options.accumulator.hasRoomFor(bytes)
    if (this.#crowded.length > 0 || !hasRoom) {
      this.#waitForRoom(this.#waiting(serialized, nowMs))
      return
    }
    this.#place(topic, serialized, bytes, nowMs, undefined)
  }

  /** There may be room again. */
  onProgress(): void {
    if (this.#crowded.length === 0) return
    const { accumulator, ports, metrics } = this.#options
    const nowMs = ports.monotonicMs()
    let placed = 0
    for (const { serialized, epoch, sinceMs } of this.#crowded) {
      const { key, value, headers, record } = serialized
      const bytes = recordBytesUpperBound(key, value, headers)
      if (!serialized.isUrgent && !accumulator.hasRoomFor(bytes)) break
      placed++
      metrics.onBufferWait(nowMs - sinceMs)
      this.#place(this.#topicOf(record.topic), serialized, bytes, nowMs, epoch)
      epoch.end()
    }
    if (placed > 0) this.#crowded = this.#crowded.slice(placed)
    accumulator.isExhausted = this.#crowded.length > 0
  }

  /** What waits fails. */
  failAll(error: KafkaError): void {
    const waiting = [...this.#unknown.values()].flat().concat(this.#crowded)
    this.#unknown.clear()
    this.#crowded = []
    this.#options.accumulator.isExhausted = false
    for (const { serialized, epoch } of waiting) {
      epoch.end()
      this.#refuse(serialized, error)
    }
    this.#options.onSettled()
  }

  close(): void {
    for (const stop of this.#stop) stop()
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #topicOf(name: string): TopicState {
    return this.#topics.get(name, this.#options.cluster.snapshot)
  }

  #place(
    topic: TopicState,
    serialized: SerializedRecord,
    bytesMax: number,
    nowMs: number,
    epoch: FlushEpoch | undefined,
  ): void {
    const { record, key, value, headers, timestamp, delivery } = serialized
    const { accumulator, onPartition, onAppended } = this.#options
    let queue: PartitionQueue
    let isSticky = false
    try {
      const chosen = this.#choice.choose(topic, record, key)
      isSticky = chosen === undefined
      const partition = chosen ?? this.#choice.sticky(topic)
      queue = queueOf(topic, partition)
      if (delivery !== undefined) delivery.metadata.partition = partition
      onPartition(queue)
    } catch (error) {
      this.#refuse(serialized, placementError(error))
      return
    }
    const bytes = accumulator.append(queue, key, value, headers, timestamp, delivery, nowMs, epoch)
    if (isSticky && topic.partitionCount > 1) {
      const isBatchReady = queue.open?.hasRoomFor(bytesMax) !== true
      if (topic.sticky.produced(bytes, isBatchReady)) this.#choice.draw(topic)
    }
    onAppended()
  }

  #waiting(serialized: SerializedRecord, sinceMs: number): WaitingRecord {
    const { epoch } = this.#options.accumulator
    epoch.begin()
    return { serialized, sinceMs, epoch }
  }

  #waitForRoom(waiting: WaitingRecord): void {
    this.#crowded.push(waiting)
    this.#options.accumulator.isExhausted = true
    this.#options.onAppended()
    this.#watch()
  }

  #waitForTopic(serialized: SerializedRecord, nowMs: number): void {
    const { topic } = serialized.record
    const waiting = this.#waiting(serialized, nowMs)
    const list = this.#unknown.get(topic)
    if (list === undefined) this.#unknown.set(topic, [waiting])
    else list.push(waiting)
    this.#options.cluster.metadata.requestUpdate()
    this.#options.onAppended()
    this.#watch()
  }

  #onMetadata(snapshot: MetadataSnapshot): void {
    this.#choice.onMetadata()
    this.#topics.onMetadata(snapshot)
    for (const [name, list] of [...this.#unknown]) {
      const topic = this.#topicOf(name)
      const fatal = fatalErrorOf(snapshot, name)
      const left: WaitingRecord[] = []
      this.#unknown.delete(name)
      for (const waiting of list) {
        const { serialized, epoch } = waiting
        if (fatal !== undefined) {
          epoch.end()
          this.#refuse(serialized, fatal)
        } else if (isPlaceable(topic, serialized.record.partition)) this.#crowded.push(waiting)
        else left.push(waiting)
      }
      if (left.length > 0) this.#unknown.set(name, [...left, ...(this.#unknown.get(name) ?? [])])
    }
    this.#options.onSettled()
    if (this.#unknown.size > 0) this.#options.cluster.metadata.requestUpdate()
  }

  /** What does not pass, such as wrong credentials, need not be waited for. */
  #onMetadataFailure(error: KafkaError): void {
    if (!error.retriable && error.fatal) this.failAll(error)
  }

  /** Looks for what has waited too long. */
  #watch(): void {
    const { ports, maxBlockMs } = this.#options
    if (this.#cancelTimer !== undefined) return
    this.#cancelTimer = ports.timers.schedule(maxBlockMs, () => {
      this.#cancelTimer = undefined
      this.#expire()
    })
  }

  #expire(): void {
    const { accumulator, cluster, metrics, maxBlockMs, ports } = this.#options
    const nowMs = ports.monotonicMs()
    const isOver = ({ sinceMs }: WaitingRecord) => nowMs - sinceMs >= maxBlockMs
    for (const [name, list] of [...this.#unknown]) {
      const left = list.filter((waiting) => !isOver(waiting))
      if (left.length > 0) this.#unknown.set(name, left)
      else this.#unknown.delete(name)
      const error = notPresent(name, this.#topics.partitionCount(name), maxBlockMs, cluster.metadata.lastError)
      for (const { serialized, epoch } of list.filter(isOver)) {
        epoch.end()
        this.#refuse(serialized, error)
      }
    }
    const hasNoRoom = (waiting: WaitingRecord) => isOver(waiting) && !waiting.serialized.isUrgent
    const crowded = this.#crowded.filter(hasNoRoom)
    if (crowded.length > 0) {
      this.#crowded = this.#crowded.filter((waiting) => !hasNoRoom(waiting))
      for (const { serialized, epoch } of crowded) {
        epoch.end()
        metrics.onBufferExhausted(nowMs)
        this.#refuse(serialized, exhausted(accumulator.usedBytes, maxBlockMs))
      }
    }
    if (this.hasWaiting) this.#watchFrom(nowMs)
    this.#options.onSettled()
  }

  /** Until the next one has waited long enough. */
  #watchFrom(nowMs: number): void {
    const { ports, maxBlockMs } = this.#options
    const oldest = [...this.#unknown.values()].flat().concat(this.#crowded.filter((w) => !w.serialized.isUrgent))
    if (oldest.length === 0) return
    const firstMs = Math.min(...oldest.map(({ sinceMs }) => sinceMs))
    this.#cancelTimer = ports.timers.schedule(Math.max(1, firstMs + maxBlockMs - nowMs), () => {
      this.#cancelTimer = undefined
      this.#expire()
    })
  }

  #refuse({ delivery }: SerializedRecord, error: KafkaError): void {
    delivery?.settle(error)
  }

  /** Those that something was sent to lately. */
  #usedTopics(): readonly string[] {
    const { maxIdleMs, ports } = this.#options
    return [...this.#topics.used(ports.monotonicMs() - maxIdleMs), ...this.#unknown.keys()]
  }
}

function isPlaceable(topic: TopicState, partition: number | undefined): boolean {
  return topic.partitionCount > (partition ?? 0)
}

function queueOf(topic: TopicState, partition: number): PartitionQueue {
  const queue = topic.queues[partition]
  if (queue !== undefined) return queue
  throw noSuchPartition(topic.name, partition, topic.partitionCount)
}
