/**
 * Loads a partition from its directory, and repairs what a crash has left.
 *
 *     leftovers of deletions and compactions go (leftovers.ts)
 *       ▼
 *     segments: each .log file is one; those that miss an index, or lie above the recovery point after a crash,
 *       are recovered (segment-recovery.ts), and nothing is kept behind the first bad batch
 *       ▼
 *     leader epochs and producer snapshots are cut to what is there, producer state is loaded
 *
 * It owns the order, and the decision what is suspect; it never looks at a batch itself. After a clean shutdown nothing of
 * that is needed but the end of the last segment. Source: Kafka's LogLoader.
 */
import { LEADER_EPOCH_CHECKPOINT, MalformedCheckpointError, parseEpochCheckpoint } from '../core/checkpoints.js'
import {
  fileNameFor,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetOfFileName,
  SEGMENT_SUFFIXES,
  TRANSACTION_INDEX_SUFFIX,
} from '../core/file-names.js'
import { LeaderEpochs } from '../core/leader-epochs.js'
import type { LogConfig } from '../core/log-config.js'
import { encodeProducerSnapshot } from '../core/producer-snapshot.js'
import type { ProducerState } from '../core/producer-state.js'
import { readFileIfExists } from '../disk/whole-files.js'
import type { LogEnvironment } from '../ports.js'
import type { IndexCache } from '../segment/index-cache.js'
import { LogSegment } from '../segment/log-segment.js'
import { SegmentIndexes } from '../segment/segment-indexes.js'
import { SegmentList } from '../segment/segment-list.js'
import { clearLeftovers } from './leftovers.js'
import { PartitionFiles } from './partition-files.js'
import { ProducerSnapshots } from './producer-snapshots.js'
import { segmentOptions } from './segment-options.js'
import { recoverSegment } from './segment-recovery.js'

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
  const files = await PartitionFiles.read(options.environment.disk, options.directory)
  await clearLeftovers(files)
  return await new LogLoader(options, files).load()
}

class LogLoader {
  readonly #options: LoadOptions
  readonly #files: PartitionFiles
  #segments: LogSegment[] = []
  #epochs = new LeaderEpochs()
  #recoveredSegments = 0
  #truncation: LogTruncation | undefined

  constructor(options: LoadOptions, files: PartitionFiles) {
    this.#options = options
    this.#files = files
  }

  async load(): Promise<LoadedLog> {
    const { environment, directory, config } = this.#options
    await this.#openSegments()
    this.#epochs = await this.#loadEpochs()
    const snapshots = new ProducerSnapshots(environment.disk, directory, [...this.#files.names])

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

  async #openSegments(): Promise<void> {
    const bases = [...this.#files.names]
      .filter((name) => name.endsWith(LOG_SUFFIX))
      .map((name) => offsetOfFileName(name))
      .filter((offset) => offset !== undefined)
      .sort((a, b) => a - b)
    for (const baseOffset of bases) {
      const stat = await this.#options.environment.disk.stat(this.#files.path(fileNameFor(baseOffset, LOG_SUFFIX)))
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
    const content = await readFileIfExists(disk, this.#files.path(LEADER_EPOCH_CHECKPOINT))
    if (content === undefined) return new LeaderEpochs()
    try {
      return new LeaderEpochs(parseEpochCheckpoint(content.toString('utf8')))
    } catch (error) {
      if (!(error instanceof MalformedCheckpointError)) throw error
      reporter.warn(`${this.#files.path(LEADER_EPOCH_CHECKPOINT)} is damaged, and begun anew: ${error.message}`)
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
    if (!this.#files.names.has(fileNameFor(segment.baseOffset, OFFSET_INDEX_SUFFIX))) return true
    if (!this.#files.names.has(fileNameFor(segment.baseOffset, TRANSACTION_INDEX_SUFFIX))) return false
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
    const { nextOffset, bytesCut } = await recoverSegment(segment, {
      producers,
      epochs: this.#epochs,
      reporter: environment.reporter,
    })
    await snapshots.write(nextOffset, encodeProducerSnapshot(producers.entries()))
    return bytesCut
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
    for (const suffix of SEGMENT_SUFFIXES) this.#files.forget(fileNameFor(segment.baseOffset, suffix))
  }
}
