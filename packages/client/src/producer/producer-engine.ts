/**
 * The parts of a producer at work, and their order of life: what `KafkaProducer` hands serialized records to.
 *
 *     RecordIntake ──► Accumulator ──► Sender ──► brokers
 *
 * It builds the parts from the settings, passes on what one of them must know of another, says when enough waits, and ends
 * them. What is sent when, and in what order, is not decided here; and it knows nothing of keys' and values' types.
 */
import { ExponentialBackoff } from '@millrace/net'
import { Cluster } from '../cluster/cluster.js'
import { KafkaError } from '../errors.js'
import type { CallOptions, ClientPorts, Logger } from '../ports.js'
import { Deadline } from '../waiting.js'
import { Accumulator, type AccumulatorSettings } from './core/accumulator.js'
import { SequenceTracker } from './core/sequence-tracker.js'
import type { PartitionFunction } from './partitioner.js'
import { ProducerMetrics } from './producer-metrics.js'
import type { ParsedProducerConfig } from './producer-options.js'
import { RecordIntake } from './record-intake.js'
import { Sender } from './sender.js'
import { TransactionManager } from './transaction-manager.js'

/** How much may wait before `trySend` returns false, unless `buffer.memory` is less. */
const HIGH_WATER_BYTES = 2 * 1024 * 1024

const NEVER_MS = 2 ** 31 - 1

/** The settings, whatever the types of keys and values. */
export type EngineConfig = Omit<ParsedProducerConfig<never, never>, 'partition'> & {
  readonly partition: PartitionFunction<unknown, unknown> | undefined
}

export class ProducerEngine {
  readonly cluster: Cluster
  readonly metrics: ProducerMetrics
  readonly intake: RecordIntake
  /** Undefined: there is no `transactional.id`. */
  readonly transactions: TransactionManager | undefined
  readonly #config: EngineConfig
  readonly #ports: ClientPorts
  readonly #logger: Logger
  readonly #clientId: string
  readonly #accumulator: Accumulator
  readonly #sender: Sender
  readonly #highWaterBytes: number
  #drainWaiters: (() => void)[] = []

  constructor(config: EngineConfig, clientId: string) {
    const { values } = config
    const { ports, logger } = config.cluster
    this.#config = config
    this.#ports = ports
    this.#logger = logger
    this.#clientId = clientId
    this.#highWaterBytes = Math.min(HIGH_WATER_BYTES, values['buffer.memory'])
    const metricsWindows = { windowMs: values['metrics.sample.window.ms'], sampleCount: values['metrics.num.samples'] }
    this.cluster = new Cluster({ ...config.cluster, clientId, metricsWindows })
    this.metrics = new ProducerMetrics(metricsWindows.windowMs, metricsWindows.sampleCount)
    const tracker = config.isIdempotent ? new SequenceTracker(values['transactional.id'] !== undefined) : undefined
    this.#accumulator = new Accumulator(accumulatorSettings(config), tracker)
    const backoff = new ExponentialBackoff({
      initialMs: values['retry.backoff.ms'],
      maxMs: values['retry.backoff.max.ms'],
      random: ports.random,
    })
    this.transactions = this.#makeTransactions(tracker, backoff)
    this.#sender = this.#makeSender(tracker, backoff)
    this.intake = this.#makeIntake()
  }

  /** So much waits that whoever can wait should. */
  get isOverMark(): boolean {
    return this.#accumulator.usedBytes > this.#highWaterBytes || this.intake.hasWaiting
  }

  /** Resolves when much less waits. */
  drained(): Promise<void> {
    if (!this.isOverMark) return Promise.resolve()
    return new Promise<void>((resolve) => void this.#drainWaiters.push(resolve))
  }

  /** Resolves when all that was accepted before is done. */
  flush(): Promise<void> {
    const startMs = this.#ports.monotonicMs()
    return new Promise<void>((resolve) => {
      this.#accumulator.flush(() => {
        this.metrics.onFlush(this.#ports.monotonicMs() - startMs)
        resolve()
      })
      this.#sender.wake()
    })
  }

