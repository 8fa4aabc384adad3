/**
 * What a consumer knows of one partition that it reads.
 *
 *     needs-position ──► needs-reset ──► fetching ◄──► needs-validation
 *           │  (committed) ───────────────▲
 *
 * Three offsets move through it: `position`, the next record that the application gets; `fetchOffset`, the next that is asked
 * for, ahead of it by what is buffered; and `committable`, behind it by what the application has not finished.
 *
 * Pure: times come in. `epoch` counts the jumps, so that what was fetched before one is recognised and dropped.
 */
import assert from 'node:assert/strict'
import type { OffsetAndMetadata } from '../../topic-partition.js'
import { partitionKey } from '../../topic-partition.js'
import type { OffsetReset } from './offset-reset.js'

export type PartitionPhase =
  /** Nobody has said where to begin: the committed offset is looked up. */
  | 'needs-position'
  /** There is none, or it is outside of the log: `reset` says where to go. */
  | 'needs-reset'
  /** The leader has changed: its log may lack what was read (KIP-320). */
  | 'needs-validation'
  | 'fetching'

const NO_EPOCH = -1

export class PartitionState {
  readonly topic: string
  readonly partition: number
  readonly key: string

  phase: PartitionPhase = 'needs-position'
  /** Of the next record for the application. */
  position = -1
  /** Leader epoch of the record before it; −1: not known. */
  positionEpoch = NO_EPOCH
  /** Of the next record that is asked for. */
  fetchOffset = -1
  fetchEpoch = NO_EPOCH
  /** What the application has finished; −1: nothing since the position was set. */
  committable = -1
  committableEpoch = NO_EPOCH
  /** What was last committed by this consumer, so that it is not committed again. */
  lastCommitted = -1
  /** How to choose a position, in phase needs-reset; undefined: as `auto.offset.reset` says. */
  reset: OffsetReset | undefined
  /** Leader epoch of the metadata that the position was last validated against. */
  validatedLeaderEpoch = NO_EPOCH

  isPaused = false
  /** The application takes nothing at the moment, because its handlers are behind. */
  isHeld = false
  /** Counts the jumps. */
  epoch = 0
  /** Fetched and not handed out, in bytes. */
  bufferedBytes = 0
  /** A request for it is on its way. */
  isInFlight = false
  /** Monotonic ms: not to be asked for before. */
  retryAtMs = 0

  highWatermark = -1
  lastStableOffset = -1
  logStartOffset = -1
  /** A replica that the leader sent us to (KIP-392), and until when; −1: read from the leader. */
  preferredReplica = -1
  preferredUntilMs = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
    this.key = partitionKey(topic, partition)
  }

  get hasPosition(): boolean {
    return this.position >= 0
  }

  get isFetchable(): boolean {
    return this.phase === 'fetching' && !this.isPaused
  }

  /** The application, or a lookup, says where to go on. What was finished before counts no more. */
  seek(offset: number, leaderEpoch: number = NO_EPOCH): void {
    assert(offset >= 0)
    this.#jump()
    this.phase = 'fetching'
    this.position = offset
    this.positionEpoch = leaderEpoch
    this.fetchOffset = offset
    this.fetchEpoch = leaderEpoch
    this.committable = offset
    this.committableEpoch = leaderEpoch
    this.reset = undefined
    this.validatedLeaderEpoch = NO_EPOCH
    this.preferredReplica = -1
  }

  /** A committed offset was found, which needs no commit. */
  startAt(committed: OffsetAndMetadata): void {
    this.seek(committed.offset, committed.leaderEpoch ?? NO_EPOCH)
    this.lastCommitted = committed.offset
  }

  /** The position must be chosen anew. The old one stays until it is. */
  requestReset(reset?: OffsetReset): void {
    this.#jump()
    this.phase = 'needs-reset'
    this.reset = reset
    this.preferredReplica = -1
  }

  /** What is buffered is dropped, and fetched again when it is wanted. */
  rewind(): void {
    this.#jump()
    this.fetchOffset = this.position
    this.fetchEpoch = this.positionEpoch
  }

  /** Records up to `nextOffset` were handed to the application. */
  moveTo(nextOffset: number, leaderEpoch: number): void {
    this.position = nextOffset
    this.positionEpoch = leaderEpoch
  }

  /** The application has finished everything up to its position. */
  finishAll(): void {
    this.committable = this.position
    this.committableEpoch = this.positionEpoch
  }

  /** The application has finished everything below `offset`. */
  finishUpTo(offset: number, leaderEpoch: number): void {
    this.committable = offset
    this.committableEpoch = leaderEpoch
  }

  /**
   * The metadata tell of this leader epoch. True: the position must be validated first, because another leader than the one
   * it was read from has the log.
   */
  noticeLeaderEpoch(leaderEpoch: number): boolean {
    if (this.phase !== 'fetching' || leaderEpoch === NO_EPOCH || this.validatedLeaderEpoch >= leaderEpoch) return false
    const isFirst = this.validatedLeaderEpoch === NO_EPOCH && this.positionEpoch === leaderEpoch
    if (this.positionEpoch === NO_EPOCH || isFirst) {
      this.validatedLeaderEpoch = leaderEpoch
      return false
    }
    this.phase = 'needs-validation'
    this.preferredReplica = -1
    // What is buffered may be what the new leader does not have.
    this.rewind()
    return true
  }

  /** The position is part of the log of the leader of that epoch. */
  validated(leaderEpoch: number): void {
    this.validatedLeaderEpoch = leaderEpoch
    if (this.phase === 'needs-validation') this.phase = 'fetching'
  }

  /** Records between position and the end that this isolation level sees; undefined: not known yet. */
  lag(isReadCommitted: boolean): number | undefined {
    const end = isReadCommitted ? this.lastStableOffset : this.highWatermark
    return end < 0 || !this.hasPosition ? undefined : Math.max(0, end - this.position)
  }

  #jump(): void {
    this.epoch++
    this.bufferedBytes = 0
    this.retryAtMs = 0
  }
}
