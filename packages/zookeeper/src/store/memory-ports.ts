/**
 * The simulated twins of the ports: a folder in memory that can lose what was not synced, a clock and timers that a test
 * moves by hand, randomness from a seed. For tests and for servers that need not outlive their process.
 */
import type { AppendFile, AppendOptions, Ports, StoreDirectory } from './ports.js'

/** Appended pieces, joined when somebody reads. */
class MemoryFile {
  #pieces: Buffer[] = []
  length = 0
  /** How much of it a crash leaves for sure. */
  syncedLength = 0

  append(buffers: readonly Buffer[]): void {
    for (const buffer of buffers) {
      this.#pieces.push(Buffer.from(buffer))
      this.length += buffer.length
    }
  }

  /** Leaves so many bytes. */
  cut(length: number): void {
    this.#pieces = [this.bytes().subarray(0, length)]
    this.length = Math.min(this.length, length)
    this.syncedLength = Math.min(this.syncedLength, length)
  }

  bytes(): Buffer {
    const [only] = this.#pieces
    if (this.#pieces.length === 1 && only !== undefined) return only
    const joined = Buffer.concat(this.#pieces)
    this.#pieces = [joined]
    return joined
  }
}

/** A folder in memory. Creations, renames and removals are durable after `sync`, appended bytes after `datasync`. */
export class MemoryStoreDirectory implements StoreDirectory {
  #entries = new Map<string, MemoryFile>()
  #syncedEntries = new Map<string, MemoryFile>()
  #held: (() => void)[] | undefined
  #failure: Error | undefined
  /** Number of `datasync` calls so far. */
  syncCount = 0

  /**
   * The folder after a power cut, of the bytes not synced keeping `survivors(name, count)` (default none). This folder
   * itself goes on unharmed.
   */
  crashed(survivors: (name: string, unsynced: number) => number = () => 0): MemoryStoreDirectory {
    const after = new MemoryStoreDirectory()
    for (const [name, file] of this.#syncedEntries) {
      const length = file.syncedLength + survivors(name, file.length - file.syncedLength)
      after.put(name, file.bytes().subarray(0, length))
    }
    return after
  }

  /** Syncs wait until `releaseSyncs`. */
  holdSyncs(): void {
    this.#held ??= []
  }

  releaseSyncs(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const release of held) release()
  }

  /** Every later write and sync fails, until `heal`. */
  failWith(error: Error): void {
    this.#failure = error
    this.releaseSyncs()
  }

  /** Writes and syncs succeed again. */
  heal(): void {
    this.#failure = undefined
  }

  /** Stores a file, synced. */
  put(name: string, bytes: Buffer): void {
    const file = new MemoryFile()
    file.append([bytes])
    file.syncedLength = bytes.length
    this.#entries.set(name, file)
    this.#syncedEntries.set(name, file)
  }

  /** What the file holds, synced or not. */
  bytesOf(name: string): Buffer {
    const file = this.#entries.get(name)
    if (file === undefined) throw new Error(`no file ${name}`)
    return file.bytes()
  }

  names(): readonly string[] {
    return [...this.#entries.keys()].sort()
  }

  async list(): Promise<readonly string[]> {
    return this.names()
  }

  async read(name: string): Promise<Buffer> {
    return this.bytesOf(name)
  }

  async openAppend(name: string, options: AppendOptions = {}): Promise<AppendFile> {
    let file = this.#entries.get(name)
    if (file === undefined) {
      file = new MemoryFile()
      this.#entries.set(name, file)
    }
    if (options.end !== undefined) file.cut(options.end)
    const opened = file
    return {
      append: async (buffers) => {
        this.#checkFailure()
        opened.append(buffers)
      },
      datasync: async () => {
        const { length } = opened
        this.syncCount++
        const held = this.#held
        if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve))
        this.#checkFailure()
        opened.syncedLength = Math.max(opened.syncedLength, length)
      },
      close: async () => {},
    }
  }

  async erase(name: string, size: number): Promise<void> {
    this.put(name, this.bytesOf(name).subarray(0, size))
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#entries.get(from)
    if (file === undefined) throw new Error(`no file ${from}`)
    this.#entries.delete(from)
    this.#entries.set(to, file)
  }

  async remove(name: string): Promise<void> {
    this.#entries.delete(name)
  }

  async sync(): Promise<void> {
    this.#checkFailure()
    this.#syncedEntries = new Map(this.#entries)
  }

  #checkFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** Time that moves when told. */
export class ManualPorts implements Ports {
  #nowMs: number
  #nextTimer = 0
  readonly #timers = new Map<number, { readonly atMs: number; readonly callback: () => void }>()
  #seed: number

  constructor(nowMs = 1_700_000_000_000, seed = 1) {
    this.#nowMs = nowMs
    this.#seed = seed
  }

  readonly clock = { nowMs: () => this.#nowMs, monotonicMs: () => this.#nowMs }

  readonly timers = {
    schedule: (delayMs: number, callback: () => void) => {
      const id = this.#nextTimer++
      this.#timers.set(id, { atMs: this.#nowMs + delayMs, callback })
      return () => {
        this.#timers.delete(id)
      }
    },
  }

  readonly random = {
    bytes: (length: number) => {
      const bytes = Buffer.alloc(length)
      for (let index = 0; index < length; index++) {
        this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) >>> 0
        bytes[index] = this.#seed >>> 16
      }
      return bytes
    },
  }

  /** Moves the clock, firing the timers that fall due on the way, in order. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      let due: { id: number; atMs: number; callback: () => void } | undefined
      for (const [id, timer] of this.#timers) {
        if (timer.atMs <= untilMs && (due === undefined || timer.atMs < due.atMs)) due = { id, ...timer }
      }
      if (due === undefined) break
      this.#timers.delete(due.id)
      this.#nowMs = Math.max(this.#nowMs, due.atMs)
      due.callback()
    }
    this.#nowMs = untilMs
  }
}
