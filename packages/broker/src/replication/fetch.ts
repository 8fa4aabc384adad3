/**
 * Reads the partitions of a fetch request, and waits for more while there is too little (Kafka: ReplicaManager.fetchMessages,
 * DelayedFetch). Batches leave as they lie on disk; nothing in here looks inside them.
 */
import { type AbortedTransaction, LogError } from '@millrace/log'
import { ErrorCode, type ErrorName } from '@millrace/protocol'
import type { FetchLease } from '../memory/fetch-memory.js'
import type { Logger, Scheduler } from '../ports.js'
import type { FetchPartition } from './core/fetch-session.js'
import { FetchSupply } from './fetch-supply.js'
import type { Partition } from './partition.js'

export interface FetchParams {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolation: 'readUncommitted' | 'readCommitted'
}

export interface FetchResult {
  readonly request: FetchPartition
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | undefined
  /** Null for readUncommitted. */
  readonly abortedTransactions: readonly Pick<AbortedTransaction, 'producerId' | 'firstOffset'>[] | null
  readonly records: Buffer
}

/** A partition to read: hosted here, or the error that stands for it. */
export type FetchTarget =
  | { readonly request: FetchPartition; readonly partition: Partition }
  | { readonly request: FetchPartition; readonly error: ErrorName }

const noRecords = Buffer.alloc(0)

export interface FetchPorts {
  /** Where the batches are read to. What is in the results stays there until whoever gave it releases it. */
  readonly lease: FetchLease
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** Nobody waits for the answer any more. Returns how to stop listening. */
  readonly onAbandoned: (listener: () => void) => () => void
}

/** Never rejects: a partition that cannot be read is an error in its result. */
export async function fetchRecords(
  targets: readonly FetchTarget[],
  params: FetchParams,
  ports: FetchPorts,
): Promise<readonly FetchResult[]> {
  const hosted = targets.flatMap((target) => ('partition' in target ? [target] : []))
  if (params.maxWaitMs <= 0 || hosted.length === 0) return await readAll(targets, params, ports)
  const minBytes = Math.min(params.minBytes, params.maxBytes)
  // It counts from here on: what is appended to one partition while another is read would else wake nobody.
  const supply = new FetchSupply(hosted, (partition, request) => isSpoilt(partition, request, params))
  try {
    const results = await readAll(targets, params, ports, supply)
    const found = results.reduce((sum, { records }) => sum + records.length, 0)
    if (found >= minBytes || results.some(mustAnswerNow)) return results
    await untilSupplied(supply, minBytes, params.maxWaitMs, ports)
    if (!supply.hasMoved) return results
    ports.lease.release()
    return await readAll(targets, params, ports)
  } finally {
    supply.close()
  }
}

function untilSupplied(
  supply: FetchSupply,
  minBytes: number,
  maxWaitMs: number,
  { scheduler, onAbandoned }: FetchPorts,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      timer.cancel()
      stopListening()
      resolve()
    }
    const timer = scheduler.schedule(maxWaitMs, finish)
    const stopListening = onAbandoned(finish)
    supply.whenEnough(minBytes, finish)
  })
}

/** An error that the client must know of. One of a topic that is not there is told with the others, as Kafka does. */
function mustAnswerNow({ errorCode, divergingEpoch }: FetchResult): boolean {
  return (errorCode !== ErrorCode.NONE && !isOfMissingTopic.has(errorCode)) || divergingEpoch !== undefined
}

const isOfMissingTopic: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
])

/** The partition has to be answered with an error now, or begins behind what the client asked for. */
function isSpoilt(partition: Partition, request: FetchPartition, params: FetchParams): boolean {
  return refusalOf(partition, request) !== undefined || request.fetchOffset > readableEnd(partition, params)
}

/** In request order: the first partition with records gives at least one batch, whatever its size; then the limit holds. */
async function readAll(
  targets: readonly FetchTarget[],
  params: FetchParams,
  ports: FetchPorts,
  supply?: FetchSupply,
): Promise<FetchResult[]> {
  const results: FetchResult[] = []
  let remaining = params.maxBytes
  let isFirst = true
  for (const target of targets) {
    if ('partition' in target) supply?.startOver(target.partition)
    const result = await readOne(target, remaining, isFirst, params, ports)
    if ('partition' in target) supply?.add(target.partition, result.records.length)
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
  { logger, lease }: FetchPorts,
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
  const isCommittedOnly = params.isolation === 'readCommitted'
  // One shape for all results, field by field: what is put together from parts is slow to make and slow to read. The offsets
  // are those of before the read.
  const result: { -readonly [Field in keyof FetchResult]: FetchResult[Field] } = {
    request,
    errorCode: ErrorCode.NONE,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStartOffset,
    divergingEpoch,
    abortedTransactions: isCommittedOnly ? [] : null,
    records: noRecords,
  }
  if (isEmpty || (maxBytes <= 0 && !minOneBatch)) return result
  const upTo = isCommittedOnly ? 'lastStable' : 'highWatermark'
  try {
    const read = await log.read(request.fetchOffset, { maxBytes, minOneBatch, upTo, allocate: lease.allocate })
    if (isCommittedOnly) result.abortedTransactions = read.abortedTransactions ?? []
    result.records = read.records
    return result
  } catch (error) {
    // The replica may have been stopped meanwhile, and its files with it.
    const mistake = refusalOf(partition, request)
    if (mistake !== undefined) return failed(request, mistake)
    logger.error('Cannot read a log', { topic: partition.topic, partition: partition.index, error })
    return failed(request, error instanceof LogError ? error.code : 'KAFKA_STORAGE_ERROR')
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
    divergingEpoch: undefined,
    abortedTransactions: null,
    records: noRecords,
  }
}
