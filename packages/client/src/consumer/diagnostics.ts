/**
 * What others can watch by `node:diagnostics_channel`:
 *
 * - `millrace.consumer.fetch`: one Fetch request that was answered: `nodeId`, `partitions`, `bytes`, `latencyMs`.
 * - `millrace.consumer.rebalance`: before the listener's callback: `kind`, `partitions`, `groupId`.
 */
import { channel } from 'node:diagnostics_channel'
import type { FetchResponse } from '@millrace/protocol'
import type { TopicPartition } from '../topic-partition.js'

/** What subscribers of `millrace.consumer.fetch` are given. */
export interface FetchEvent {
  readonly nodeId: number
  /** With records. */
  readonly partitions: number
  /** Of record batches, as they are on the wire. */
  readonly bytes: number
  readonly latencyMs: number
}

/** What subscribers of `millrace.consumer.rebalance` are given. */
export interface RebalanceEvent {
  readonly kind: 'assigned' | 'revoked' | 'lost'
  readonly partitions: readonly TopicPartition[]
  readonly groupId: string | undefined
}

const fetches = channel('millrace.consumer.fetch')
const rebalances = channel('millrace.consumer.rebalance')

export function publishFetch(nodeId: number, { responses }: FetchResponse, latencyMs: number): void {
  if (!fetches.hasSubscribers) return
  const sizes = responses
    .flatMap((topic) => topic.partitions.map(({ records }) => records?.length ?? 0))
    .filter((size) => size > 0)
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  fetches.publish({ nodeId, partitions: sizes.length, bytes, latencyMs } satisfies FetchEvent)
}

export function publishRebalance(event: RebalanceEvent): void {
  if (rebalances.hasSubscribers) rebalances.publish(event)
}
