/**
 * Takes the files of removed segments away: renamed to `.deleted` at once, removed after `file.delete.delay.ms`, and
 * not before the last read of them has ended. What a crash leaves over goes at the next start.
 */
import { basename } from 'node:path'
import { DELETED_SUFFIX, fileNameFor, SEGMENT_SUFFIXES } from '../core/file-names.js'
import { hasCode } from '../disk/disk.js'
import { unlinkIfExists } from '../disk/whole-files.js'
import type { LogEnvironment, ScheduledTask } from '../ports.js'
import type { LogSegment } from '../segment/log-segment.js'
import type { ProducerSnapshots } from './producer-snapshots.js'

/** See above. One for each log. */
export class SegmentRemoval {
  readonly #environment: LogEnvironment
  readonly #scheduled = new Set<ScheduledTask>()
  readonly #log: { readonly directory: string }

  /** @param log Says where the files are at the time. */
  constructor(environment: LogEnvironment, log: { readonly directory: string }) {
    this.#environment = environment
    this.#log = log
  }

  /** Segments that no lookup finds any more. Resolves when their files are renamed. */
  async remove(segments: readonly LogSegment[], snapshots: ProducerSnapshots, delayMs: number): Promise<void> {
    for (const segment of segments) {
      const names: string[] = []
      for (const suffix of SEGMENT_SUFFIXES) {
        const name = fileNameFor(segment.baseOffset, suffix)
        if (await this.#mark(name)) names.push(name + DELETED_SUFFIX)
      }
      const snapshot = await snapshots.markDeleted(segment.baseOffset)
      if (snapshot !== undefined) names.push(basename(snapshot))
      this.#schedule(delayMs, segment, names)
    }
  }

  /** Nothing more will be removed: the directory goes as a whole, or the next start does the rest. */
  cancel(): void {
    for (const task of this.#scheduled) task.cancel()
    this.#scheduled.clear()
  }

  async #mark(name: string): Promise<boolean> {
    try {
      await this.#environment.disk.rename(
        `${this.#log.directory}/${name}`,
        `${this.#log.directory}/${name}${DELETED_SUFFIX}`,
      )
      return true
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false
      throw error
    }
  }

  #schedule(delayMs: number, segment: LogSegment, names: readonly string[]): void {
    const task = this.#environment.scheduler.schedule(delayMs, () => {
      this.#scheduled.delete(task)
      this.#unlink(segment, names).catch((error: unknown) => {
        this.#environment.reporter.warn(`Removing ${segment.path}: ${String(error)}; the next start tries again`)
      })
    })
    this.#scheduled.add(task)
  }

  async #unlink(segment: LogSegment, names: readonly string[]): Promise<void> {
    await segment.close()
    for (const name of names) await unlinkIfExists(this.#environment.disk, `${this.#log.directory}/${name}`)
  }
}
