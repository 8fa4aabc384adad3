/** What an answer to Produce means for a batch. */
import { errorOf, KafkaError } from '../../errors.js'
import type { ProducerBatch } from './producer-batch.js'
import type { SequenceTracker } from './sequence-tracker.js'

/** One partition's part of a Produce response, or what stands for it when none came. */
export interface PartitionAnswer {
  readonly errorCode: number
  readonly baseOffset: number
  readonly logAppendTimeMs: number
  /** −1: not told. */
  readonly logStartOffset: number
  readonly errorMessage: string | null
  readonly recordErrors: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string | null }[]
}

export type ProduceOutcome =
  | { readonly kind: 'written'; readonly baseOffset: number; readonly logAppendTimeMs: number }
  | { readonly kind: 'split'; readonly error: KafkaError }
  | { readonly kind: 'retry'; readonly error: KafkaError }
  | { readonly kind: 'failed'; readonly error: KafkaError; readonly wasRefused: boolean }

export interface RetryLimits {
  readonly retries: number
  readonly deliveryTimeoutMs: number
}

const WRITTEN_SOMEWHERE: ProduceOutcome = { kind: 'written', baseOffset: -1, logAppendTimeMs: -1 }

/** Decides by the answer; asks the tracker, which prepares what another try needs. */
export function produceOutcome(
  batch: ProducerBatch,
  answer: PartitionAnswer,
  limits: RetryLimits,
  tracker: SequenceTracker | undefined,
  nowMs: number,
): ProduceOutcome {
  const { baseOffset, logAppendTimeMs, logStartOffset } = answer
  const error = errorOf(answer.errorCode, answer.errorMessage)
  if (error === undefined) return { kind: 'written', baseOffset, logAppendTimeMs }
  if (error.code === 'MESSAGE_TOO_LARGE' && batch.recordCount > 1) return { kind: 'split', error }
  const hasTriesLeft = batch.attempts < limits.retries && nowMs - batch.createdMs < limits.deliveryTimeoutMs
  if (error.code === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && tracker?.isWritten(batch) === true) return WRITTEN_SOMEWHERE
  if (hasTriesLeft) {
    const mayRetry =
      tracker === undefined || !batch.hasSequence
        ? error.retriable
        : tracker.maySendAgain(batch, { error, logStartOffset })
    if (mayRetry) return { kind: 'retry', error }
  }
  // It was written before, so long ago that the broker does not know the offset any more.
  if (error.code === 'DUPLICATE_SEQUENCE_NUMBER') return WRITTEN_SOMEWHERE
  return { kind: 'failed', error, wasRefused: hasTriesLeft }
}

/** The error of each record of a batch that was refused because of some of them (KIP-467). */
export function errorsOfRecords(error: KafkaError, answer: PartitionAnswer): (index: number) => KafkaError {
  const { recordErrors, errorMessage } = answer
  if (recordErrors.length === 0) return () => error
  const byIndex = new Map(recordErrors.map((record) => [record.batchIndex, record.batchIndexErrorMessage]))
  const others = new KafkaError(
    error.code,
    'The record was in a batch with others that are not valid, and was refused with them',
  )
  return (index) => {
    const message = byIndex.get(index)
    return message === undefined ? others : new KafkaError(error.code, message ?? errorMessage ?? error.message)
  }
}
