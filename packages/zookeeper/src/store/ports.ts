/**
 * What the store and the server ask of the machine. `NodeStoreDirectory` and `systemPorts` are the real ones; tests hand
 * in a simulated disk and clock.
 */

/** One folder that the store has for itself. Names are plain file names. */
export interface StoreDirectory {
  list(): Promise<readonly string[]>
  read(name: string): Promise<Buffer>
  /** Opens for appending, creating the file if it does not exist. */
  openAppend(name: string, options?: AppendOptions): Promise<AppendFile>
  /** Nothing is behind `size` any more, also after a power cut; but zeros may be, where the file keeps its space. */
  erase(name: string, size: number): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(name: string): Promise<void>
  /** Makes creations, renames and removals durable. */
  sync(): Promise<void>
}

/** How a file is appended to. */
export interface AppendOptions {
  /** Where the next byte goes, if not to the end of the file: behind it there are only zeros. */
  readonly end?: number
  /**
   * Space that the file takes ahead of what is appended, as zeros, while the disk has it: so much can still be appended
   * when the disk is full. Default 0.
   */
  readonly aheadBytes?: number
}

export interface AppendFile {
  /** Writes all of them, in order, in as few calls as the system allows. */
  append(buffers: readonly Buffer[]): Promise<void>
  /** Returns once everything appended is on the disk (fdatasync). */
  datasync(): Promise<void>
  close(): Promise<void>
}

export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  nowMs(): number
  /** A clock that never jumps, for timeouts. */
  monotonicMs(): number
}

export interface Timers {
  /** Calls `callback` once after `delayMs`; returns a function that cancels it. Never keeps a process alive. */
  schedule(delayMs: number, callback: () => void): () => void
}

export interface Randomness {
  bytes(length: number): Buffer
}

export interface Ports {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Randomness
}
