import assert from 'node:assert/strict'
import { apis, type RequestInputOf } from '@millrace/protocol'
import type { RawClient } from './raw-client.js'

type FetchInput = RequestInputOf<typeof apis.Fetch>

export interface FetchOptions {
  /** The newest version that goes by names is the default. */
  readonly version?: number
  readonly partition?: number
  readonly partitionMaxBytes?: number
  readonly currentLeaderEpoch?: number
  readonly lastFetchedEpoch?: number
  readonly request?: Partial<FetchInput>
}

/** A fetch of one partition, which does not wait unless it is told to. */
export function fetchRequest(topic: string, fetchOffset: number, options: FetchOptions = {}): FetchInput {
  const {
    partition = 0,
    partitionMaxBytes = 1_000_000,
    currentLeaderEpoch = -1,
    lastFetchedEpoch = -1,
    request,
  } = options
  return {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [
      { topic, partitions: [{ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch, lastFetchedEpoch }] },
    ],
    forgottenTopicsData: [],
    ...request,
  }
}

/** The answer for the one partition. */
export async function fetchFrom(client: RawClient, topic: string, fetchOffset: number, options: FetchOptions = {}) {
  const answer = await client.call(apis.Fetch, options.version ?? 12, fetchRequest(topic, fetchOffset, options))
  const partition = answer.responses[0]?.partitions[0]
  assert.ok(partition, `fetch error ${answer.errorCode}`)
  return partition
}
