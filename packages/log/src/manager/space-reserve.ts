import type { Disk } from '../disk/disk.js'
import { unlinkIfExists } from '../disk/whole-files.js'

const RESERVE = '.millrace.reserve'
const RESERVE_BYTES = 1024 * 1024
/** It is made where so much is free: on a disk that is about to be full, it would only be given up again. */
const AMPLE_BYTES = 8 * RESERVE_BYTES

/**
 * A file that takes up space, to be given up when the disk is full and a checkpoint or an empty segment must be written all
 * the same: a full disk must not keep the broker from starting, nor from stopping cleanly.
 */
export class SpaceReserve {
  readonly #disk: Disk
  readonly #directory: string

  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    this.#directory = directory
  }

  /** Gives the space up if there is next to nothing left. */
  async releaseIfFull(): Promise<void> {
    const { freeBytes } = await this.#disk.space(this.#directory)
    if (freeBytes < RESERVE_BYTES) await unlinkIfExists(this.#disk, this.#path)
  }

  /** Takes the space, if it is not taken, while there is plenty. */
  async keep(): Promise<void> {
    if ((await this.#disk.stat(this.#path)) !== undefined) return
    const { freeBytes } = await this.#disk.space(this.#directory)
    if (freeBytes < AMPLE_BYTES) return
    const file = await this.#disk.open(this.#path, { create: true })
    try {
      await file.write([Buffer.alloc(RESERVE_BYTES)], 0)
    } finally {
      await file.close()
    }
  }

  get #path(): string {
    return `${this.#directory}/${RESERVE}`
  }
}
