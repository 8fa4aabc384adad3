import assert from 'node:assert/strict'
import {
  apis,
  type BatchOptions,
  buildBatch,
  ErrorCode,
  listBatches,
  type RecordInput,
  readRecords,
} from '@millrace/protocol'
import type { RawClient } from './raw-client.js'

/** A batch with one record of now for each value. */
export function batchOf(values: readonly string[], options: BatchOptions = {}): Buffer {
  const timestamp = Date.now()
  return buildBatch(
    values.map((value) => ({ timestamp, key: Buffer.from('key'), value: Buffer.from(value) })),
    options,
  )
}

export function batchOfRecords(records: readonly RecordInput[], options: BatchOptions = {}): Buffer {
  return buildBatch(records, options)
}

/** What can be said of a produce to one partition; the newest version that goes by names is the default. */
export interface ProduceOptions {
  readonly version?: number
  readonly acks?: number
  readonly partition?: number
  readonly transactionalId?: string
}

export function produceRequest(topic: string, records: Buffer | null, options: ProduceOptions = {}) {
  const { acks = -1, partition = 0, transactionalId = null } = options
  return {
    transactionalId,
    acks,
    timeoutMs: 5000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  }
}

/** The answer for the one partition. */
export async function produce(client: RawClient, topic: string, records: Buffer | null, options: ProduceOptions = {}) {
  const answer = await client.call(apis.Produce, options.version ?? 9, produceRequest(topic, records, options))
  const partition = answer.responses[0]?.partitionResponses[0]
  assert.ok(partition)
  return partition
}

/** Produces and expects it to be taken. Gives the base offset. */
export async function append(client: RawClient, topic: string, values: readonly string[], partition = 0) {
  const answer = await produce(client, topic, batchOf(values), { partition })
  assert.equal(answer.errorCode, ErrorCode.NONE, answer.errorMessage ?? '')
  return answer.baseOffset
}

/** The values in all batches of a fetched buffer, with those before the fetch offset that share its batch. */
export function valuesIn(records: Buffer | null): string[] {
  return recordsIn(records).map(({ value }) => value?.toString() ?? 'null')
}

export function recordsIn(records: Buffer | null) {
  if (records === null) return []
  return listBatches(records).positions.flatMap((at) => [...readRecords(records, at)])
}
