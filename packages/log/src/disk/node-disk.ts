/**
 * The real disk: node:fs behind the {@link Disk} port.
 *
 * It owns the descriptors. A broker with ten thousand partitions has more files than a process may open, so a
 * {@link DiskFile} is a name that gets a descriptor when it is used: the least recently used idle descriptors are closed
 * when more than `maxOpenFiles` are open. Operations hold their descriptor, so a busy one is never closed; for that
 * moment there may be more than the maximum.
 *
 * Open files follow renames made through this disk. It never retries, and never hides an error.
 */

import * as fs from 'node:fs'
import { constants } from 'node:fs'
import * as fsp from 'node:fs/promises'
import { join, sep } from 'node:path'
import { promisify } from 'node:util'
import { type DirectoryEntry, type Disk, type DiskFile, type DiskSpace, type FileStat, hasCode } from './disk.js'

const openDescriptor = promisify(fs.open)
const closeDescriptor = promisify(fs.close)
const statDescriptor = promisify(fs.fstat)

/** Options of {@link NodeDisk}. */
export interface NodeDiskOptions {
  /** Descriptors kept open while nothing uses them. Default 1000. */
  readonly maxOpenFiles?: number
}

/** node:fs as a {@link Disk}. */
export class NodeDisk implements Disk {
  readonly #maxOpenFiles: number
  /** Every open file, by path: a rename must find them. */
  readonly #filesByPath = new Map<string, Set<NodeFile>>()
  /** Files that have a descriptor, the least recently used first. */
  readonly #withDescriptor = new Set<NodeFile>()
  readonly #renames = new Set<Promise<void>>()

  constructor(options: NodeDiskOptions = {}) {
    this.#maxOpenFiles = options.maxOpenFiles ?? 1000
  }

  /** Descriptors open now. */
  get openDescriptors(): number {
    return this.#withDescriptor.size
  }

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    const file = new NodeFile(path, this.#pool)
    await file.connect(options.create === true ? constants.O_CREAT : 0)
    this.#register(file)
    return file
  }

  async createExclusive(path: string, content: Buffer): Promise<void> {
    // The name appears together with the content: who finds the file, finds it whole.
    const temporary = `${path}.${process.pid}.tmp`
    await fsp.writeFile(temporary, content)
    try {
      await fsp.link(temporary, path)
    } finally {
      await fsp.unlink(temporary)
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const renaming = this.#rename(from, to)
    this.#renames.add(renaming)
    try {
      await renaming
    } finally {
      this.#renames.delete(renaming)
    }
  }

  async #rename(from: string, to: string): Promise<void> {
    await fsp.rename(from, to)
    const below = from + sep
    for (const [path, files] of [...this.#filesByPath]) {
      if (path !== from && !path.startsWith(below)) continue
      this.#filesByPath.delete(path)
      for (const file of files) {
        file.path = to + path.slice(from.length)
        this.#register(file)
      }
    }
  }

  async unlink(path: string): Promise<void> {
    await fsp.unlink(path)
  }

  async rmdir(path: string): Promise<void> {
    await fsp.rmdir(path)
  }

  async mkdir(path: string): Promise<void> {
    await fsp.mkdir(path, { recursive: true })
  }

  async readdir(path: string): Promise<DirectoryEntry[]> {
    const entries = await fsp.readdir(path, { withFileTypes: true })
    const result: DirectoryEntry[] = []
    for (const entry of entries) {
      // A log directory may be a symbolic link to another disk.
      const isDirectory = entry.isSymbolicLink()
        ? (await this.stat(join(path, entry.name)))?.isDirectory === true
        : entry.isDirectory()
      result.push({ name: entry.name, isDirectory })
    }
    return result
  }

  async stat(path: string): Promise<FileStat | undefined> {
    try {
      const stat = await fsp.stat(path)
      return {
        isDirectory: stat.isDirectory(),
        sizeInBytes: stat.size,
        modifiedMs: stat.mtimeMs,
        id: fileId(stat.dev, stat.ino),
      }
    } catch (error) {
      if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined
      throw error
    }
  }

  async syncDirectory(path: string): Promise<void> {
    // Windows cannot open a directory; its file systems journal names.
    if (process.platform === 'win32') return
    const directory = await fsp.open(path, constants.O_RDONLY)
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }

  async space(path: string): Promise<DiskSpace> {
    const { bavail, blocks, bsize } = await fsp.statfs(path)
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
  }

  #register(file: NodeFile): void {
    const files = this.#filesByPath.get(file.path)
    if (files === undefined) this.#filesByPath.set(file.path, new Set([file]))
    else files.add(file)
  }

  readonly #pool: DescriptorPool = {
    used: (file) => {
      this.#withDescriptor.delete(file)
      this.#withDescriptor.add(file)
      if (this.#withDescriptor.size > this.#maxOpenFiles) this.#closeIdle()
    },
    gone: (file) => {
      this.#withDescriptor.delete(file)
    },
    closed: (file) => {
      const files = this.#filesByPath.get(file.path)
      files?.delete(file)
      if (files?.size === 0) this.#filesByPath.delete(file.path)
    },
    renamesSettled: async () => {
      await Promise.allSettled(this.#renames)
    },
  }

  #closeIdle(): void {
    for (const file of this.#withDescriptor) {
      if (this.#withDescriptor.size <= this.#maxOpenFiles) return
      file.releaseIfIdle()
    }
  }
}

/** How a file tells its disk about its descriptor. */
interface DescriptorPool {
  used(file: NodeFile): void
  gone(file: NodeFile): void
  closed(file: NodeFile): void
  /** Resolves when the renames that are under way now are done. */
  renamesSettled(): Promise<void>
}

class NodeFile implements DiskFile {
  path: string
  readonly #pool: DescriptorPool
  /** The descriptor, or its opening or closing under way. */
  #descriptor: Promise<number> | number | undefined
  #busy = 0
  #closed = false
  #whenIdle: (() => void) | undefined

