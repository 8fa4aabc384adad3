/**
 * How the use of a log ends: its files are closed, with or without what the next start wants to find; or its directory
 * is renamed, and removed later.
 *
 * That the log takes no more appends by then, and that nothing else is under way, is its log's business.
 */
import { dirname } from 'node:path'
import { markedDirectoryName } from '../core/file-names.js'
import { encodeProducerSnapshot } from '../core/producer-snapshot.js'
import { removeTree } from '../disk/whole-files.js'
import { uniqueId } from '../ports.js'
import type { EpochCheckpoint } from './epoch-checkpoint.js'
import { LogError } from './log-error.js'
import type { LogFlusher } from './log-flusher.js'
import type { LogState } from './log-state.js'
import type { SegmentRemoval } from './segment-removal.js'

/** What an ending works with. */
export interface LogEndingParts {
  readonly state: LogState
  readonly flusher: LogFlusher
  readonly epochCheckpoint: EpochCheckpoint
  readonly removal: SegmentRemoval
}

/** See above. */
export class LogEnding {
  readonly #parts: LogEndingParts
  readonly #state: LogState
  #deletion: Promise<void> | undefined

  constructor(parts: LogEndingParts) {
    this.#parts = parts
    this.#state = parts.state
  }

  /** Closes the files. Cleanly: everything is made durable before; rejects if that fails, and closes them all the same. */
  async close(options: { readonly clean: boolean }): Promise<void> {
    try {
      if (options.clean) await this.#settle()
    } finally {
      this.#parts.removal.cancel()
      await this.#closeSegments()
    }
  }

  /** Renames the directory, durably, so that the next start removes it if nobody does before. */
  async markDeleted(partition: { readonly topic: string; readonly partition: number }): Promise<void> {
    const state = this.#state
    const { disk, random } = state.environment
    this.#parts.removal.cancel()
    const parent = dirname(state.directory)
    await this.#parts.flusher.idle()
    const directory = `${parent}/${markedDirectoryName(partition, 'delete', uniqueId(random))}`
    await disk.rename(state.directory, directory)
    state.directory = directory
    for (const segment of state.segments.all) segment.moveTo(directory)
    state.snapshots.moveTo(directory)
    await disk.syncDirectory(parent)
  }

  /** Removes the files after `file.delete.delay.ms`. */
  removeFilesLater(): void {
    const { environment, config, directory } = this.#state
    environment.scheduler.schedule(config.fileDeleteDelayMs, () => {
      this.removeFiles().catch((error: unknown) => {
        environment.reporter.warn(`Removing ${directory}: ${String(error)}; the next start tries again`)
      })
    })
  }

  /** Removes the files when no read is under way. */
  async removeFiles(): Promise<void> {
    this.#deletion ??= (async () => {
      await this.#closeSegments()
      await removeTree(this.#state.environment.disk, this.#state.directory)
    })()
    await this.#deletion
  }

  /** Makes the log such that the next start has nothing to do. */
  async #settle(): Promise<void> {
    const state = this.#state
    const { flusher, epochCheckpoint } = this.#parts
    const { failure } = flusher
    if (failure !== undefined) {
      throw new LogError('KAFKA_STORAGE_ERROR', `${state.directory}: a sync has failed before`, { cause: failure })
    }
    const isSettled = state.recoveryPoint === state.logEndOffset && state.snapshots.has(state.logEndOffset)
    if (!flusher.hasChanged && isSettled) return
    state.segments.active.seal()
    await state.snapshots.write(state.logEndOffset, encodeProducerSnapshot(state.producers.entries()))
    flusher.namesChanged()
    await flusher.flush(state.logEndOffset)
    await state.segments.active.persistIndexes({ sync: true })
    await epochCheckpoint.write()
  }

  async #closeSegments(): Promise<void> {
    await Promise.all(this.#state.segments.all.map((segment) => segment.close()))
  }
}
