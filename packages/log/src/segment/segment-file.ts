import { fileNameFor, LOG_SUFFIX, SEGMENT_SUFFIXES } from '../core/file-names.js'
import type { Disk, DiskFile } from '../disk/disk.js'
import { unlinkIfExists } from '../disk/whole-files.js'

/** The .log file of one segment: opened when it is first needed, and closed when the last of those who read it is done. */
export class SegmentFile {
  readonly #disk: Disk
  readonly #baseOffset: number
  #directory: string
  #file: Promise<DiskFile> | undefined
  #opened: DiskFile | undefined
  #readers = 0
  #whenUnread: (() => void) | undefined

  constructor(disk: Disk, directory: string, baseOffset: number) {
    this.#disk = disk
    this.#directory = directory
    this.#baseOffset = baseOffset
  }

  /** The partition's directory. */
  get directory(): string {
    return this.#directory
  }

  get path(): string {
    return this.#pathWith(LOG_SUFFIX)
  }

  /** The directory was renamed. */
  moveTo(directory: string): void {
    this.#directory = directory
  }

  open(options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    if (this.#file === undefined) {
      const opening = this.#disk.open(this.path, options)
      this.#file = opening
      opening.then(
        (file) => {
          if (this.#file === opening) this.#opened = file
        },
        () => {
          this.#file = undefined
        },
      )
    }
    return this.#file
  }

  /** The file, if it is open already. */
  get opened(): DiskFile | undefined {
    return this.#opened
  }

  /** Keeps the file as long as the reader is at work. */
  async reading<Result>(reader: () => Promise<Result>): Promise<Result> {
    this.#readers += 1
    try {
      return await reader()
    } finally {
      this.#readers -= 1
      if (this.#readers === 0) this.#whenUnread?.()
    }
  }

  /** Resolves when nobody reads. */
  async unread(): Promise<void> {
    if (this.#readers === 0) return
    await new Promise<void>((resolve) => {
      this.#whenUnread = resolve
    })
  }

  /** Nobody may be reading. */
  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.#opened = undefined
    if (file !== undefined) await (await file).close()
  }

  /** Removes it, and the indexes beside it. It must be closed. */
  async unlink(): Promise<void> {
    for (const suffix of SEGMENT_SUFFIXES) await unlinkIfExists(this.#disk, this.#pathWith(suffix))
  }

  #pathWith(suffix: string): string {
    return `${this.#directory}/${fileNameFor(this.#baseOffset, suffix)}`
  }
}
