/**
 * Gives partitions their positions: the committed offset, else where `auto.offset.reset` says; and asks a new leader whether
 * the position is still in its log (KIP-320). Runs in the background whenever a partition needs it; what goes wrong and
 * passes is tried again after `retry.backoff.ms`.
 */
import { ExponentialBackoff } from '@millrace/net'
import type { Cluster } from '../cluster/cluster.js'
import { leaderOf } from '../cluster/metadata-snapshot.js'
import { KafkaError, kafkaErrorOf } from '../errors.js'
import type { ClientPorts, Logger } from '../ports.js'
import type { OffsetAndMetadata, TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { Deadline } from '../waiting.js'
import { LogTruncationError, PartitionError } from './consumer-errors.js'
import { type OffsetReset, resetTimestamp } from './core/offset-reset.js'
import type { PartitionPhase, PartitionState } from './core/partition-state.js'
import type { SubscriptionState } from './core/subscription-state.js'
import type { OffsetLookups } from './offset-lookups.js'

export interface PositionsOptions {
  readonly cluster: Cluster
  readonly subscriptions: SubscriptionState
  readonly lookups: OffsetLookups
  /** Undefined: without a group, there is nothing committed. */
  readonly committed:
    | ((
        partitions: readonly TopicPartition[],
        deadline: Deadline,
      ) => Promise<TopicPartitionMap<OffsetAndMetadata | null>>)
    | undefined
  readonly defaultReset: OffsetReset
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly requestTimeoutMs: number
  readonly ports: ClientPorts
  readonly logger: Logger
  readonly onChange: () => void
  readonly onError: (error: KafkaError) => void
}

export class Positions {
  readonly #options: PositionsOptions
  readonly #backoff: ExponentialBackoff
  readonly #closing = new AbortController()
  #isRunning = false
  #running: Promise<void> = Promise.resolve()
  #isWanted = false
  #failures = 0
  #cancelRetry = () => {}

  constructor(options: PositionsOptions) {
    this.#options = options
    const { retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs, ports } = options
    this.#backoff = new ExponentialBackoff({ initialMs, maxMs, random: ports.random })
  }

  /** Looks whether a partition needs something. */
  update(): void {
    if (this.#closing.signal.aborted) return
    this.#isWanted = true
    if (this.#isRunning) return
    this.#running = this.#run()
  }

  /** The tries that go on now have ended. */
  async settled(): Promise<void> {
    await this.#running
  }

  /** The metadata have changed: partitions may have got another leader. */
  noticeLeaders(): void {
    const { cluster, subscriptions } = this.#options
    let isNeeded = false
    for (const state of subscriptions.partitions) {
      const leader = leaderOf(cluster.snapshot, state.topic, state.partition)
      if (leader !== undefined && state.noticeLeaderEpoch(leader.leaderEpoch)) isNeeded = true
    }
    if (isNeeded) this.update()
  }

  close(): void {
    this.#cancelRetry()
    this.#closing.abort(new KafkaError('CLOSED', 'the consumer is closed'))
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    this.#cancelRetry()
    try {
      while (this.#isWanted && !this.#closing.signal.aborted) {
        this.#isWanted = false
        await this.#step('needs-position', (states) => this.#startAtCommitted(states))
        await this.#step('needs-reset', (states) => this.#resetAll(states))
        await this.#step('needs-validation', (states) => this.#validateAll(states))
      }
      this.#failures = 0
    } catch (error) {
      this.#onFailure(kafkaErrorOf(error))
    } finally {
      this.#isRunning = false
    }
  }

  #onFailure(error: KafkaError): void {
    if (this.#closing.signal.aborted) return
    const { ports, logger } = this.#options
    this.#failures++
    if (this.#failures === 1) logger.info({ error: error.message }, 'Positions are not known yet')
    if (!error.retriable) this.#options.onError(error)
    this.#cancelRetry = ports.timers.schedule(this.#backoff.delayMs(this.#failures), () => this.update())
  }

  async #step(phase: PartitionPhase, act: (states: readonly PartitionState[]) => Promise<void>): Promise<void> {
    const states = [...this.#options.subscriptions.partitions].filter((state) => state.phase === phase)
    if (states.length === 0) return
    await act(states)
    this.#options.onChange()
  }

  async #startAtCommitted(states: readonly PartitionState[]): Promise<void> {
    const { committed } = this.#options
    const epochs = states.map(({ epoch }) => epoch)
    const found = await committed?.(states, this.#deadline('the lookup of committed offsets'))
    for (const [index, state] of states.entries()) {
      // Somebody may have sought meanwhile.
      if (state.epoch !== epochs[index] || state.phase !== 'needs-position') continue
      const offset = found?.get(state)
      if (offset === undefined || offset === null) state.requestReset()
      else state.startAt(offset)
    }
    this.noticeLeaders()
  }

  async #resetAll(states: readonly PartitionState[]): Promise<void> {
    const { defaultReset, lookups, onError, ports } = this.#options
    const queries: { topic: string; partition: number; timestamp: number; state: PartitionState; epoch: number }[] = []
    for (const state of states) {
      const { topic, partition, position, epoch } = state
      const timestamp = resetTimestamp(state.reset ?? defaultReset, ports.nowMs())
      if (timestamp !== undefined) {
        queries.push({ topic, partition, timestamp, state, epoch })
        continue
      }
      const text = `${topic}-${partition} has no committed offset, and auto.offset.reset is none`
      onError(new PartitionError('NO_OFFSET_FOR_PARTITION', { topic, partition, offset: position }, text))
    }
    if (queries.length === 0) return
    const found = await lookups.byTimestamp(queries, this.#deadline('the lookup of offsets'))
    const beyondTheEnd: typeof queries = []
    for (const [query, { offset, leaderEpoch }] of found) {
      const { state, epoch } = query
      if (state.epoch !== epoch || state.phase !== 'needs-reset') continue
      // No record is that young: its end, as Java does.
      if (offset < 0) beyondTheEnd.push({ ...query, timestamp: -1 })
      else state.seek(offset, leaderEpoch)
    }
    if (beyondTheEnd.length === 0) return
    for (const [query, end] of await lookups.byTimestamp(beyondTheEnd, this.#deadline('the lookup of end offsets'))) {
      const { state, epoch } = query
      if (state.epoch === epoch && state.phase === 'needs-reset') state.seek(end.offset, end.leaderEpoch)
    }
  }

  async #validateAll(states: readonly PartitionState[]): Promise<void> {
    for (const state of states) await this.#validate(state)
  }

  async #validate(state: PartitionState): Promise<void> {
    const { cluster, lookups } = this.#options
    const { topic, partition, epoch, position, positionEpoch } = state
    const leader = leaderOf(cluster.snapshot, topic, partition)
    if (leader === undefined || leader.leader < 0) {
      cluster.metadata.requestUpdate()
      throw new KafkaError('LEADER_NOT_AVAILABLE', `${topic}-${partition} has no leader`)
    }
    let end: Awaited<ReturnType<OffsetLookups['epochEnd']>>
    try {
      const at = { topic, partition, leaderEpoch: positionEpoch }
      end = await lookups.epochEnd(at, { nodeId: leader.leader, epoch: leader.leaderEpoch })
    } catch (error) {
      cluster.metadata.requestUpdate()
      throw error
    }
    if (state.epoch !== epoch || state.phase !== 'needs-validation') return
    if (end === undefined || (end.endOffset >= position && end.leaderEpoch >= 0)) state.validated(leader.leaderEpoch)
    else this.#truncated(state, end)
  }

  #truncated(state: PartitionState, end: { readonly endOffset: number; readonly leaderEpoch: number }): void {
    const { defaultReset, onError, logger } = this.#options
    const { topic, partition, position } = state
    const isKnown = end.endOffset >= 0 && end.leaderEpoch >= 0
    if (defaultReset.kind === 'none') {
      onError(new LogTruncationError({ topic, partition, offset: position }, isKnown ? end.endOffset : undefined))
      return
    }
    logger.warn({ topic, partition, from: position, to: end.endOffset }, 'The log was truncated')
    if (isKnown) state.seek(end.endOffset, end.leaderEpoch)
    else state.requestReset()
    this.update()
  }

  #deadline(what: string): Deadline {
    const { ports, requestTimeoutMs } = this.#options
    return new Deadline(ports, what, requestTimeoutMs, this.#closing.signal)
  }
}
