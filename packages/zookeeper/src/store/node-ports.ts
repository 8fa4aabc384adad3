import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { AppendFile, AppendOptions, Ports, StoreDirectory } from './ports.js'

/** The machine's clock, timers and randomness. */
export const systemPorts: Ports = {
  clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
  timers: {
    schedule(delayMs, callback) {
      const timer = setTimeout(callback, delayMs)
      timer.unref()
      return () => clearTimeout(timer)
    },
  },
  random: { bytes: (length) => randomBytes(length) },
}

/** A folder of the file system. */
export class NodeStoreDirectory implements StoreDirectory {
  readonly #path: string
  readonly #forceSync: boolean

  private constructor(path: string, forceSync: boolean) {
    this.#path = path
    this.#forceSync = forceSync
  }

  /** Creates the folder if it does not exist. Without `forceSync` nothing waits for the disk, and a power cut loses what was answered. */
  static async open(path: string, options: { readonly forceSync?: boolean } = {}): Promise<NodeStoreDirectory> {
    await mkdir(path, { recursive: true })
    return new NodeStoreDirectory(path, options.forceSync ?? true)
  }

  async list(): Promise<readonly string[]> {
    return await readdir(this.#path)
  }

  async read(name: string): Promise<Buffer> {
    return await readFile(join(this.#path, name))
  }

  async openAppend(name: string, options: AppendOptions = {}): Promise<AppendFile> {
    const file = await open(join(this.#path, name), constants.O_RDWR | constants.O_CREAT)
    const { size } = await file.stat()
    const { end = size, aheadBytes = 0 } = options
    return new NodeAppendFile(file, { end, size, aheadBytes, forceSync: this.#forceSync })
  }

  async erase(name: string, size: number): Promise<void> {
    const file = await open(join(this.#path, name), 'r+')
    try {
      // Written over, not cut off: a full disk would not give the space back.
      const { size: sizeBefore } = await file.stat()
      await writeAll(file, [Buffer.alloc(Math.max(0, sizeBefore - size))], size)
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(join(this.#path, from), join(this.#path, to))
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#path, name), { force: true })
  }

  async sync(): Promise<void> {
    // Windows cannot sync a folder and does not need it.
    if (process.platform === 'win32') return
    const folder = await open(this.#path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}

class NodeAppendFile implements AppendFile {
  readonly #file: FileHandle
  readonly #aheadBytes: number
  readonly #forceSync: boolean
  #end: number
  /** Of the file, with what it has ahead. */
  #size: number

  constructor(
    file: FileHandle,
    options: {
      readonly end: number
      readonly size: number
      readonly aheadBytes: number
      readonly forceSync: boolean
    },
  ) {
    this.#file = file
    this.#forceSync = options.forceSync
    this.#aheadBytes = options.aheadBytes
    this.#end = options.end
    this.#size = options.size
  }

  async append(buffers: readonly Buffer[]): Promise<void> {
    const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    const needed = this.#end + length
    // Half of it at least is always there, so that it is not asked for with every append.
    if (this.#aheadBytes > 0 && this.#size < needed + this.#aheadBytes / 2) await this.#goAhead(needed)
    await writeAll(this.#file, buffers, this.#end)
    this.#end = needed
    this.#size = Math.max(this.#size, needed)
  }

  /** Takes space for what comes later, as much as there is. */
  async #goAhead(needed: number): Promise<void> {
    const target = needed + this.#aheadBytes
    try {
      await writeAll(this.#file, [Buffer.alloc(target - this.#size)], this.#size)
      this.#size = target
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      this.#size = Math.max(this.#size, (await this.#file.stat()).size)
    }
  }

  async datasync(): Promise<void> {
    if (this.#forceSync) await this.#file.datasync()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

function isOutOfSpace(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

async function writeAll(file: FileHandle, buffers: readonly Buffer[], position: number): Promise<void> {
  let pending = buffers
  let at = position
  const end = position + buffers.reduce((sum, buffer) => sum + buffer.length, 0)
  while (at < end) {
    const { bytesWritten } = await file.writev(pending, at)
    at += bytesWritten
    if (at < end) pending = afterBytes(pending, bytesWritten)
  }
}

function afterBytes(buffers: readonly Buffer[], written: number): readonly Buffer[] {
  const rest: Buffer[] = []
  for (const buffer of buffers) {
    if (written < buffer.length) rest.push(buffer.subarray(written))
    written = Math.max(0, written - buffer.length)
  }
  return rest
}
