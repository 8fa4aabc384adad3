/**
 * The background flush: makes dirty logs durable, the oldest first, at most two at a time.
 *
 * A machine without replicas loses at a power cut what was not synced. The loop aims at `targetMs` for that: a log's
 * flush begins when half of it has passed, or after its `flush.ms` if that is shorter. When the disk cannot keep up the
 * real interval grows; {@link FlushLoop.lagMs} says how far.
 */
import { isOutOfSpace } from '../disk/disk.js'
import type { FlushableLog } from '../partition/partition-log-types.js'
import { type Clock, type LogReporter, monotonicMs, type ScheduledTask, type Scheduler } from '../ports.js'

/** How the loop works. */
export interface FlushLoopOptions {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly reporter: LogReporter
  /** What may be lost at a power cut, about, ms. 0: only `flush.ms` counts. */
  readonly targetMs: number
  /** Default 2. */
  readonly concurrency?: number
}

interface QueueHead {
  readonly log: FlushableLog
  readonly queue: Set<FlushableLog>
  readonly dirtySinceMs: number
  readonly dueMs: number
}

/** Pause before the flush of a log is tried again whose disk was full. */
const RETRY_PAUSE_MS = 1000

/** See above. */
export class FlushLoop {
  readonly #options: FlushLoopOptions
  readonly #concurrency: number
  /** Dirty logs by the time that they wait: with the same wait, who comes first is due first. */
  readonly #queues = new Map<number, Set<FlushableLog>>()
  readonly #flushing = new Set<Promise<void>>()
  readonly #retries = new Map<FlushableLog, ScheduledTask>()
  #timer: ScheduledTask | undefined
  #lagMs = 0
  #stopped = false

  constructor(options: FlushLoopOptions) {
    this.#options = options
    this.#concurrency = options.concurrency ?? 2
  }

  /** From the first unsynced write to the end of the sync, ms, of the last flush. */
  get lagMs(): number {
    return this.#lagMs
  }

  /** A log has become dirty. */
  add(log: FlushableLog): void {
    const half = this.#options.targetMs > 0 ? this.#options.targetMs / 2 : Number.POSITIVE_INFINITY
    const waitMs = Math.min(log.config.flushMs, half)
    if (waitMs >= Number.MAX_SAFE_INTEGER || this.#stopped) return
    const queue = this.#queues.get(waitMs)
    if (queue === undefined) this.#queues.set(waitMs, new Set([log]))
    else queue.add(log)
    this.#next()
  }

  /** A log is closed or deleted. */
  remove(log: FlushableLog): void {
    for (const queue of this.#queues.values()) queue.delete(log)
    this.#retries.get(log)?.cancel()
    this.#retries.delete(log)
  }

  /** Begins no more flushes, and waits for those under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    for (const task of this.#retries.values()) task.cancel()
    this.#queues.clear()
    await Promise.allSettled(this.#flushing)
  }

  #next(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    while (!this.#stopped && this.#flushing.size < this.#concurrency) {
      const head = this.#head()
      if (head === undefined) return
      const inMs = head.dueMs - monotonicMs(this.#options.clock)
      if (inMs > 0) {
        this.#timer = this.#options.scheduler.schedule(inMs, () => this.#next())
        return
      }
      head.queue.delete(head.log)
      this.#flush(head.log, head.dirtySinceMs)
    }
  }

  #head(): QueueHead | undefined {
    let head: QueueHead | undefined
    for (const [waitMs, queue] of this.#queues) {
      for (const log of queue) {
        const { dirtySinceMs } = log
        if (dirtySinceMs === undefined) {
          // Flushed by somebody else meanwhile.
          queue.delete(log)
          continue
        }
        const dueMs = dirtySinceMs + waitMs
        if (head === undefined || dueMs < head.dueMs) head = { log, queue, dirtySinceMs, dueMs }
        break
      }
    }
    return head
  }

  /** The disk is full: what could not be written is still in memory. */
  #tryAgain(log: FlushableLog): void {
    if (this.#stopped) return
    this.#retries.set(
      log,
      this.#options.scheduler.schedule(RETRY_PAUSE_MS, () => {
        this.#retries.delete(log)
        this.add(log)
      }),
    )
  }

  #flush(log: FlushableLog, dirtySinceMs: number): void {
    const { clock, reporter } = this.#options
    const flush = log
      .flush()
      .then(() => {
        this.#lagMs = monotonicMs(clock) - dirtySinceMs
      })
      .catch((error: unknown) => {
        if (isOutOfSpace(error)) this.#tryAgain(log)
        reporter.warn(
          `${log.dir}: flush failed, ${isOutOfSpace(error) ? 'and is tried again' : 'the next start will check it'}: ${String(error)}`,
        )
      })
      .finally(() => {
        this.#flushing.delete(flush)
        this.#next()
      })
    this.#flushing.add(flush)
  }
}
