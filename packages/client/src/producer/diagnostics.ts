/**
 * What others can watch by `node:diagnostics_channel`:
 *
 * - `tracing:millrace.producer.send:*` (a TracingChannel): one send, from the call to its acknowledgement. The context has
 *   `record`, which a subscriber of `start` may replace, for example by one with more headers; then `result` or `error`.
 * - `millrace.producer.request`: one Produce request that has ended: `nodeId`, `records`, `batches`, `latencyMs`.
 */
import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { RecordMetadata } from './core/delivery.js'
import type { ProducerBatch } from './core/producer-batch.js'
import type { ProducerRecord } from './producer-record.js'

/** What subscribers of `tracing:millrace.producer.send:*` are given. */
export interface SendContext {
  record: ProducerRecord<unknown, unknown>
  readonly clientId: string
  result?: RecordMetadata
  error?: unknown
}

/** What subscribers of `millrace.producer.request` are given. */
export interface ProduceRequestEvent {
  readonly nodeId: number
  readonly records: number
  readonly batches: number
  readonly latencyMs: number
}

export const sendTracing = tracingChannel<unknown, SendContext>('millrace.producer.send')
const requests = channel('millrace.producer.request')

export function publishRequest(nodeId: number, batches: readonly ProducerBatch[], latencyMs: number): void {
  if (!requests.hasSubscribers) return
  const records = batches.reduce((sum, batch) => sum + batch.recordCount, 0)
  requests.publish({ nodeId, records, batches: batches.length, latencyMs } satisfies ProduceRequestEvent)
}
