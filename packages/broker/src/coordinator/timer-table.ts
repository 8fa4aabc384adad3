import { type Clock, monotonicMs, type ScheduledTask, type Scheduler } from '../ports.js'
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
    // From here on in the time that nobody sets: a clock that is put back or forth ends no session.
    const wallLeadMs = this.#clock.nowMs() - monotonicMs(this.#clock)
    const armedForMs = command.kind === 'arm' ? command.deadlineMs - wallLeadMs : 0
    if (command.kind === 'arm' && entry !== undefined && armedForMs >= entry.taskAtMs) {
      entry.deadlineMs = armedForMs
      entry.timer = command.timer
      entry.isGraced = false
      return
    }
    entry?.task.cancel()
    if (command.kind === 'cancel') {
      this.#entries.delete(key)
    } else {
      const { timer } = command
      const task = this.#schedule(key, armedForMs)
      this.#entries.set(key, { deadlineMs: armedForMs, timer, task, taskAtMs: armedForMs, isGraced: false })
    }
  }

  cancelAll(): void {
    for (const { task } of this.#entries.values()) task.cancel()
    this.#entries.clear()
  }

  #schedule(key: string, atMs: number): ScheduledTask {
    return this.#scheduler.schedule(Math.max(atMs - monotonicMs(this.#clock), 0), () => this.#run(key))
  }

  #run(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    const nowMs = monotonicMs(this.#clock)
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