  constructor(path: string, pool: DescriptorPool) {
    this.path = path
    this.#pool = pool
  }

  /** Gets a descriptor now, with these flags; later ones are opened without. */
  async connect(flags: number): Promise<void> {
    this.#busy += 1
    try {
      await this.#acquire(flags)
    } finally {
      this.#done()
    }
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    return await this.#use(async (descriptor) => {
      let filled = 0
      while (filled < buffer.length) {
        const count = await readAt(descriptor, buffer, filled, position + filled)
        if (count === 0) break
        filled += count
      }
      return filled
    })
  }

  async write(buffers: readonly Buffer[], position: number): Promise<void> {
    await this.#use(async (descriptor) => {
      let pending = buffers
      let at = position
      let length = totalLength(pending)
      while (length > 0) {
        const written = await writeAt(descriptor, pending, at)
        if (written === length) return
        // A disk that fills up takes a part first, and refuses with ENOSPC the next time.
        pending = skipBytes(pending, written)
        at += written
        length -= written
      }
    })
  }

  async datasync(): Promise<void> {
    await this.#use((descriptor) => promisify(fs.fdatasync)(descriptor))
  }

  async truncate(sizeInBytes: number): Promise<void> {
    await this.#use((descriptor) => promisify(fs.ftruncate)(descriptor, sizeInBytes))
  }

  async size(): Promise<number> {
    return await this.#use(async (descriptor) => (await statDescriptor(descriptor)).size)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#busy > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    }
    this.#pool.closed(this)
    const descriptor = await this.#descriptor
    this.#descriptor = undefined
    this.#pool.gone(this)
    if (descriptor !== undefined) await closeDescriptor(descriptor)
  }

  /** Gives the descriptor back if no operation uses it. The file stays open for the caller. */
  releaseIfIdle(): void {
    if (this.#busy > 0 || typeof this.#descriptor !== 'number') return
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    this.#pool.gone(this)
    // Nothing can be lost by this close: what was written is in the page cache, and datasync reports its errors.
    fs.close(descriptor, () => undefined)
  }

  async #use<Result>(operation: (descriptor: number) => Promise<Result>): Promise<Result> {
    if (this.#closed) throw Object.assign(new Error(`EBADF: file is closed, ${this.path}`), { code: 'EBADF' })
    this.#busy += 1
    try {
      const descriptor = typeof this.#descriptor === 'number' ? this.#descriptor : await this.#acquire(0)
      this.#pool.used(this)
      return await operation(descriptor)
    } finally {
      this.#done()
    }
  }

  async #acquire(flags: number): Promise<number> {
    if (this.#descriptor === undefined) {
      const opening = this.#openDescriptor(flags)
      this.#descriptor = opening
      try {
        this.#descriptor = await opening
      } catch (error) {
        this.#descriptor = undefined
        throw error
      }
      this.#pool.used(this)
    }
    return await this.#descriptor
  }

  async #openDescriptor(flags: number): Promise<number> {
    const path = this.path
    try {
      return await openDescriptor(path, constants.O_RDWR | flags, 0o644)
    } catch (error) {
      // Between the rename on disk and the moment at which `path` follows it, the name is gone.
      if (hasCode(error, 'ENOENT')) await this.#pool.renamesSettled()
      if (path === this.path) throw error
      return await openDescriptor(this.path, constants.O_RDWR | flags, 0o644)
    }
  }

  #done(): void {
    this.#busy -= 1
    if (this.#busy === 0) this.#whenIdle?.()
  }
}

function readAt(descriptor: number, buffer: Buffer, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, buffer, offset, buffer.length - offset, position, (error, count) => {
      if (error) reject(error)
      else resolve(count)
    })
  })
}

function writeAt(descriptor: number, buffers: readonly Buffer[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(descriptor, buffers, position, (error, count) => {
      if (error) reject(error)
      else resolve(count)
    })
  })
}

function totalLength(buffers: readonly Buffer[]): number {
  let length = 0
  for (const buffer of buffers) length += buffer.length
  return length
}

function skipBytes(buffers: readonly Buffer[], count: number): Buffer[] {
  const rest: Buffer[] = []
  let skip = count
  for (const buffer of buffers) {
    if (skip >= buffer.length) {
      skip -= buffer.length
      continue
    }
    rest.push(skip > 0 ? buffer.subarray(skip) : buffer)
    skip = 0
  }
  return rest
}

/** Device and inode in the notation of /proc/locks: major and minor in two hexadecimal digits, the inode in decimal. */
function fileId(device: number, inode: number): string {
  const major = Math.floor(device / 0x100) & 0xfff
  const minor = (device & 0xff) | (Math.floor(device / 0x1000) & 0xfff00)
  return `${hex2(major)}:${hex2(minor)}:${inode}`
}

function hex2(value: number): string {
  return value.toString(16).padStart(2, '0')
}
