/**
 * Runs the shards of one coordinator: one for each partition of its topic that this broker leads. After Kafka's
 * CoordinatorRuntime.
 *
 * Owns which partitions are here, from election to resignation, and the lives of their shards: a shard whose append
 * failed, or whose log could not be read, is replaced by one that is loaded anew. Knows nothing of what the shards
 * decide.
 */
import { ProtocolError } from '@millrace/protocol'
import type { Clock, Logger, ScheduledTask, Scheduler } from '../ports.js'
import { logErrorOf } from './coordinator-errors.js'
import type { CoordinatorLog } from './coordinator-log.js'
import type { CoordinatorShard, Decision, RecordSerde, Turn } from './decision.js'
import { ShardHost } from './shard-host.js'

export interface CoordinatorRuntimeOptions<Shard, Rec> {
  /** The coordinator's topic, for the operator's log. */
  readonly topic: string
  readonly serde: RecordSerde<Rec>
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** How long an answer may wait for its records to be committed. */
  readonly commitTimeoutMs: number
  createShard(partition: number): Shard
  /** The log of a partition that this broker leads; valid across its leader epochs. Throws if there is none. */
  openLog(partition: number): CoordinatorLog
}

interface Tenure<Host> {
  epoch: number
  host: Host
  retryDelayMs: number
  retry: ScheduledTask | undefined
}

const FIRST_RETRY_DELAY_MS = 1_000
const MAX_RETRY_DELAY_MS = 30_000

export class CoordinatorRuntime<Shard extends CoordinatorShard<Rec, Timer>, Rec, Timer> {
  readonly #options: CoordinatorRuntimeOptions<Shard, Rec>
  readonly #tenures = new Map<number, Tenure<ShardHost<Shard, Rec, Timer>>>()
  /** The last shard of a partition may still have an append in flight: the next one reads the log after it. */
  readonly #draining = new Map<number, Promise<void>>()
  #isClosed = false

  constructor(options: CoordinatorRuntimeOptions<Shard, Rec>) {
    this.#options = options
  }

  /** This broker has become leader. A new epoch of a partition that is here already changes nothing. */
  elect(partition: number, epoch: number): void {
    if (this.#isClosed) return
    const tenure = this.#tenures.get(partition)
    if (tenure !== undefined && tenure.epoch >= epoch) return
    if (tenure !== undefined && tenure.host.state !== 'stopped') {
      tenure.epoch = epoch
      return
    }
    tenure?.retry?.cancel()
    this.#startTenure(partition, epoch)
  }

  /** This broker no longer leads, or the partition is gone (then without an epoch). */
  resign(partition: number, epoch?: number): void {
    const tenure = this.#tenures.get(partition)
    if (tenure === undefined || (epoch !== undefined && tenure.epoch >= epoch)) return
    this.#tenures.delete(partition)
    tenure.retry?.cancel()
    this.#stop(partition, tenure.host)
  }

  /** Runs a handler on the shard of a partition. Rejects as `ShardHost.write` does. */
  write<Reply>(
    partition: number,
    operation: (shard: Shard, turn: Turn) => Decision<Rec, Reply, Timer>,
  ): Promise<Reply> {
    const host = this.#tenures.get(partition)?.host
    return host === undefined ? Promise.reject(new ProtocolError('NOT_COORDINATOR')) : host.write(operation)
  }

  /** Runs a handler that changes nothing. Rejects as `ShardHost.write` does. */
  read<Reply>(partition: number, operation: (shard: Shard) => Reply): Promise<Reply> {
    const host = this.#tenures.get(partition)?.host
    return host === undefined ? Promise.reject(new ProtocolError('NOT_COORDINATOR')) : host.read(operation)
  }

  /** The partitions that this broker coordinates, loaded or not. */
  partitions(): number[] {
    return [...this.#tenures.keys()]
  }

  /** The live state of what is loaded here, see {@link ShardHost.liveShard}. */
  *liveShards(): IterableIterator<Shard> {
    for (const { host } of this.#tenures.values()) {
      const shard = host.liveShard
      if (shard !== undefined) yield shard
    }
  }

  /** Ends all shards. Resolves when no append is in flight any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const partition of this.partitions()) this.resign(partition)
    await Promise.all(this.#draining.values())
  }

  #startTenure(partition: number, epoch: number): void {
    const tenure = { epoch, host: this.#createHost(partition), retryDelayMs: FIRST_RETRY_DELAY_MS, retry: undefined }
    this.#tenures.set(partition, tenure)
    this.#load(partition, tenure)
  }

  #createHost(partition: number): ShardHost<Shard, Rec, Timer> {
    const { topic, serde, clock, scheduler, logger, commitTimeoutMs } = this.#options
    const host: ShardHost<Shard, Rec, Timer> = new ShardHost({
      name: `${topic}-${partition}`,
      openLog: () => this.#options.openLog(partition),
      shard: this.#options.createShard(partition),
      serde,
      clock,
      scheduler,
      logger,
      commitTimeoutMs,
      onFailed: (error) => this.#onFailed(partition, host, error),
    })
    return host
  }

  #load(partition: number, tenure: Tenure<ShardHost<Shard, Rec, Timer>>): void {
    const { host } = tenure
    const drained = this.#draining.get(partition) ?? Promise.resolve()
    drained
      .then(() => host.load())
      .then(
        () => {
          tenure.retryDelayMs = FIRST_RETRY_DELAY_MS
        },
        (error: unknown) => this.#onLoadFailed(partition, tenure, host, error),
      )
  }

  /** An append failed or the log disagrees: what is in memory is worth nothing, what is in the log is the truth. */
  #onFailed(partition: number, host: ShardHost<Shard, Rec, Timer>, error: unknown): void {
    this.#options.logger.error(`${this.#options.topic}-${partition}: write failed, loading again`, { error })
    this.#stop(partition, host)
    const tenure = this.#tenures.get(partition)
    // A broker that does not lead any more waits for its next election.
    if (tenure?.host !== host || logErrorOf(error) === 'NOT_LEADER_OR_FOLLOWER') return
    this.#reload(partition, tenure)
  }

  #onLoadFailed(
    partition: number,
    tenure: Tenure<ShardHost<Shard, Rec, Timer>>,
    host: ShardHost<Shard, Rec, Timer>,
    error: unknown,
  ): void {
    const { topic, logger, scheduler } = this.#options
    this.#stop(partition, host)
    if (this.#tenures.get(partition) !== tenure || tenure.host !== host) return
    const delayMs = tenure.retryDelayMs
    tenure.retryDelayMs = Math.min(delayMs * 2, MAX_RETRY_DELAY_MS)
    logger.error(`${topic}-${partition}: could not be loaded, trying again in ${delayMs} ms`, { error })
    tenure.retry = scheduler.schedule(delayMs, () => this.#reload(partition, tenure))
  }

  #reload(partition: number, tenure: Tenure<ShardHost<Shard, Rec, Timer>>): void {
    tenure.retry = undefined
    tenure.host = this.#createHost(partition)
    this.#load(partition, tenure)
  }

  #stop(partition: number, host: ShardHost<Shard, Rec, Timer>): void {
    const before = this.#draining.get(partition)
    const draining = Promise.all([before, host.stop()]).then(() => {
      if (this.#draining.get(partition) === draining) this.#draining.delete(partition)
    })
    this.#draining.set(partition, draining)
  }
}
