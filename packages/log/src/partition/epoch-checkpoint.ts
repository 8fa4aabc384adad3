import { formatEpochCheckpoint, LEADER_EPOCH_CHECKPOINT } from '../core/checkpoints.js'
import { isOutOfSpace } from '../disk/disk.js'
import { replaceFile } from '../disk/whole-files.js'
import type { LogState } from './log-state.js'

/** Keeps `leader-epoch-checkpoint` like the leader epochs in memory. */
export class EpochCheckpoint {
  readonly #state: LogState
  #writtenVersion = 0
  #writing: Promise<void> | undefined

  constructor(state: LogState) {
    this.#state = state
  }

  /** Is there something to write? */
  get isDirty(): boolean {
    return this.#writtenVersion !== this.#state.epochs.version
  }

  /** Writes the file if it differs. Resolves when the entries of the time of the call are durable. */
  async write(): Promise<void> {
    while (this.isDirty) {
      this.#writing ??= this.#writeOnce().finally(() => {
        this.#writing = undefined
      })
      await this.#writing
    }
  }

  /** The same, but for a full disk: then it is written before anything is appended. */
  async writeIfSpace(): Promise<void> {
    try {
      await this.write()
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
    }
  }

  async #writeOnce(): Promise<void> {
    const { epochs, directory, environment } = this.#state
    const version = epochs.version
    await replaceFile(
      environment.disk,
      `${directory}/${LEADER_EPOCH_CHECKPOINT}`,
      formatEpochCheckpoint(epochs.entries),
    )
    this.#writtenVersion = version
  }
}
