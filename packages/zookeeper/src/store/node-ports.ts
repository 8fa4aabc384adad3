import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { AppendFile, Ports, StoreDirectory } from './ports.js'

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

  private constructor(path: string) {
    this.#path = path
  }

  /** Creates the folder if it does not exist. */
  static async open(path: string): Promise<NodeStoreDirectory> {
    await mkdir(path, { recursive: true })
    return new NodeStoreDirectory(path)
  }

  async list(): Promise<readonly string[]> {
    return await readdir(this.#path)
  }

  async read(name: string): Promise<Buffer> {
    return await readFile(join(this.#path, name))
  }

  async openAppend(name: string): Promise<AppendFile> {
    return new NodeAppendFile(await open(join(this.#path, name), 'a'))
  }

  async truncate(name: string, size: number): Promise<void> {
    await truncate(join(this.#path, name), size)
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

  constructor(file: FileHandle) {
    this.#file = file
  }

  async append(buffers: readonly Buffer[]): Promise<void> {
    let pending = buffers
    let length = pending.reduce((sum, buffer) => sum + buffer.length, 0)
    while (length > 0) {
      const { bytesWritten } = await this.#file.writev(pending)
      length -= bytesWritten
      if (length > 0) pending = afterBytes(pending, bytesWritten)
    }
  }

  async datasync(): Promise<void> {
    await this.#file.datasync()
  }

  async close(): Promise<void> {
    await this.#file.close()
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
