/**
 * A disk, as one log directory uses it, that tells when it fails: the one place where that is noticed, whoever wrote or
 * read, and whatever becomes of the error on its way up (Kafka: LogDirFailureChannel).
 *
 * A directory that is gone counts as a failed disk: something was to be created in it, and ENOENT came back. It changes no
 * answer and no error, and decides nothing about the directory.
 */
import {
  type DirectoryEntry,
  type Disk,
  type DiskFile,
  type DiskSpace,
  type FileStat,
  hasCode,
  isDiskFailure,
} from './disk.js'

/** See above. */
export class WatchedDisk implements Disk {
  readonly #disk: Disk
  readonly #root: string
  readonly #onFailure: (error: unknown) => void

  /**
   * @param root The directory whose disk this is.
   * @param onFailure Called with each error of a failed disk, before the caller of the operation hears of it.
   */
  constructor(disk: Disk, root: string, onFailure: (error: unknown) => void) {
    this.#disk = disk
    this.#root = root
    this.#onFailure = onFailure
  }

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    const file = await this.#watch(this.#disk.open(path, options), options.create === true)
    return new WatchedFile(file, this.#onFailure)
  }

  readSmallFile(path: string): Promise<Buffer | undefined> {
    return this.#watch(this.#disk.readSmallFile(path))
  }

  createExclusive(path: string, content: Buffer): Promise<void> {
    return this.#watch(this.#disk.createExclusive(path, content), true)
  }

  readExclusive(path: string): Promise<Buffer | undefined> {
    return this.#watch(this.#disk.readExclusive(path))
  }

  rename(from: string, to: string): Promise<void> {
    return this.#watch(this.#disk.rename(from, to))
  }

  unlink(path: string): Promise<void> {
    return this.#watch(this.#disk.unlink(path))
  }

  rmdir(path: string): Promise<void> {
    return this.#watch(this.#disk.rmdir(path))
  }

  mkdir(path: string): Promise<void> {
    return this.#watch(this.#disk.mkdir(path))
  }

  readdir(path: string): Promise<DirectoryEntry[]> {
    return this.#watch(this.#disk.readdir(path))
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#watch(this.#disk.stat(path))
  }

  syncDirectory(path: string): Promise<void> {
    return this.#watch(this.#disk.syncDirectory(path), true)
  }

  space(path: string): Promise<DiskSpace> {
    return this.#watch(this.#disk.space(path))
  }

  async #watch<Result>(operation: Promise<Result>, needsRoot = false): Promise<Result> {
    try {
      return await operation
    } catch (error) {
      if (isDiskFailure(error) || (needsRoot && hasCode(error, 'ENOENT') && (await this.#isRootGone()))) {
        this.#onFailure(error)
      }
      throw error
    }
  }

  async #isRootGone(): Promise<boolean> {
    return (await this.#disk.stat(this.#root).catch(() => undefined))?.isDirectory !== true
  }
}

class WatchedFile implements DiskFile {
  readonly #file: DiskFile
  readonly #onFailure: (error: unknown) => void

  constructor(file: DiskFile, onFailure: (error: unknown) => void) {
    this.#file = file
    this.#onFailure = onFailure
  }

  get path(): string {
    return this.#file.path
  }

  read(buffer: Buffer, position: number): Promise<number> {
    return this.#watch(this.#file.read(buffer, position))
  }

  write(buffers: readonly Buffer[], position: number): Promise<void> {
    return this.#watch(this.#file.write(buffers, position))
  }

  datasync(): Promise<void> {
    return this.#watch(this.#file.datasync())
  }

  truncate(sizeInBytes: number): Promise<void> {
    return this.#watch(this.#file.truncate(sizeInBytes))
  }

  size(): Promise<number> {
    return this.#watch(this.#file.size())
  }

  close(): Promise<void> {
    return this.#watch(this.#file.close())
  }

  /** The operation's own promise: a read that succeeds shall cost nothing more. */
  #watch<Result>(operation: Promise<Result>): Promise<Result> {
    operation.catch((error: unknown) => {
      if (isDiskFailure(error)) this.#onFailure(error)
    })
    return operation
  }
}
