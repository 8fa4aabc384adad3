import assert from 'node:assert/strict'
import { type Clock, monotonicMs, type ScheduledTask, type Scheduler } from '../ports.js'
import type { DeferredReply } from './decision.js'

interface Waiting {
  /** The replies may go when everything before this offset is committed. */
  readonly endOffset: number
  readonly deadlineMs: number
  readonly replies: readonly DeferredReply[]
}

export interface CommitQueueOptions {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly timeoutMs: number
  release(reply: DeferredReply): void
  /** The records were not committed in time. They stay in the log, and may be committed later. */
  expire(reply: DeferredReply): void
}

/** Replies that wait for the log up to their offset to be committed, in log order. */
export class CommitQueue {
  readonly #options: CommitQueueOptions
  readonly #queue: Waiting[] = []
  #committedOffset: number
  #task: ScheduledTask | undefined

  constructor(committedOffset: number, options: CommitQueueOptions) {
    this.#committedOffset = committedOffset
    this.#options = options
  }

  /** Releases the replies when all before `endOffset` is committed: now, if it is. */
  add(endOffset: number, replies: readonly DeferredReply[]): void {
    if (replies.length === 0) return
    const last = this.#queue.at(-1)
    assert(last === undefined || last.endOffset <= endOffset, 'replies are queued in log order')
    if (endOffset <= this.#committedOffset) {
      for (const reply of replies) this.#options.release(reply)
      return
    }
    const deadlineMs = monotonicMs(this.#options.clock) + this.#options.timeoutMs
    this.#queue.push({ endOffset, deadlineMs, replies })
    if (this.#task === undefined) this.#schedule(deadlineMs)
  }

  advance(committedOffset: number): void {
    if (committedOffset <= this.#committedOffset) return
    this.#committedOffset = committedOffset
    for (const { replies } of this.#takeWhile(({ endOffset }) => endOffset <= committedOffset)) {
      for (const reply of replies) this.#options.release(reply)
    }
  }

  stop(): void {
    this.#task?.cancel()
    this.#task = undefined
    this.#queue.length = 0
  }

  #schedule(deadlineMs: number): void {
    const delayMs = Math.max(deadlineMs - monotonicMs(this.#options.clock), 0)
    this.#task = this.#options.scheduler.schedule(delayMs, () => this.#expire())
  }

  #expire(): void {
    const nowMs = monotonicMs(this.#options.clock)
    this.#task = undefined
    for (const { replies } of this.#takeWhile(({ deadlineMs }) => deadlineMs <= nowMs)) {
      for (const reply of replies) this.#options.expire(reply)
    }
    const next = this.#queue[0]
    if (next !== undefined && this.#task === undefined) this.#schedule(next.deadlineMs)
  }

  #takeWhile(isDone: (waiting: Waiting) => boolean): Waiting[] {
    const end = this.#queue.findIndex((waiting) => !isDone(waiting))
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end)
  }
}
