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

type Done<Result> = (error: Error | null, result?: Result) => void
/** Does something with the descriptor, and calls `done` once, later. */
type Operation<Result> = (descriptor: number, done: Done<Result>) => void

/** How a file tells its disk about its descriptor. */
export interface DescriptorPool {
  /** Before a descriptor is opened: undefined, or what must be awaited, because many are being opened or closed. */
  turn(): Promise<void> | undefined
  /** That opening has ended. */
  opened(): void
  /** A descriptor is being closed; and it is. */
  closing(): void
  closedOne(): void
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

  read(buffer: Buffer, position: number): Promise<number> {
    return this.#use((descriptor, done) => fill(descriptor, buffer, 0, position, done))
  }

  write(buffers: readonly Buffer[], position: number): Promise<void> {
    return this.#use((descriptor, done) => writeAll(descriptor, buffers, position, done))
  }

  datasync(): Promise<void> {
    return this.#use((descriptor, done) => fs.fdatasync(descriptor, done))
  }

  truncate(sizeInBytes: number): Promise<void> {
    return this.#use((descriptor, done) => fs.ftruncate(descriptor, sizeInBytes, done))
  }

  async size(): Promise<number> {
    return (await this.#use<fs.Stats>((descriptor, done) => fs.fstat(descriptor, done))).size
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
    this.#pool.closing()
    // Nothing can be lost by this close: what was written is in the page cache, and datasync reports its errors.
    fs.close(descriptor, () => this.#pool.closedOne())
  }

  /** One promise for the whole of an operation where there is a descriptor: it is in the way of every append and fetch. */
  #use<Result>(operation: Operation<Result>): Promise<Result> {
    const descriptor = this.#descriptor
    return typeof descriptor === 'number' && !this.#closed ? this.#begin(descriptor, operation) : this.#open(operation)
  }

  async #open<Result>(operation: Operation<Result>): Promise<Result> {
    if (this.#closed) throw Object.assign(new Error(`EBADF: file is closed, ${this.path}`), { code: 'EBADF' })
    this.#busy += 1
    try {
      return await this.#begin(await this.#acquire(0), operation)
    } finally {
      this.#done()
    }
  }

  #begin<Result>(descriptor: number, operation: Operation<Result>): Promise<Result> {
    this.#busy += 1
    this.#pool.used(this)
    return new Promise((resolve, reject) => {
      try {
        operation(descriptor, (error, result) => {
          this.#done()
          if (error) reject(error)
          else resolve(result as Result)
        })
      } catch (error) {
        // Arguments that Node refuses: the file must not count as busy for ever.
        this.#done()
        reject(error)
      }
    })
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
    const turn = this.#pool.turn()
    if (turn !== undefined) await turn
    try {
      return await this.#openInTurn(flags)
    } finally {
      this.#pool.opened()
    }
  }

  async #openInTurn(flags: number): Promise<number> {
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

/** Reads until the buffer is full or the file ends; `filled` bytes are there already. Tells how many are there then. */
function fill(descriptor: number, buffer: Buffer, filled: number, position: number, done: Done<number>): void {
  fs.read(descriptor, buffer, filled, buffer.length - filled, position + filled, (error, count) => {
    const total = filled + count
    if (error) done(error)
    else if (count === 0 || total === buffer.length) done(null, total)
    else fill(descriptor, buffer, total, position, done)
  })
}

function writeAll(descriptor: number, buffers: readonly Buffer[], position: number, done: Done<void>): void {
  const length = totalLength(buffers)
  fs.writev(descriptor, buffers, position, (error, count) => {
    if (error) done(error)
    else if (count === length) done(null)
    // A disk that fills up takes a part first, and refuses with ENOSPC the next time.
    else writeAll(descriptor, skipBytes(buffers, count), position + count, done)
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
