/**
 * Reads the partitions of a fetch request, and waits for more while there is too little (Kafka: ReplicaManager.fetchMessages,
 * DelayedFetch). Batches leave as they lie on disk; nothing in here looks inside them.
 */
import { ErrorCode, type ErrorName } from '@millrace/protocol'
import type { Scheduler } from '../ports.js'
import type { FetchPartition } from './core/fetch-session.js'
import type { Partition } from './partition.js'
import { waitForCommits } from './wait-for-commits.js'

export interface FetchParams {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolation: 'readUncommitted' | 'readCommitted'
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface FetchResult {
  readonly request: FetchPartition
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly divergingEpoch?: { readonly epoch: number; readonly endOffset: number }
  /** Null for readUncommitted. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  readonly records: Buffer
}

/** A partition to read: hosted here, or the error that stands for it. */
export type FetchTarget =
  | { readonly request: FetchPartition; readonly partition: Partition }
  | { readonly request: FetchPartition; readonly error: ErrorName }

const noRecords = Buffer.alloc(0)

export async function fetchRecords(
  targets: readonly FetchTarget[],
  params: FetchParams,
  scheduler: Scheduler,
): Promise<readonly FetchResult[]> {
  const minBytes = Math.min(params.minBytes, params.maxBytes)
  if (params.maxWaitMs <= 0 || targets.length === 0) return await readAll(targets, params)
  for (;;) {
    const results = await readAll(targets, params)
    const found = totalBytes(results)
    if (found >= minBytes || results.some(mustAnswerNow)) return results
    // Something may have been appended to one partition while another was read: nobody would wake this fetch for it.
    if (targets.some(hasMoved(results))) continue

    await waitForMore(targets, found, minBytes, params, scheduler)
    return targets.some(hasChanged(results)) ? await readAll(targets, params) : results
  }
}

function waitForMore(
  targets: readonly FetchTarget[],
  found: number,
  minBytes: number,
  params: FetchParams,
  scheduler: Scheduler,
): Promise<boolean> {
  const requests = new Map<Partition, FetchPartition>()
  for (const target of targets) if ('partition' in target) requests.set(target.partition, target.request)
  let available = found
  return waitForCommits({
    partitions: requests.keys(),
    timeoutMs: params.maxWaitMs,
    scheduler,
    isDone: (moved, appendedBytes) => {
      const request = requests.get(moved) as FetchPartition
      if (appendedBytes === 0 && refusalOf(moved, request) !== undefined) return true
      if (moved.log.logStartOffset > request.fetchOffset) return true
      if (readableEnd(moved, params) > request.fetchOffset) available += Math.min(appendedBytes, request.maxBytes)
      return available >= minBytes
    },
  })
}

function hasMoved(results: readonly FetchResult[]) {
  return (target: FetchTarget, index: number): boolean =>
    'partition' in target && target.partition.log.highWatermark !== results[index]?.highWatermark
}

function hasChanged(results: readonly FetchResult[]) {
  const moved = hasMoved(results)
  return (target: FetchTarget, index: number): boolean =>
    moved(target, index) || ('partition' in target && refusalOf(target.partition, target.request) !== undefined)
}

function totalBytes(results: readonly FetchResult[]): number {
  return results.reduce((sum, { records }) => sum + records.length, 0)
}

function mustAnswerNow({ errorCode, divergingEpoch }: FetchResult): boolean {
  return errorCode !== ErrorCode.NONE || divergingEpoch !== undefined
}

/** In request order: the first partition with records gives at least one batch, whatever its size; then the limit holds. */
async function readAll(targets: readonly FetchTarget[], params: FetchParams): Promise<FetchResult[]> {
  const results: FetchResult[] = []
  let remaining = params.maxBytes
  let isFirst = true
  for (const target of targets) {
    const result = await readOne(target, remaining, isFirst, params)
    results.push(result)
    remaining -= Math.min(remaining, result.records.length)
    if (result.records.length > 0) isFirst = false
  }
  return results
}

async function readOne(
  target: FetchTarget,
  remainingBytes: number,
  minOneBatch: boolean,
  params: FetchParams,
): Promise<FetchResult> {
  const { request } = target
  if ('error' in target) return failed(request, target.error)
  const { partition } = target
  const refusal = refusalOf(partition, request)
  if (refusal !== undefined) return failed(request, refusal)

  const { log } = partition
  const divergingEpoch = divergenceOf(partition, request)
  if (divergingEpoch === 'unknown') return failed(request, 'OFFSET_OUT_OF_RANGE')
  const isEmpty = divergingEpoch !== undefined || request.fetchOffset >= readableEnd(partition, params)
  const maxBytes = Math.min(request.maxBytes, remainingBytes)
  const answer = {
    request,
    errorCode: ErrorCode.NONE,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStartOffset,
    ...(divergingEpoch === undefined ? {} : { divergingEpoch }),
  }
  const isCommittedOnly = params.isolation === 'readCommitted'
  if (isEmpty || (maxBytes <= 0 && !minOneBatch)) {
    return { ...answer, abortedTransactions: isCommittedOnly ? [] : null, records: noRecords }
  }
  const upTo = isCommittedOnly ? 'lastStable' : 'highWatermark'
  const read = await log.read(request.fetchOffset, { maxBytes, minOneBatch, upTo })
  return {
    ...answer,
    abortedTransactions: isCommittedOnly ? (read.abortedTransactions ?? []) : null,
    records: read.records,
  }
}

function readableEnd({ log }: Partition, { isolation }: FetchParams): number {
  return isolation === 'readCommitted' ? log.lastStableOffset : log.highWatermark
}

function refusalOf(partition: Partition, request: FetchPartition): ErrorName | undefined {
  const mistake = partition.leaderMistake(request.currentLeaderEpoch)
  if (mistake !== undefined) return mistake
  const { logStartOffset, logEndOffset } = partition.log
  const isInside = request.fetchOffset >= logStartOffset && request.fetchOffset <= logEndOffset
  return isInside ? undefined : 'OFFSET_OUT_OF_RANGE'
}

/** Where the reader's log parted from this one (KIP-595's fields of Fetch 12). */
function divergenceOf({ log }: Partition, { lastFetchedEpoch, fetchOffset }: FetchPartition) {
  if (lastFetchedEpoch < 0) return undefined
  const { epoch, endOffset } = log.endOffsetForEpoch(lastFetchedEpoch)
  if (epoch < 0 || endOffset < 0) return 'unknown'
  return epoch < lastFetchedEpoch || endOffset < fetchOffset ? { epoch, endOffset } : undefined
}

function failed(request: FetchPartition, error: ErrorName): FetchResult {
  return {
    request,
    errorCode: ErrorCode[error],
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: null,
    records: noRecords,
  }
}
