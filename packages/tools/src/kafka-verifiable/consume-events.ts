import {
  type ConsumerRecord,
  type ConsumerRecords,
  type KafkaConsumer,
  KafkaError,
  type OffsetAndMetadata,
  type TopicPartition,
  WakeupError,
} from '@millrace/client'
import type { PrintEvent } from './events.js'

type Consumer = KafkaConsumer<Buffer | null, Buffer | null>
type Records = ConsumerRecords<Buffer | null, Buffer | null>

const FOREVER_MS = 2 ** 31 - 1

export interface ConsumeOptions {
  readonly topic: string
  readonly maxRecords: number
  /** After each poll, what it gave. */
  readonly commits: boolean
  /** Print each record. */
  readonly verbose: boolean
  readonly signal: AbortSignal
  readonly event: PrintEvent
}

/** Until there were enough records. Errors: those of `poll`; WakeupError. */
export async function consumeEvents(consumer: Consumer, options: ConsumeOptions): Promise<void> {
  const { topic, maxRecords, commits, signal, event } = options
  consumer.subscribe(topic, {
    onPartitionsAssigned: (partitions) => event('partitions_assigned', { partitions: partitions.map(plain) }),
    onPartitionsRevoked: (partitions) => event('partitions_revoked', { partitions: partitions.map(plain) }),
  })
  let consumed = 0
  while (consumed < maxRecords && !signal.aborted) {
    const records = await consumer.poll({ timeoutMs: FOREVER_MS })
    const received = onRecords(records, maxRecords - consumed, options)
    consumed += received.count
    if (commits) await commit(consumer, received.offsets, event)
  }
}

function onRecords(records: Records, atMost: number, { verbose, event }: ConsumeOptions) {
  const offsets: (readonly [TopicPartition, OffsetAndMetadata])[] = []
  const partitions: object[] = []
  let count = 0
  for (const partition of records.partitions()) {
    const used = records.records(partition).slice(0, atMost - count)
    const [first] = used
    const last = used.at(-1)
    if (first === undefined || last === undefined) break
    offsets.push([partition, { offset: last.offset + 1 }])
    const range = { count: used.length, minOffset: first.offset, maxOffset: last.offset }
    partitions.push({ ...plain(partition), ...range })
    if (verbose) for (const record of used) event('record_data', recordFields(record))
    count += used.length
  }
  event('records_consumed', { count: records.count, partitions })
  return { count, offsets }
}

async function commit(
  consumer: Consumer,
  offsets: readonly (readonly [TopicPartition, OffsetAndMetadata])[],
  event: PrintEvent,
): Promise<void> {
  const committed = offsets.map(([partition, { offset }]) => ({ ...plain(partition), offset }))
  try {
    await consumer.commitSync(offsets)
    event('offsets_committed', { offsets: committed, success: true })
  } catch (error) {
    if (error instanceof WakeupError) {
      await commit(consumer, offsets, event)
      throw error
    }
    if (!(error instanceof KafkaError) || error.code === 'FENCED_INSTANCE_ID') throw error
    event('offsets_committed', { offsets: committed, error: error.message, success: false })
  }
}

function recordFields({ topic, partition, offset, rawKey, rawValue }: ConsumerRecord<Buffer | null, Buffer | null>) {
  return { key: rawKey?.toString() ?? null, value: rawValue?.toString() ?? null, topic, partition, offset }
}

function plain({ topic, partition }: TopicPartition) {
  return { topic, partition }
}
