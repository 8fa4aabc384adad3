/**
 * The writing side of one log: appends and rolls, in order, one write to the file at a time.
 *
 * What arrives while a write is under way is collected and forms the next one, so that a slow disk makes larger
 * writes, not a longer queue of small ones. Where a sync is due, the answers wait for it together.
 *
 *     idle ──push──▶ writing ──written──▶ idle, or writing what came meanwhile
 *                       └──failed──▶ everything that is queued fails, the file is cut back, idle
 *
 * A failure fails all that is queued because each entry has its offsets from the one before. The writer owns the queue
 * and the loop; what a write means for the log is its {@link LogWriterHost}'s business.
 */
import assert from 'node:assert/strict'
import type { LogSegment } from '../segment/log-segment.js'
import type { PreparedAppend } from './prepare-append.js'

/** A write has at most so many bytes, so that one answer does not wait for megabytes of others. */
const WRITE_MAX_BYTES = 8 * 1024 * 1024
const WRITE_MAX_ENTRIES = 512

/** For what comes later in the same turn of the loop: `queueMicrotask` makes a resource for async_hooks each time. */
const settled = Promise.resolve()

/** Batches with their place in a segment. */
export interface QueuedAppend {
  readonly kind: 'append'
  readonly prepared: PreparedAppend
  readonly segment: LogSegment
  /** Where in the segment's file. */
  readonly position: number
  /** Takes back what the append did to the log's memory. */
  readonly undo: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** A new segment begins. */
export interface QueuedRoll {
  readonly kind: 'roll'
  readonly segment: LogSegment
  /** The producers' state before the new segment, encoded. */
  readonly snapshot: Buffer
  /** Takes back what the roll did to the log's memory. */
  readonly undo: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Nothing to write: answered when all before it is written. */
export interface QueuedWait {
  readonly kind: 'wait'
  readonly undo: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export type QueuedEntry = QueuedAppend | QueuedRoll | QueuedWait

/** The log, as its writer sees it. */
export interface LogWriterHost {
  /** Called before each write: what must be on disk before the batches are. `undefined`: nothing, as nearly always. */
  beforeWrite(): Promise<void> | undefined
  /** Creates the new segment's files; from now on it is the active one. */
  roll(entry: QueuedRoll): Promise<void>
  /** The bytes are in the file. Makes them durable if that is due, then lets readers see them; `undefined`: they do. */
  written(entries: readonly QueuedAppend[]): Promise<void> | undefined
  /** Nothing of the entries has happened: their `undo` was called, the latest first. Cuts the file back. */
  failed(entries: readonly QueuedEntry[], error: unknown): Promise<void>
}

/** See above. */
export class LogWriter {
  readonly #host: LogWriterHost
  #queue: QueuedEntry[] = []
  #running = false
  #idleWaiters: (() => void)[] = []
  readonly #begin = (): void => {
    void this.#run()
  }

  constructor(host: LogWriterHost) {
    this.#host = host
  }

  /** Is nothing queued or being written? */
  get isIdle(): boolean {
    return !this.#running
  }

  push(entry: QueuedEntry): void {
    this.#queue.push(entry)
    if (this.#running) return
    this.#running = true
    // What is pushed in the same turn of the loop goes into one write.
    void settled.then(this.#begin)
  }

  /** Resolves when nothing is queued or being written. */
  async idle(): Promise<void> {
    if (!this.#running) return
    await new Promise<void>((resolve) => {
      this.#idleWaiters.push(resolve)
    })
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const entries = this.#takeNext()
      try {
        await this.#perform(entries)
      } catch (error) {
        await this.#fail(entries, error)
        continue
      }
      for (const entry of entries) entry.resolve()
    }
    this.#running = false
    const waiters = this.#idleWaiters
    this.#idleWaiters = []
    for (const resolve of waiters) resolve()
  }

  /** One roll or wait, or as many appends to one segment as fit a write. */
  #takeNext(): QueuedEntry[] {
    const first = this.#queue[0]
    assert(first !== undefined, 'there is something to do')
    let count = 1
    if (first.kind === 'append') {
      let bytes = first.prepared.records.length
      for (; count < Math.min(this.#queue.length, WRITE_MAX_ENTRIES); count += 1) {
        const next = this.#queue[count]
        if (next?.kind !== 'append' || next.segment !== first.segment) break
        bytes += next.prepared.records.length
        if (bytes > WRITE_MAX_BYTES) break
      }
    }
    return this.#queue.splice(0, count)
  }

  /** Waits only for what there is to wait for: of small appends, each wait is a part of the price. */
  async #perform(entries: readonly QueuedEntry[]): Promise<void> {
    const first = entries[0]
    assert(first !== undefined, 'there is something to do')
    if (first.kind === 'wait') return
    const ready = this.#host.beforeWrite()
    if (ready !== undefined) await ready
    if (first.kind === 'roll') {
      await this.#host.roll(first)
      return
    }
    const appends = entries.filter((entry) => entry.kind === 'append')
    const file = first.segment.openedFile ?? (await first.segment.file())
    await file.write(
      appends.map((entry) => entry.prepared.records),
      first.position,
    )
    const visible = this.#host.written(appends)
    if (visible !== undefined) await visible
  }

  async #fail(entries: readonly QueuedEntry[], error: unknown): Promise<void> {
    const failed = [...entries, ...this.#queue]
    this.#queue = []
    for (const entry of failed.toReversed()) entry.undo()
    await this.#host.failed(failed, error)
    for (const entry of failed) entry.reject(error)
  }
}
