/**
 * One open file of the real disk: a name that gets a descriptor when it is used.
 *
 *     no descriptor ── an operation begins ──> opening ──> open ── released while idle ──> no descriptor
 *
 * It owns that descriptor, and counts the operations that use it: a busy one is never closed. It tells its disk when it
 * has one; which files may keep theirs is the disk's decision, and so is where a rename has taken the file.
 */

import * as fs from 'node:fs'
import { constants } from 'node:fs'
import { promisify } from 'node:util'
import { type DiskFile, hasCode } from './disk.js'

const openDescriptor = promisify(fs.open)
const closeDescriptor = promisify(fs.close)
const statDescriptor = promisify(fs.fstat)

/** How a file tells its disk about its descriptor. */
export interface DescriptorPool {
  used(file: NodeFile): void
  gone(file: NodeFile): void
  closed(file: NodeFile): void
  /** Resolves when the renames that are under way now are done. */
  renamesSettled(): Promise<void>
}

/** See above. */
export class NodeFile implements DiskFile {
  /** Where the file is; the disk changes it with a rename. */
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
