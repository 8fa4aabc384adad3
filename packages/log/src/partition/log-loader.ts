/**
 * Loads a partition from its directory, and repairs what a crash has left.
 *
 *     leftovers: *.deleted and *.cleaned go, *.swap take their places, indexes without log go
 *       ▼
 *     segments: each .log file is one; those that miss an index, or lie above the recovery point after a crash,
 *       are recovered: every batch is checked, indexes and producer state are built anew, the first
 *       bad batch and all that follows it are cut off
 *       ▼
 *     leader epochs and producer snapshots are cut to what is there, producer state is loaded
 *
 * After a clean shutdown nothing of that is needed but the end of the last segment. Source: Kafka's LogLoader.
 */
import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerId,
  isCrcValid,
} from '@millrace/protocol'
import { LEADER_EPOCH_CHECKPOINT, MalformedCheckpointError, parseEpochCheckpoint } from '../core/checkpoints.js'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  fileNameFor,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetOfFileName,
  SEGMENT_SUFFIXES,
  SWAP_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from '../core/file-names.js'
import { LeaderEpochs } from '../core/leader-epochs.js'
import type { LogConfig } from '../core/log-config.js'
import { canBeRelative } from '../core/offset-index.js'
import { encodeProducerSnapshot } from '../core/producer-snapshot.js'
import type { ProducerState } from '../core/producer-state.js'
import { rollJitterMs } from '../core/roll.js'
import { readFileIfExists, unlinkIfExists } from '../disk/whole-files.js'
import type { LogEnvironment } from '../ports.js'
import type { IndexCache } from '../segment/index-cache.js'
import { LogSegment, type SegmentOptions } from '../segment/log-segment.js'
import { SegmentIndexes } from '../segment/segment-indexes.js'
import { SegmentList } from '../segment/segment-list.js'
import { LogError } from './log-error.js'
import { producerBatchAt } from './producer-batch.js'
import { ProducerSnapshots } from './producer-snapshots.js'

/** What is loaded, and what was known of it. */
export interface LoadOptions {
  readonly environment: LogEnvironment
  readonly directory: string
  readonly config: LogConfig
  readonly indexCache: IndexCache
  /** Was the log closed cleanly, so that nothing needs to be checked? */
  readonly cleanShutdown: boolean
  /** Everything below is known to be on disk. */
  readonly recoveryPoint: number
  /** The log start offset as checkpointed. */
  readonly logStartOffset: number
}

/** What was cut off because it was damaged. */
export interface LogTruncation {
  /** The log ends here now. */
  readonly logEndOffset: number
  /** Bytes of the damaged segment that are gone. */
  readonly bytes: number
  /** Whole segments that followed, and are gone. */
  readonly segments: number
}

/** A loaded partition. */
export interface LoadedLog {
  readonly segments: SegmentList
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  readonly snapshots: ProducerSnapshots
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly recoveryPoint: number
  /** Segments that were read through. */
  readonly recoveredSegments: number
  readonly truncation: LogTruncation | undefined
}

/** Loads a directory, which must be there; it may be empty. */
export async function loadLog(options: LoadOptions): Promise<LoadedLog> {
  return await new LogLoader(options).load()
}

/** The options of a segment of this log. */
export function segmentOptions(
  options: Pick<LoadOptions, 'environment' | 'directory' | 'config' | 'indexCache'>,
  baseOffset: number,
): SegmentOptions {
  const { environment, directory, config, indexCache } = options
  return {
    disk: environment.disk,
    directory,
    baseOffset,
    indexIntervalBytes: config.indexIntervalBytes,
    jitterMs: rollJitterMs(config, environment.random()),
    createdMs: environment.clock.nowMs(),
    indexCache,
  }
}

class LogLoader {
  readonly #options: LoadOptions
  readonly #names: Set<string>
  #segments: LogSegment[] = []
  #epochs = new LeaderEpochs()
  #recoveredSegments = 0
  #truncation: LogTruncation | undefined

  constructor(options: LoadOptions) {
    this.#options = options
    this.#names = new Set()
  }

