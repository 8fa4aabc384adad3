/**
 * One partition as this broker replicates it: its log, its role, and how far its records are committed.
 *
 * Owns the leader's rules: who may append, when the high watermark moves, who is told. It becomes leader or follower
 * because the controller said so, never by itself (Kafka: kafka.cluster.Partition).
 */
import type { AppendInput, AppendResult, PartitionLog } from '@millrace/log'
import type { ErrorName } from '@millrace/protocol'
import type { LeaderAndIsrPartitionState } from '../metadata/metadata-applier.js'
import { TopicTraffic } from '../metrics/topic-traffic.js'

/** Called with the bytes that were appended when the high watermark passed them; 0 when it moved for another reason. */
export type CommitListener = (partition: Partition, appendedBytes: number) => void

export type PartitionAppend = Omit<AppendInput, 'leaderEpoch'>

export class Partition {
  readonly topic: string
  readonly index: number
  readonly log: PartitionLog
  /** Counts what goes in and out, for all partitions of the topic. */
  readonly traffic: TopicTraffic
  readonly #localBrokerId: number
  readonly #minInSyncReplicas: () => number
  #state: LeaderAndIsrPartitionState | undefined
  #isOffline = false
  readonly #commitListeners = new Set<CommitListener>()

  constructor(
    log: PartitionLog,
    localBrokerId: number,
    minInSyncReplicas: () => number,
    traffic: TopicTraffic = new TopicTraffic(),
  ) {
    this.topic = log.topic
    this.index = log.partition
    this.log = log
    this.#localBrokerId = localBrokerId
    this.#minInSyncReplicas = minInSyncReplicas
    this.traffic = traffic
  }

  /** −1 before the controller spoke. */
  get leaderEpoch(): number {
    return this.#state?.leaderEpoch ?? -1
  }

  get leaderId(): number {
    return this.#state?.leader ?? -1
  }

  get isLeader(): boolean {
    return this.#state?.leader === this.#localBrokerId
  }

  get inSyncReplicas(): readonly number[] {
    return this.#state?.isr ?? []
  }

  get replicas(): readonly number[] {
    return this.#state?.replicas ?? []
  }

  /** Its disk has failed: it leads and follows nothing until this broker starts again. */
  get isOffline(): boolean {
    return this.#isOffline
  }

  /** See {@link Partition.isOffline}. Whoever waits on it is told. */
  goOffline(): void {
    this.#isOffline = true
    this.stop()
  }

  /** The replica is not hosted here any more: whoever waits on it is told to look elsewhere. */
  stop(): void {
    this.#state = undefined
    this.#notify(0)
  }

  /** Rejects when the epoch cannot be recorded: the replica then leads nothing, and can be told again. */
  async makeLeader(state: LeaderAndIsrPartitionState): Promise<void> {
    const isNewEpoch = !this.isLeader || this.log.latestEpoch !== state.leaderEpoch
    // Before the wait: what is appended meanwhile belongs to the new epoch, and is written after its start.
    this.#state = state
    if (!isNewEpoch) return
    try {
      await this.log.assignEpochStart(state.leaderEpoch, this.log.logEndOffset)
    } catch (error) {
      if (this.#state === state) this.stop()
      throw error
    }
    this.#advanceHighWatermark(0)
  }

  makeFollower(state: LeaderAndIsrPartitionState): void {
    this.#state = state
    this.#notify(0)
  }

  /** Why a request that names a leader epoch cannot be served here; −1 names none (lower is fenced, higher unknown). */
  leaderMistake(currentLeaderEpoch: number): ErrorName | undefined {
    if (this.#isOffline) return 'KAFKA_STORAGE_ERROR'
    if (this.#state === undefined) return 'NOT_LEADER_OR_FOLLOWER'
    if (currentLeaderEpoch >= 0) {
      if (currentLeaderEpoch < this.leaderEpoch) return 'FENCED_LEADER_EPOCH'
      if (currentLeaderEpoch > this.leaderEpoch) return 'UNKNOWN_LEADER_EPOCH'
    }
    return this.isLeader ? undefined : 'NOT_LEADER_OR_FOLLOWER'
  }

  /** A topic cannot ask for more replicas in sync than it has: `min.insync.replicas` counts up to their number. */
  hasEnoughInSync(): boolean {
    const { replicas, isr } = this.#state ?? { replicas: [], isr: [] }
    return isr.length >= Math.min(this.#minInSyncReplicas(), replicas.length)
  }

  /** Appends as leader. Answers when the records are in the log, which need not mean committed. */
  append(input: PartitionAppend): Promise<AppendResult> {
    const bytes = input.records.length
    // One shape for all, field by field: a spread is looked up anew each time by everybody who reads the result.
    const appending = this.log.append({
      records: input.records,
      origin: input.origin,
      leaderEpoch: this.leaderEpoch,
      nowMs: input.nowMs,
      deepValidation: input.deepValidation ?? false,
      zstdAllowed: input.zstdAllowed ?? true,
    })
    return appending.then((result) => this.#appended(result, bytes))
  }

  #appended(result: AppendResult, bytes: number): AppendResult {
    if (result.duplicate) return result
    this.traffic.appended(result.lastOffset - result.firstOffset + 1, bytes)
    this.#advanceHighWatermark(bytes)
    return result
  }

  /** Whether the records below this offset are committed. */
  isCommitted(offset: number): boolean {
    return this.log.highWatermark >= offset
  }

  onCommit(listener: CommitListener): () => void {
    this.#commitListeners.add(listener)
    return () => this.#commitListeners.delete(listener)
  }

  /** The log start moved: waiting fetches may have lost their offset. */
  deleteRecordsBefore(offset: number): void {
    this.log.deleteRecordsBefore(offset)
    this.#notify(0)
  }

  /**
   * The smallest log end among the in-sync replicas; alone, the leader's own. With fewer replicas in sync than
   * `min.insync.replicas` it stays where it is, so that nobody reads what could still be lost.
   */
  #advanceHighWatermark(appendedBytes: number): void {
    if (!this.isLeader || this.inSyncReplicas.some((id) => id !== this.#localBrokerId)) return
    if (!this.hasEnoughInSync()) return
    const committed = this.log.logEndOffset
    if (committed <= this.log.highWatermark) return
    this.log.updateHighWatermark(committed)
    this.#notify(appendedBytes)
  }

  #notify(appendedBytes: number): void {
    for (const listener of this.#commitListeners) listener(this, appendedBytes)
  }
}
