import type { Clock, ScheduledTask, Scheduler } from '../ports.js'
import type { TimerCommand } from './decision.js'

interface Entry<Timer> {
  deadlineMs: number
  timer: Timer
  task: ScheduledTask
  /** When the task runs: at the deadline or, after the deadline was moved back, before it. */
  taskAtMs: number
  /** It came late once, and has been given its grace. */
  isGraced: boolean
}

/** A timer this late shows that the process stood still: stopped, swapped out, or on a laptop that slept. */
const LATE_MS = 1_000
/** How long such a timer waits on, so that what clients have sent meanwhile is heard first. */
const GRACE_MS = 1_000

/**
 * The timers of one shard, by key. Sessions are armed anew with every heartbeat, so that moving a deadline back costs
 * no new task: the old one finds that it came too early, and goes on for the rest.
 *
 * The event loop runs timers before it reads sockets. After a standstill all sessions would end although heartbeats are
 * waiting to be read; therefore a timer that comes late is put off once.
 */
export class TimerTable<Timer> {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #onTimer: (timer: Timer) => void
  readonly #entries = new Map<string, Entry<Timer>>()

  constructor(clock: Clock, scheduler: Scheduler, onTimer: (timer: Timer) => void) {
    this.#clock = clock
    this.#scheduler = scheduler
    this.#onTimer = onTimer
  }

  get size(): number {
    return this.#entries.size
  }

  apply(command: TimerCommand<Timer>): void {
    const { key } = command
    const entry = this.#entries.get(key)
    if (command.kind === 'arm' && entry !== undefined && command.deadlineMs >= entry.taskAtMs) {
      entry.deadlineMs = command.deadlineMs
      entry.timer = command.timer
      entry.isGraced = false
      return
    }
    entry?.task.cancel()
    if (command.kind === 'cancel') {
      this.#entries.delete(key)
    } else {
      const { deadlineMs, timer } = command
      const task = this.#schedule(key, deadlineMs)
      this.#entries.set(key, { deadlineMs, timer, task, taskAtMs: deadlineMs, isGraced: false })
    }
  }

  cancelAll(): void {
    for (const { task } of this.#entries.values()) task.cancel()
    this.#entries.clear()
  }

  #schedule(key: string, atMs: number): ScheduledTask {
    return this.#scheduler.schedule(Math.max(atMs - this.#clock.nowMs(), 0), () => this.#run(key))
  }

  #run(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    const nowMs = this.#clock.nowMs()
    if (nowMs - entry.deadlineMs >= LATE_MS && !entry.isGraced) {
      entry.isGraced = true
      entry.deadlineMs = nowMs + GRACE_MS
    }
    if (nowMs < entry.deadlineMs) {
      entry.taskAtMs = entry.deadlineMs
      entry.task = this.#schedule(key, entry.deadlineMs)
      return
    }
    this.#entries.delete(key)
    this.#onTimer(entry.timer)
  }
}
