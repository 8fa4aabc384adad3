/** What a connection asks of the machine; tests hand in their own. */
import { performance } from 'node:perf_hooks'

export interface Timers {
  /** Calls `callback` once after `delayMs`; returns what cancels it. */
  schedule(delayMs: number, callback: () => void): () => void
}

export interface NetPorts {
  /** A clock that never jumps. */
  readonly monotonicMs: () => number
  readonly timers: Timers
}

/** The machine's. A timer does not keep a process alive: the socket that it watches does. */
export const systemNetPorts: NetPorts = {
  monotonicMs: () => performance.now(),
  timers: {
    schedule(delayMs, callback) {
      const timer = setTimeout(callback, delayMs)
      timer.unref()
      return () => clearTimeout(timer)
    },
  },
}
