/**
 * The segments of a log that is being loaded: each .log file of the directory is one, until it turns out that it counts
 * no longer.
 *
 * It owns the list and the files of what it removes, and knows the empty segments that a failed roll leaves behind. It never
 * looks at a batch.
 */
import { fileNameFor, LOG_SUFFIX, offsetOfFileName, SEGMENT_SUFFIXES } from '../core/file-names.js'
import { isCompacted } from '../core/log-config.js'
import { LogSegment } from '../segment/log-segment.js'
import { readTail } from '../segment/segment-search.js'
import type { LoadOptions, RepairListener } from './load-options.js'
import type { PartitionFiles } from './partition-files.js'
import { segmentOptions } from './segment-options.js'

/** See above. */
export class LoadingSegments {
  readonly #options: LoadOptions
  readonly #files: PartitionFiles
  readonly #segments: LogSegment[] = []

  private constructor(options: LoadOptions, files: PartitionFiles) {
    this.#options = options
    this.#files = files
  }

  /** Finds them. Empty ones that others follow go. */
  static async find(options: LoadOptions, files: PartitionFiles, onRepair: RepairListener): Promise<LoadingSegments> {
    const segments = new LoadingSegments(options, files)
    await segments.#find(onRepair)
    return segments
  }

  get all(): readonly LogSegment[] {
    return this.#segments
  }

  get first(): LogSegment | undefined {
    return this.#segments[0]
  }

  get last(): LogSegment | undefined {
    return this.#segments.at(-1)
  }

  /** Has the segment a file with this suffix? */
  hasFile(segment: LogSegment, suffix: string): boolean {
    return this.#files.names.has(fileNameFor(segment.baseOffset, suffix))
  }

  /** Removes all from this place in the list on, and returns them. */
  async removeFrom(index: number): Promise<readonly LogSegment[]> {
    const removed = this.#segments.splice(index)
    for (const segment of removed) await this.#removeFiles(segment)
    return removed
  }

  /** Empty segments behind this one, rolled at an offset that it has passed since, because the roll failed half-way. */
  async dropFailedRolls(index: number, nextOffset: number): Promise<void> {
    for (let next = this.#segments[index + 1]; next !== undefined; next = this.#segments[index + 1]) {
      if (next.sizeInBytes > 0 || next.baseOffset >= nextOffset) return
      await this.#removeFiles(next)
      this.#segments.splice(index + 1, 1)
    }
  }

  /**
   * The same, for the last segment where nothing was recovered: it counts only if it begins where the one before ends.
   * Resolves whether it has gone.
   */
  async dropFailedRoll(): Promise<boolean> {
    const last = this.#segments.at(-1)
    const before = this.#segments.at(-2)
    if (last === undefined || before === undefined || last.sizeInBytes > 0) return false
    if ((await readTail(before)).nextOffset <= last.baseOffset) return false
    await this.removeFrom(this.#segments.length - 1)
    return true
  }

  /** Makes the first segment of a log that has none. */
  async createFirst(offset: number): Promise<void> {
    const segment = LogSegment.planned(segmentOptions(this.#options, offset))
    await segment.create()
    this.#segments.push(segment)
  }

  async #find(onRepair: RepairListener): Promise<void> {
    const { cleanShutdown, recoveryPoint, config, environment } = this.#options
    const bases = [...this.#files.names]
      .filter((name) => name.endsWith(LOG_SUFFIX))
      .map((name) => offsetOfFileName(name))
      .filter((offset) => offset !== undefined)
      .sort((a, b) => a - b)
    for (const baseOffset of bases) {
      const stat = await environment.disk.stat(this.#files.path(fileNameFor(baseOffset, LOG_SUFFIX)))
      if (stat === undefined) continue
      const segment = LogSegment.existing(segmentOptions(this.#options, baseOffset), stat)
      // Above the recovery point a power cut may have emptied it: then the log ends here, and recovery will say so.
      const isChecked = !cleanShutdown && baseOffset >= recoveryPoint && !isCompacted(config)
      if (stat.sizeInBytes === 0 && baseOffset !== bases.at(-1) && !isChecked) {
        onRepair({ file: fileNameFor(baseOffset, LOG_SUFFIX), reason: 'it is empty, and others follow it' })
        await this.#removeFiles(segment)
      } else this.#segments.push(segment)
    }
  }

  async #removeFiles(segment: LogSegment): Promise<void> {
    await segment.removeFiles()
    for (const suffix of SEGMENT_SUFFIXES) this.#files.forget(fileNameFor(segment.baseOffset, suffix))
  }
}
