/**
 * The real disk: node:fs behind the {@link Disk} port.
 *
 * It decides which files keep their descriptors. A broker with ten thousand partitions has more files than a process may
 * open, so a {@link NodeFile} gets a descriptor when it is used: the least recently used idle descriptors are closed when
 * more than `maxOpenFiles` are open. A busy one is never closed; for that moment there may be more than the maximum.
 *
 * Open files follow renames made through this disk. It never retries, and never hides an error.
 */

import { constants, readFileSync } from 'node:fs'
import * as fsp from 'node:fs/promises'
import { join, sep } from 'node:path'
import {
  type DirectoryEntry,
  type Disk,
  type DiskFile,
  type DiskSpace,
  EXCLUSIVE_BYTES_WHEN_FULL,
  type FileStat,
  hasCode,
  isOutOfSpace,
} from './disk.js'
import { type DescriptorPool, NodeFile } from './node-file.js'
import { openFilesLimit } from './open-files-limit.js'

/**
 * Descriptors that may be opened and closed at one time. The pool of threads opens hundreds before the first of them is known
 * here, and an idle one closed for it: a request for hundreds of partitions would run into the limit of the process.
 */
const CHANGING_MAX = 16

/** Options of {@link NodeDisk}. */
export interface NodeDiskOptions {
  /** Descriptors kept open while nothing uses them. Default: half of what the process may open; sockets have the rest. */
  readonly maxOpenFiles?: number
}

/** node:fs as a {@link Disk}. */
export class NodeDisk implements Disk {
  readonly #maxOpenFiles: number
  /** Every open file, by its path and by those of all directories above it: a rename must find what it moves. */
  readonly #filesBelow = new Map<string, Set<NodeFile>>()
  /** Files that have a descriptor, the least recently used first. */
  readonly #withDescriptor = new Set<NodeFile>()
  /** The last of them: most operations are of the file that was used before. */
  #lastUsed: NodeFile | undefined
  readonly #renames = new Set<Promise<void>>()
  /** Descriptors that are being opened or closed, and who waits for that. */
  #changing = 0
  readonly #waiting: (() => void)[] = []

  constructor(options: NodeDiskOptions = {}) {
    this.#maxOpenFiles = options.maxOpenFiles ?? Math.max(1, Math.floor(openFilesLimit() / 2))
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

  async readSmallFile(path: string): Promise<Buffer | undefined> {
    try {
      // A start reads tens of thousands of them, and each way through the thread pool costs ten times the read itself.
      return readFileSync(path)
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  async createExclusive(path: string, content: Buffer): Promise<void> {
    // The name appears together with the content: who finds the file, finds it whole.
    const temporary = `${path}.${process.pid}.tmp`
    try {
      await fsp.writeFile(temporary, content)
      await fsp.link(temporary, path)
    } catch (error) {
      if (!isOutOfSpace(error) || content.length > EXCLUSIVE_BYTES_WHEN_FULL) throw error
      await fsp.symlink(content.toString('latin1'), path)
    } finally {
      await fsp.rm(temporary, { force: true })
    }
  }

  async readExclusive(path: string): Promise<Buffer | undefined> {
    try {
      return Buffer.from(await fsp.readlink(path), 'latin1')
    } catch (error) {
      // EINVAL: it is a file.
      if (hasCode(error, 'ENOENT')) return undefined
    }
    return await this.readSmallFile(path)
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
    for (const file of [...(this.#filesBelow.get(from) ?? [])]) {
      this.#forget(file)
      file.path = to + file.path.slice(from.length)
      this.#register(file)
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
    for (const path of pathAndParents(file.path)) {
      const files = this.#filesBelow.get(path)
      if (files === undefined) this.#filesBelow.set(path, new Set([file]))
      else files.add(file)
    }
  }

  #forget(file: NodeFile): void {
    for (const path of pathAndParents(file.path)) {
      const files = this.#filesBelow.get(path)
      files?.delete(file)
      if (files?.size === 0) this.#filesBelow.delete(path)
    }
  }

  readonly #pool: DescriptorPool = {
    turn: () => {
      if (this.#changing >= CHANGING_MAX) return new Promise((resolve) => this.#waiting.push(resolve))
      this.#changing += 1
      return undefined
    },
    opened: () => this.#changed(),
    closing: () => {
      this.#changing += 1
    },
    closedOne: () => this.#changed(),
    used: (file) => {
      if (file !== this.#lastUsed) {
        this.#lastUsed = file
        this.#withDescriptor.delete(file)
        this.#withDescriptor.add(file)
      }
      if (this.#withDescriptor.size > this.#maxOpenFiles) this.#closeIdle()
    },
    gone: (file) => {
      if (file === this.#lastUsed) this.#lastUsed = undefined
      this.#withDescriptor.delete(file)
    },
    closed: (file) => this.#forget(file),
    renamesSettled: async () => {
      await Promise.allSettled(this.#renames)
    },
  }

  /** One that waits takes the turn, unless closings have more than there are. */
  #changed(): void {
    this.#changing -= 1
    if (this.#changing >= CHANGING_MAX) return
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#changing += 1
    next()
  }

  #closeIdle(): void {
    for (const file of this.#withDescriptor) {
      if (this.#withDescriptor.size <= this.#maxOpenFiles) return
      file.releaseIfIdle()
    }
  }
}

function* pathAndParents(path: string): Iterable<string> {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf(sep)))) yield at
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
