/**
 * What becomes of batches that were sent, or that waited too long: done, failed, split, or back in their queue.
 *
 * It carries out what core/produce-outcome.ts decides, tells the cluster's metadata what an answer says about leaders, and
 * counts. It sends nothing.
 */
import type { ExponentialBackoff } from '@millrace/net'
import { ErrorCode, type ProduceResponse } from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import { KafkaError } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import type { Accumulator } from './core/accumulator.js'
import { errorsOfRecords, type PartitionAnswer, produceOutcome, type RetryLimits } from './core/produce-outcome.js'
import type { ProducerBatch } from './core/producer-batch.js'
import type { SequenceTracker } from './core/sequence-tracker.js'
import { answerOf, type ProduceExchange, WRITTEN_UNANSWERED } from './produce-request.js'
import type { ProducerMetrics } from './producer-metrics.js'
import type { TransactionGate } from './transaction-gate.js'

export interface ProduceResultsOptions {
  readonly cluster: Cluster
  readonly accumulator: Accumulator
  /** Undefined: not idempotent. */
  readonly tracker: SequenceTracker | undefined
  readonly limits: RetryLimits
  readonly backoff: ExponentialBackoff
  readonly ports: ClientPorts
  readonly logger: Logger
  readonly metrics: ProducerMetrics
  readonly transactions: TransactionGate | undefined
}

const METADATA_ERRORS: ReadonlySet<string> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'FENCED_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'LISTENER_NOT_FOUND',
  'NETWORK_EXCEPTION',
])

/** What the application has done itself. */
const ASKED_FOR: ReadonlySet<string> = new Set(['TRANSACTION_ABORTED', 'CLOSED'])

/** What is known besides the answer. */
interface Circumstances {
  /** The failure that the answer stands for. */
  readonly cause?: KafkaError
  /** The answer has named the leader to ask instead. */
  readonly isNewLeaderKnown?: boolean
}

export class ProduceResults {
  readonly #options: ProduceResultsOptions

  constructor(options: ProduceResultsOptions) {
    this.#options = options
  }

  onResponse(exchange: ProduceExchange, response: ProduceResponse): void {
    const hints = exchange.leaderHints(response)
    const believed =
      hints.length === 0 ? [] : this.#options.cluster.metadata.applyLeaderHints(hints, response.nodeEndpoints)
    exchange.eachAnswer(response, (batch, answer) => {
      const { topicName, partition } = batch.queue
      const isNewLeaderKnown = believed.some((hint) => hint.topic === topicName && hint.partition === partition)
      this.#onAnswer(batch, answer, isNewLeaderKnown ? { isNewLeaderKnown } : undefined)
    })
  }

  onNoResponse(batches: readonly ProducerBatch[], cause: KafkaError): void {
    for (const batch of batches) this.#onAnswer(batch, answerOf(cause), { cause })
  }

  /** With acks=0 nobody answers. */
  onUnanswered(batches: readonly ProducerBatch[]): void {
    for (const batch of batches) this.#onAnswer(batch, WRITTEN_UNANSWERED)
  }

  /** Batches whose `delivery.timeout.ms` is over fail. Returns whether there are any. */
  expire(nowMs: number): boolean {
    const { accumulator, cluster, limits } = this.#options
    if (accumulator.nextExpiryMs > nowMs) return false
    for (const batch of accumulator.expired(nowMs)) {
      const { topicName, partition } = batch.queue
      const lastError = cluster.metadata.lastError
      const why = lastError instanceof Error ? `: ${lastError.message}` : ''
      const message = `${batch.recordCount} records for ${topicName}-${partition} were not acknowledged within ${limits.deliveryTimeoutMs} ms${why}`
      this.fail(batch, new KafkaError('TIMEOUT', message, { cause: lastError }), false)
    }
    return true
  }

  /** `wasRefused`: a broker said so, and did not write it. */
  fail(
    batch: ProducerBatch,
    error: KafkaError,
    wasRefused: boolean,
    errorOfRecord?: (index: number) => KafkaError,
  ): void {
    const { accumulator, logger, metrics, ports, transactions } = this.#options
    if (batch.isDone) return
    const { topicName: topic, partition } = batch.queue
    const fields = { topic, partition, records: batch.recordCount, error }
    if (ASKED_FOR.has(error.code)) logger.info(fields, 'Records are given up')
    else logger.error(fields, 'Records were not written')
    metrics.onError(topic, batch.recordCount, ports.monotonicMs())
    accumulator.fail(batch, error, wasRefused, errorOfRecord)
    transactions?.onBatchFailed(error)
  }

  #onAnswer(batch: ProducerBatch, answer: PartitionAnswer, { cause, isNewLeaderKnown }: Circumstances = NOTHING): void {
    const { accumulator, cluster, limits, ports, tracker } = this.#options
    if (batch.isDone) {
      // It expired on the way; that it was written after all matters to what comes after it.
      if (answer.errorCode === ErrorCode.NONE) accumulator.complete(batch, answer.baseOffset, -1)
      return
    }
    const outcome = produceOutcome(batch, answer, limits, tracker, ports.monotonicMs())
    if (outcome.kind === 'written') {
      accumulator.complete(batch, outcome.baseOffset, outcome.logAppendTimeMs, answer !== WRITTEN_UNANSWERED)
      return
    }
    const { error } = outcome
    if (METADATA_ERRORS.has(error.code) && isNewLeaderKnown !== true) cluster.metadata.requestUpdate()
    if (outcome.kind === 'retry') this.#sendAgain(batch, error)
    else if (outcome.kind === 'split') this.#split(batch)
    else this.fail(batch, cause ?? error, outcome.wasRefused, errorsOfRecords(cause ?? error, answer))
  }

  #sendAgain(batch: ProducerBatch, error: KafkaError): void {
    const { accumulator, backoff, logger, metrics, ports } = this.#options
    const { topicName: topic, partition } = batch.queue
    const nowMs = ports.monotonicMs()
    const attempts = batch.attempts + 1
    logger.debug({ topic, partition, error: error.code, attempts }, 'A batch is sent again')
    accumulator.requeue(batch, nowMs + backoff.delayMs(attempts))
    metrics.onRetry(topic, batch.recordCount, nowMs)
  }

  #split(batch: ProducerBatch): void {
    const { accumulator, logger, metrics, ports } = this.#options
    const { topicName: topic, partition } = batch.queue
    logger.info({ topic, partition, records: batch.recordCount }, 'A batch is too large for the broker and is split')
    accumulator.split(batch)
    metrics.onSplit(ports.monotonicMs())
  }
}

const NOTHING: Circumstances = {}