  async load(): Promise<LoadedLog> {
    const { environment, directory, config } = this.#options
    await this.#readNames()
    await this.#clearLeftovers()
    await this.#openSegments()
    this.#epochs = await this.#loadEpochs()
    const snapshots = new ProducerSnapshots(environment.disk, directory, [...this.#names])

    await this.#recover(snapshots)
    const { logStartOffset, logEndOffset } = await this.#settleOffsets(snapshots)
    this.#epochs.truncateFromEnd(logEndOffset)
    this.#epochs.truncateFromStart(logStartOffset)
    await snapshots.removeStrays(this.#segments.map((segment) => segment.baseOffset))
    await snapshots.remove((offset) => offset > logEndOffset || (offset <= logStartOffset && offset !== logEndOffset))
    const producers = await snapshots.load({
      segments: this.#segments,
      logStartOffset,
      endOffset: logEndOffset,
      nowMs: environment.clock.nowMs(),
      expirationMs: config.producerIdExpirationMs,
    })
    const segments = new SegmentList(this.#segments)
    await segments.active.activate()
    const knownGood = this.#options.cleanShutdown && this.#recoveredSegments === 0
    return {
      segments,
      epochs: this.#epochs,
      producers,
      snapshots,
      logStartOffset,
      logEndOffset,
      recoveryPoint: knownGood ? logEndOffset : Math.min(this.#options.recoveryPoint, logEndOffset),
      recoveredSegments: this.#recoveredSegments,
      truncation: this.#truncation,
    }
  }

  async #readNames(): Promise<void> {
    this.#names.clear()
    for (const entry of await this.#options.environment.disk.readdir(this.#options.directory)) {
      if (!entry.isDirectory) this.#names.add(entry.name)
    }
  }

  /** What deletions and compactions left behind that a crash interrupted. */
  async #clearLeftovers(): Promise<void> {
    const cleaned = [...this.#names].filter((name) => name.endsWith(CLEANED_SUFFIX))
    const firstCleaned = Math.min(...cleaned.map((name) => offsetOfFileName(name) ?? Number.POSITIVE_INFINITY))
    for (const name of this.#names) {
      // A swap file beside cleaned ones at or below its offset is part of a split that was not finished.
      const isUnfinished = name.endsWith(SWAP_SUFFIX) && (offsetOfFileName(name) ?? 0) >= firstCleaned
      if (name.endsWith(DELETED_SUFFIX) || name.endsWith(CLEANED_SUFFIX) || name.endsWith('.tmp') || isUnfinished) {
        await this.#unlink(name)
      }
    }
    await this.#finishSwaps()
    for (const name of this.#names) {
      const offset = offsetOfFileName(name)
      const isIndex = SEGMENT_SUFFIXES.some((suffix) => suffix !== LOG_SUFFIX && name.endsWith(suffix))
      if (isIndex && offset !== undefined && !this.#names.has(fileNameFor(offset, LOG_SUFFIX))) await this.#unlink(name)
    }
  }

  /** Compaction was done and had begun to put its segments in the place of those that they replace. */
  async #finishSwaps(): Promise<void> {
    const swaps = [...this.#names].filter((name) => name.endsWith(SWAP_SUFFIX))
    const logs = swaps
      .filter((name) => name.endsWith(LOG_SUFFIX + SWAP_SUFFIX))
      .map((name) => offsetOfFileName(name) ?? 0)
    if (logs.length > 0) {
      const from = Math.min(...logs)
      const last = Math.max(...logs)
      const end = await this.#nextOffsetOfSwap(last)
      for (const name of this.#names) {
        const offset = offsetOfFileName(name)
        if (offset !== undefined && !name.endsWith(SWAP_SUFFIX) && offset >= from && offset < end)
          await this.#unlink(name)
      }
    }
    const { disk } = this.#options.environment
    for (const name of swaps) {
      const target = name.slice(0, -SWAP_SUFFIX.length)
      await disk.rename(this.#path(name), this.#path(target))
      this.#names.delete(name)
      this.#names.add(target)
    }
  }

  async #nextOffsetOfSwap(baseOffset: number): Promise<number> {
    const { disk } = this.#options.environment
    const name = fileNameFor(baseOffset, LOG_SUFFIX) + SWAP_SUFFIX
    const content = (await readFileIfExists(disk, this.#path(name))) ?? Buffer.alloc(0)
    let nextOffset = baseOffset
    for (let at = 0; at + 12 <= content.length; at += content.readInt32BE(at + 8) + 12) {
      if (at + 61 > content.length) break
      nextOffset = batchLastOffset(content, at) + 1
    }
    return nextOffset
  }

  async #openSegments(): Promise<void> {
    const bases = [...this.#names]
      .filter((name) => name.endsWith(LOG_SUFFIX))
      .map((name) => offsetOfFileName(name))
      .filter((offset) => offset !== undefined)
      .sort((a, b) => a - b)
    for (const baseOffset of bases) {
      const stat = await this.#options.environment.disk.stat(this.#path(fileNameFor(baseOffset, LOG_SUFFIX)))
      if (stat === undefined) continue
      const segment = LogSegment.existing(segmentOptions(this.#options, baseOffset), stat)
      // Rolled at an offset that the segment before it has passed since, because the roll failed half-way; or emptied.
      if (stat.sizeInBytes === 0 && baseOffset !== bases.at(-1)) await this.#removeSegment(segment)
      else this.#segments.push(segment)
    }
  }

  /** The same, for the last segment: it counts only if it begins where the one before it ends. */
  async #dropFailedRoll(): Promise<void> {
    const last = this.#segments.at(-1)
    const before = this.#segments.at(-2)
    if (last === undefined || before === undefined || last.sizeInBytes > 0) return
    if ((await before.readNextOffset()) <= last.baseOffset) return
    await this.#removeSegment(last)
    this.#segments.pop()
  }

  async #loadEpochs(): Promise<LeaderEpochs> {
    const { disk, reporter } = this.#options.environment
    const content = await readFileIfExists(disk, this.#path(LEADER_EPOCH_CHECKPOINT))
    if (content === undefined) return new LeaderEpochs()
    try {
      return new LeaderEpochs(parseEpochCheckpoint(content.toString('utf8')))
    } catch (error) {
      if (!(error instanceof MalformedCheckpointError)) throw error
      reporter.warn(`${this.#path(LEADER_EPOCH_CHECKPOINT)} is damaged, and begun anew: ${error.message}`)
      return new LeaderEpochs()
    }
  }

  /** Reads through the segments that may be damaged, and cuts the log at the first bad batch. */
  async #recover(snapshots: ProducerSnapshots): Promise<void> {
    const { cleanShutdown, recoveryPoint } = this.#options
    for (const [index, segment] of this.#segments.entries()) {
      const next = this.#segments[index + 1]
      // A segment that ends just at the recovery point may have been sealed after its last flush, without its indexes.
      const isAboveRecoveryPoint = next === undefined || next.baseOffset >= recoveryPoint
      const suspect = (!cleanShutdown && isAboveRecoveryPoint) || (await this.#lacksIndex(segment))
      if (!suspect) continue
      const cut = await this.#recoverSegment(segment, index, snapshots)
      if (cut === 0) continue
      const removed = this.#segments.splice(index + 1)
      for (const later of removed) await this.#removeSegment(later)
      this.#truncation = {
        logEndOffset: await segment.readNextOffset(),
        bytes: cut,
        segments: removed.length,
      }
      return
    }
  }

  async #lacksIndex(segment: LogSegment): Promise<boolean> {
    if (!this.#names.has(fileNameFor(segment.baseOffset, OFFSET_INDEX_SUFFIX))) return true
    if (!this.#names.has(fileNameFor(segment.baseOffset, TRANSACTION_INDEX_SUFFIX))) return false
    const { environment, directory } = this.#options
    return (await SegmentIndexes.loadTransactions(environment.disk, directory, segment.baseOffset)) === undefined
  }

  /** Checks every batch, builds the indexes anew, and cuts off what is bad. Resolves to the bytes cut. */
  async #recoverSegment(segment: LogSegment, index: number, snapshots: ProducerSnapshots): Promise<number> {
    const { environment, logStartOffset, config } = this.#options
    const producers = await snapshots.load({
      segments: this.#segments.slice(0, index),
      logStartOffset,
      endOffset: segment.baseOffset,
      nowMs: environment.clock.nowMs(),
      expirationMs: config.producerIdExpirationMs,
    })
    this.#recoveredSegments += 1
    segment.resetIndexes()
    let nextOffset = segment.baseOffset
    const end = await segment.scan({ start: 0, bodies: true }, (chunk, at) => {
      if (!isGood(chunk, at, nextOffset) || !canBeRelative(segment.baseOffset, batchLastOffset(chunk, at)))
        return 'stop'
      nextOffset = batchLastOffset(chunk, at) + 1
      segment.reindex(chunk, at)
      const epoch = batchLeaderEpoch(chunk, at)
      if (epoch >= 0 && epoch > (this.#epochs.latestEpoch ?? -1)) {
        this.#epochs.assign(epoch, batchBaseOffset(chunk, at))
      }
      const batch = producerBatchAt(chunk, at)
      if (batch === undefined) return 'continue'
      const decision = producers.append(batch, 'replication')
      if (decision.kind === 'appended' && decision.aborted !== undefined) segment.planAborted(decision.aborted)
      return 'continue'
    })
    if (end.reason === 'old-format') {
      throw new LogError(
        'UNSUPPORTED_FOR_MESSAGE_FORMAT',
        `${segment.path} has messages in the format from before Kafka 0.11 at byte ${end.position}, which is not read`,
      )
    }
    const cut = segment.sizeInBytes - end.position
    if (cut > 0) {
      environment.reporter.warn(
        `${segment.path}: damaged at byte ${end.position} (${end.reason}); ${cut} bytes are cut, the log goes on at offset ${nextOffset}`,
      )
      await segment.cutTo(end.position)
    }
    segment.seal()
    await snapshots.write(nextOffset, encodeProducerSnapshot(producers.entries()))
    return cut
  }

  /** Where the log begins and ends; makes the first segment of an empty log. */
  async #settleOffsets(snapshots: ProducerSnapshots): Promise<{ logStartOffset: number; logEndOffset: number }> {
    await this.#dropFailedRoll()
    const start = this.#options.logStartOffset
    const last = this.#segments.at(-1)
    const end = last === undefined ? undefined : await last.readNextOffset()
    if (end !== undefined && end < start) {
      this.#options.environment.reporter.warn(
        `${this.#options.directory} ends at offset ${end}, below its start offset ${start}: all of it is removed`,
      )
      for (const segment of this.#segments) await this.#removeSegment(segment)
      this.#segments = []
      this.#epochs.clear()
      await snapshots.remove(() => true)
    }
    const first = this.#segments[0]
    if (first === undefined || end === undefined) {
      const segment = LogSegment.planned(segmentOptions(this.#options, start))
      await segment.create()
      this.#segments = [segment]
      return { logStartOffset: start, logEndOffset: start }
    }
    return { logStartOffset: Math.max(start, first.baseOffset), logEndOffset: end }
  }

  async #removeSegment(segment: LogSegment): Promise<void> {
    await segment.removeFiles()
    for (const suffix of SEGMENT_SUFFIXES) this.#names.delete(fileNameFor(segment.baseOffset, suffix))
  }

  async #unlink(name: string): Promise<void> {
    this.#names.delete(name)
    await unlinkIfExists(this.#options.environment.disk, this.#path(name))
  }

  #path(name: string): string {
    return `${this.#options.directory}/${name}`
  }
}

/** Is the batch whole and in its place? */
function isGood(chunk: Buffer, at: number, nextOffset: number): boolean {
  return (
    isCrcValid(chunk, at) &&
    batchBaseOffset(chunk, at) >= nextOffset &&
    batchLastOffset(chunk, at) >= batchBaseOffset(chunk, at) &&
    Number.isSafeInteger(batchLastOffset(chunk, at)) &&
    Number.isSafeInteger(batchMaxTimestamp(chunk, at)) &&
    Number.isSafeInteger(batchProducerId(chunk, at))
  )
}
