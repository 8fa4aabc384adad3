/**
 * A disk, as one log directory uses it, that has only so many operations under way which a stalled disk would hold up:
 * those that write, cut or sync. The others wait here, in the order in which they came.
 *
 * All files of the process share one pool of threads (libuv's). Without this bound a directory whose disk hangs would soon
 * have a thread of the pool in each of its writes, and nothing that needs a file could go on, on whatever disk.
 *
 * It bounds how many, never how long. Reads are not bounded: what is written lately is in memory, of the system or our own.
 * An operation that need not wait is begun in the call, and its promise is handed on as it is.
 */
import type { DirectoryEntry, Disk, DiskFile, DiskSpace, FileStat } from './disk.js'

/** See above. */
export class BoundedDisk implements Disk {
  readonly #disk: Disk
  readonly #slots: Slots

  /** @param maxOperations How many may be under way. */
  constructor(disk: Disk, maxOperations: number) {
    this.#disk = disk
    this.#slots = new Slots(maxOperations)
  }

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    const opening =
      options.create === true ? this.#slots.run(() => this.#disk.open(path, options)) : this.#disk.open(path, options)
    return new BoundedFile(await opening, this.#slots)
  }

  readSmallFile(path: string): Promise<Buffer | undefined> {
    return this.#disk.readSmallFile(path)
  }

  createExclusive(path: string, content: Buffer): Promise<void> {
    return this.#slots.run(() => this.#disk.createExclusive(path, content))
  }

  readExclusive(path: string): Promise<Buffer | undefined> {
    return this.#disk.readExclusive(path)
  }

  rename(from: string, to: string): Promise<void> {
    return this.#slots.run(() => this.#disk.rename(from, to))
  }

  unlink(path: string): Promise<void> {
    return this.#slots.run(() => this.#disk.unlink(path))
  }

  rmdir(path: string): Promise<void> {
    return this.#slots.run(() => this.#disk.rmdir(path))
  }

  mkdir(path: string): Promise<void> {
    return this.#slots.run(() => this.#disk.mkdir(path))
  }

  readdir(path: string): Promise<DirectoryEntry[]> {
    return this.#disk.readdir(path)
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#disk.stat(path)
  }

  syncDirectory(path: string): Promise<void> {
    return this.#slots.run(() => this.#disk.syncDirectory(path))
  }

  space(path: string): Promise<DiskSpace> {
    return this.#disk.space(path)
  }
}

class BoundedFile implements DiskFile {
  readonly #file: DiskFile
  readonly #slots: Slots

  constructor(file: DiskFile, slots: Slots) {
    this.#file = file
    this.#slots = slots
  }

  get path(): string {
    return this.#file.path
  }

  read(buffer: Buffer, position: number): Promise<number> {
    return this.#file.read(buffer, position)
  }

  /** Without a closure where there is a slot: it is in the way of every append. */
  write(buffers: readonly Buffer[], position: number): Promise<void> {
    if (!this.#slots.take()) return this.#slots.wait(() => this.#file.write(buffers, position))
    return this.#slots.freeAfter(this.#file.write(buffers, position))
  }

  datasync(): Promise<void> {
    return this.#slots.run(() => this.#file.datasync())
  }

  truncate(sizeInBytes: number): Promise<void> {
    return this.#slots.run(() => this.#file.truncate(sizeInBytes))
  }

  size(): Promise<number> {
    return this.#file.size()
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

/** How many operations may begin; and those that wait for one to end. */
class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []
  readonly #release = (): void => {
    const next = this.#waiting.shift()
    // Its slot goes to who has waited longest.
    if (next === undefined) this.#free += 1
    else next()
  }

  constructor(count: number) {
    this.#free = count
  }

  run<Result>(operation: () => Promise<Result>): Promise<Result> {
    return this.take() ? this.freeAfter(operation()) : this.wait(operation)
  }

  take(): boolean {
    if (this.#free === 0) return false
    this.#free -= 1
    return true
  }

  /** The operation's own promise. The slot that it has is free when it settles. */
  freeAfter<Result>(operation: Promise<Result>): Promise<Result> {
    operation.then(this.#release, this.#release)
    return operation
  }

  wait<Result>(operation: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(this.freeAfter(operation())))
    })
  }
}
