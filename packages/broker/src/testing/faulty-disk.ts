import { type DirectoryEntry, type Disk, type DiskFile, type DiskSpace, type FileStat, NodeDisk } from '@millrace/log'

export type DiskOperation = 'open' | 'read' | 'write' | 'datasync' | 'truncate' | 'names' | 'space'

/** The real disk, until a test lets it fail. */
export class FaultyDisk implements Disk {
  readonly #disk = new NodeDisk()
  readonly #faults: { readonly code: string; readonly matches: (operation: DiskOperation, path: string) => boolean }[] =
    []
  readonly #stalls = new Set<{ readonly matches: (path: string) => boolean; readonly over: Promise<void> }>()
  /** While set, the disk says that it has no free bytes. */
  isFull = false

  /** Lets operations fail with this code, until {@link FaultyDisk.repair}. */
  fail(code: string, matches: (operation: DiskOperation, path: string) => boolean): void {
    this.#faults.push({ code, matches })
  }

  /** Nothing can be written any more to files below the path, as when it is full. Names that are there can be replaced. */
  fill(below: string): void {
    this.isFull = true
    this.fail('ENOSPC', (operation, path) => (operation === 'write' || operation === 'open') && path.startsWith(below))
  }

  /** Writes and syncs of these files wait from now on. Gives what lets them go on. */
  stall(matches: (path: string) => boolean): () => void {
    let release = () => {}
    const over = new Promise<void>((resolve) => {
      release = resolve
    })
    const stall = { matches, over }
    this.#stalls.add(stall)
    return () => {
      this.#stalls.delete(stall)
      release()
    }
  }

  /** Waits while the file is stalled. */
  async untilFree(path: string): Promise<void> {
    for (const { matches, over } of this.#stalls) if (matches(path)) await over
  }

  repair(): void {
    this.#faults.length = 0
    this.isFull = false
  }

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    const isThere = options.create !== true || (await this.#disk.stat(path)) !== undefined
    if (!isThere) this.check('open', path)
    else this.#checkFor('open', path, (code) => code !== 'ENOSPC')
    return new FaultyFile(this, await this.#disk.open(path, options))
  }

  async readSmallFile(path: string): Promise<Buffer | undefined> {
    this.check('open', path)
    this.check('read', path)
    return await this.#disk.readSmallFile(path)
  }

  async createExclusive(path: string, content: Buffer): Promise<void> {
    this.check('open', path)
    await this.#disk.createExclusive(path, content)
  }

  async readExclusive(path: string): Promise<Buffer | undefined> {
    this.check('open', path)
    return await this.#disk.readExclusive(path)
  }

  async rename(from: string, to: string): Promise<void> {
    this.check('names', from)
    await this.#disk.rename(from, to)
  }

  async unlink(path: string): Promise<void> {
    this.check('names', path)
    await this.#disk.unlink(path)
  }

  async rmdir(path: string): Promise<void> {
    this.check('names', path)
    await this.#disk.rmdir(path)
  }

  async mkdir(path: string): Promise<void> {
    this.check('open', path)
    await this.#disk.mkdir(path)
  }

  async readdir(path: string): Promise<DirectoryEntry[]> {
    this.check('names', path)
    return await this.#disk.readdir(path)
  }

  async stat(path: string): Promise<FileStat | undefined> {
    return await this.#disk.stat(path)
  }

  async syncDirectory(path: string): Promise<void> {
    this.check('datasync', path)
    await this.#disk.syncDirectory(path)
  }

  async space(path: string): Promise<DiskSpace> {
    this.check('space', path)
    const space = await this.#disk.space(path)
    return this.isFull ? { ...space, freeBytes: 0 } : space
  }

  /** Throws where a fault says so. */
  check(operation: DiskOperation, path: string): void {
    this.#checkFor(operation, path, () => true)
  }

  #checkFor(operation: DiskOperation, path: string, counts: (code: string) => boolean): void {
    const fault = this.#faults.find(({ code, matches }) => counts(code) && matches(operation, path))
    if (fault === undefined) return
    throw Object.assign(new Error(`${fault.code}: injected, ${operation} ${path}`), { code: fault.code })
  }
}

class FaultyFile implements DiskFile {
  readonly #disk: FaultyDisk
  readonly #file: DiskFile

  constructor(disk: FaultyDisk, file: DiskFile) {
    this.#disk = disk
    this.#file = file
  }

  get path(): string {
    return this.#file.path
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    this.#disk.check('read', this.path)
    return await this.#file.read(buffer, position)
  }

  async write(buffers: readonly Buffer[], position: number): Promise<void> {
    this.#disk.check('write', this.path)
    await this.#disk.untilFree(this.path)
    await this.#file.write(buffers, position)
  }

  async datasync(): Promise<void> {
    this.#disk.check('datasync', this.path)
    await this.#disk.untilFree(this.path)
    await this.#file.datasync()
  }

  async truncate(sizeInBytes: number): Promise<void> {
    this.#disk.check('truncate', this.path)
    await this.#file.truncate(sizeInBytes)
  }

  async size(): Promise<number> {
    return await this.#file.size()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
