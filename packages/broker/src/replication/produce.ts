/** Appends what a producer sent, partition by partition, and waits for the replicas where it asked to (Kafka: ReplicaManager.appendRecords). */
import { LogAppendError, type RecordError } from '@millrace/log'
import type { ErrorName } from '@millrace/protocol'
import type { Clock, Logger, Scheduler } from '../ports.js'
import type { Partition } from './partition.js'
import { waitForCommit } from './wait-for-commit.js'

export interface ProduceParams {
  /** 0, 1 or −1 (all in-sync replicas). */
  readonly acks: number
  readonly timeoutMs: number
  readonly deepValidation: boolean
  /** From version 7 on (KIP-110). */
  readonly zstdAllowed: boolean
}

export interface ProduceResult {
  readonly error: ErrorName
  readonly errorMessage: string | null
  readonly recordErrors: readonly RecordError[]
  /** −1 on error. */
  readonly baseOffset: number
  /** −1 unless the broker set the time. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
}

export interface ProducePorts {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
}

/** Never rejects: what went wrong is the result. The records are validated, and their offsets taken, before it returns. */
export async function produceTo(
  partition: Partition,
  records: Buffer,
  params: ProduceParams,
  ports: ProducePorts,
): Promise<ProduceResult> {
  const mistake = partition.leaderMistake(-1)
  if (mistake !== undefined) return failure(mistake)
  const requiresAllInSync = params.acks === -1
  if (requiresAllInSync && !partition.hasEnoughInSync()) return failure('NOT_ENOUGH_REPLICAS')
  try {
    const { deepValidation, zstdAllowed } = params
    const nowMs = ports.clock.nowMs()
    const appended = await partition.append({ records, origin: 'client', nowMs, deepValidation, zstdAllowed })
    const error = requiresAllInSync ? await committed(partition, appended.lastOffset + 1, params, ports) : 'NONE'
    if (error !== 'NONE') return failure(error)
    return {
      error,
      errorMessage: null,
      recordErrors: [],
      baseOffset: appended.firstOffset,
      logAppendTimeMs: appended.logAppendTimeMs,
      logStartOffset: partition.log.logStartOffset,
    }
  } catch (error) {
    if (error instanceof LogAppendError) return failure(error.code, error.message, error.recordErrors)
    ports.logger.error('Append failed', { topic: partition.topic, partition: partition.index, error })
    return failure('UNKNOWN_SERVER_ERROR')
  }
}

async function committed(
  partition: Partition,
  offset: number,
  { timeoutMs }: ProduceParams,
  { scheduler }: ProducePorts,
): Promise<ErrorName> {
  const isSettled = () => partition.isCommitted(offset) || partition.leaderMistake(-1) !== undefined
  const isInTime = isSettled() || (await waitForCommit({ partition, timeoutMs, scheduler, isDone: isSettled }))
  if (!partition.isCommitted(offset)) return isInTime ? 'NOT_LEADER_OR_FOLLOWER' : 'REQUEST_TIMED_OUT'
  return partition.hasEnoughInSync() ? 'NONE' : 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'
}

function failure(
  error: ErrorName,
  errorMessage: string | null = null,
  recordErrors: readonly RecordError[] = [],
): ProduceResult {
  return { error, errorMessage, recordErrors, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 }
}
