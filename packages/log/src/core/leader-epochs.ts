/**
 * The leader epochs of a partition: at which offset each leader began to write. Followers and clients find with it
 * where their log departs from the leader's. Entries grow in both epoch and offset. Source: Kafka's
 * LeaderEpochFileCache, KIP-101, KIP-320.
 *
 * It holds the entries and decides; who owns it writes `leader-epoch-checkpoint` when {@link LeaderEpochs.version} moved.
 */
import assert from 'node:assert/strict'

/** The first offset written in an epoch. */
export interface EpochEntry {
  readonly epoch: number
  readonly startOffset: number
}

/** Where an epoch ends. */
export interface EpochEndOffset {
  readonly epoch: number
  readonly endOffset: number
}

/** The answer for an epoch that nobody knows. */
export const UNDEFINED_EPOCH_END: EpochEndOffset = { epoch: -1, endOffset: -1 }

/** See above. */
export class LeaderEpochs {
  #entries: readonly EpochEntry[] = []
  #version = 0

  constructor(entries: readonly EpochEntry[] = []) {
    for (const entry of entries) this.assign(entry.epoch, entry.startOffset)
    this.#version = 0
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }

  /** Grows with each change, so that the owner knows what it has written. */
  get version(): number {
    return this.#version
  }

  get latestEpoch(): number | undefined {
    return this.#entries.at(-1)?.epoch
  }

  /** The epoch that an offset was written in. */
  epochOf(offset: number): number | undefined {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch
  }

  /** An epoch begins. Entries that contradict it, with a later epoch or a later start, are removed. */
  assign(epoch: number, startOffset: number): void {
    assert(epoch >= 0 && startOffset >= 0, `leader epoch ${epoch} from offset ${startOffset}`)
    const latest = this.#entries.at(-1)
    if (latest !== undefined && latest.epoch === epoch && latest.startOffset <= startOffset) return
    const kept = this.#entries.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset)
    this.#set([...kept, { epoch, startOffset }])
  }

  /**
   * Where the epoch ends: for the latest one at the log's end, for older ones where the next begins. The epoch in the
   * answer is the largest known one that is not above the requested.
   */
  endOffsetFor(epoch: number, logEndOffset: number): EpochEndOffset {
    if (epoch < 0) return UNDEFINED_EPOCH_END
    if (epoch === this.latestEpoch) return { epoch, endOffset: logEndOffset }
    const next = this.#entries.find((entry) => entry.epoch > epoch)
    if (next === undefined) return UNDEFINED_EPOCH_END
    const known = this.#entries.findLast((entry) => entry.epoch <= epoch)
    return { epoch: known?.epoch ?? epoch, endOffset: next.startOffset }
  }

  /** The log was cut to end at this offset: later epochs never were. */
  truncateFromEnd(endOffset: number): void {
    const kept = this.#entries.filter((entry) => entry.startOffset < endOffset)
    if (kept.length < this.#entries.length) this.#set(kept)
  }

  /** The log now begins at this offset: epochs that ended before are gone, the one that covers it begins there. */
  truncateFromStart(startOffset: number): void {
    const covering = this.#entries.findLast((entry) => entry.startOffset <= startOffset)
    if (covering === undefined || (covering === this.#entries[0] && covering.startOffset === startOffset)) return
    const later = this.#entries.filter((entry) => entry.startOffset > startOffset)
    this.#set([{ epoch: covering.epoch, startOffset }, ...later])
  }

  clear(): void {
    if (this.#entries.length > 0) this.#set([])
  }

  #set(entries: readonly EpochEntry[]): void {
    this.#entries = entries
    this.#version += 1
  }
}