  /** Waits for `promise` as long as the caller wants to; what it does goes on when the wait has ended. */
  bounded<T>(promise: Promise<T>, what: string, { signal, timeoutMs }: CallOptions): Promise<T> {
    promise.catch(() => {})
    const deadline = new Deadline(this.#ports, what, timeoutMs ?? NEVER_MS, signal)
    return deadline.wait(promise)
  }

  /** Figures of the whole producer, by name. */
  values(nowMs: number): ReadonlyMap<string, number> {
    return this.metrics.values(
      {
        bufferTotalBytes: () => this.#config.values['buffer.memory'],
        bufferAvailableBytes: () => this.#accumulator.availableBytes,
        waitingRecords: () => this.intake.waiting,
        requestsInFlight: () => this.#sender.inFlight,
        connectionCount: () => this.cluster.connections.count,
        metadataAgeMs: () => this.cluster.metadata.ageMs,
        traffic: () => this.cluster.nodeMetrics.totals(),
      },
      nowMs,
    )
  }

  /** Sends what is there, then ends. What is not done by then fails. */
  async close(timeoutMs = this.#config.deliveryTimeoutMs + this.#config.values['max.block.ms']): Promise<void> {
    this.#accumulator.isClosing = true
    try {
      if (this.transactions?.isAbortable === true) {
        const message = 'Aborting the transaction that was open when the producer was closed'
        this.#logger.info({ clientId: this.#clientId }, message)
        await this.bounded(this.transactions.abortTransaction(), 'close', { timeoutMs })
      }
      await this.bounded(this.flush(), 'close', { timeoutMs })
    } catch {
      // What is left fails below.
    }
    const error = new KafkaError('CLOSED', 'the producer was closed before the record was acknowledged')
    this.intake.failAll(error)
    this.#sender.failAll(error)
    this.transactions?.close()
    this.#sender.close()
    this.intake.close()
    this.cluster.close()
    this.#config.closePartitioner()
    this.#logger.debug({ clientId: this.#clientId }, 'The producer is closed')
  }

  #makeTransactions(tracker: SequenceTracker | undefined, backoff: ExponentialBackoff): TransactionManager | undefined {
    const { values } = this.#config
    const transactionalId = values['transactional.id']
    if (transactionalId === undefined || tracker === undefined) return undefined
    return new TransactionManager({
      cluster: this.cluster,
      accumulator: this.#accumulator,
      tracker,
      transactionalId,
      transactionTimeoutMs: values['transaction.timeout.ms'],
      requestTimeoutMs: values['request.timeout.ms'],
      backoffMs: (failures) => backoff.delayMs(failures),
      ports: this.#ports,
      logger: this.#logger,
      onProgress: () => this.#sender.wake(),
      failRecords: (error, all) => {
        this.intake.failAll(error)
        this.#sender.failAll(error, (batch) => all || !batch.wasSent)
      },
    })
  }

  #makeSender(tracker: SequenceTracker | undefined, backoff: ExponentialBackoff): Sender {
    const { acks, values, deliveryTimeoutMs } = this.#config
    return new Sender({
      cluster: this.cluster,
      accumulator: this.#accumulator,
      tracker,
      acks,
      maxInFlight: values['max.in.flight.requests.per.connection'],
      requestTimeoutMs: values['request.timeout.ms'],
      limits: { retries: values.retries, deliveryTimeoutMs },
      backoff,
      ports: this.#ports,
      logger: this.#logger,
      metrics: this.metrics,
      transactions: this.transactions,
      hasWaiting: () => this.intake.hasWaiting,
      onProgress: () => this.#onProgress(),
    })
  }

  #makeIntake(): RecordIntake {
    const { ignoresKeys, partition, values } = this.#config
    return new RecordIntake({
      cluster: this.cluster,
      accumulator: this.#accumulator,
      ports: this.#ports,
      metrics: this.metrics,
      maxBlockMs: values['max.block.ms'],
      maxIdleMs: values['metadata.max.idle.ms'],
      batchBytes: values['batch.size'],
      limits: { maxRequestBytes: values['max.request.size'], bufferBytes: values['buffer.memory'] },
      partition,
      ignoresKeys,
      isAdaptive: values['partitioner.adaptive.partitioning.enable'],
      availabilityTimeoutMs: values['partitioner.availability.timeout.ms'],
      stuckMs: (nodeId) => this.#sender.stuckMs(nodeId),
      onPartition: (queue) => this.transactions?.onPartition(queue),
      onAppended: () => this.#sender.wake(),
      onSettled: () => {
        this.#onProgress()
        this.#sender.wake()
      },
    })
  }

  #onProgress(): void {
    this.intake.onProgress()
    if (this.#drainWaiters.length === 0) return
    if (this.#accumulator.usedBytes > this.#highWaterBytes / 2 || this.intake.hasWaiting) return
    const waiters = this.#drainWaiters
    this.#drainWaiters = []
    for (const resolve of waiters) resolve()
  }
}

function accumulatorSettings({ values, ...parsed }: EngineConfig): AccumulatorSettings {
  return {
    batchBytes: values['batch.size'],
    compression: values['compression.type'],
    compressionLevel: parsed.compressionLevel,
    bufferBytes: values['buffer.memory'],
    lingerMs: values['linger.ms'],
    isLingerAdaptive: parsed.isLingerAdaptive,
    deliveryTimeoutMs: parsed.deliveryTimeoutMs,
    maxRequestBytes: values['max.request.size'],
    isOrderGuaranteedByMuting: values['max.in.flight.requests.per.connection'] === 1,
  }
}
