/** What a connection asks of the machine; tests hand in their own. */

export interface Timers {
  /** Calls `callback` once after `delayMs`, which may be infinite; returns what cancels it. */
  schedule(delayMs: number, callback: () => void): () => void
}

export interface NetPorts {
  /** A clock that never jumps. */
  readonly monotonicMs: () => number
  readonly timers: Timers
}

/** More than this would be none for Node's timers. 24 days are for ever, for a client: `Long.MAX_VALUE` in a Java file is meant so. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The machine's. A timer does not keep a process alive: the socket that it watches does. */
export const systemNetPorts: NetPorts = {
  monotonicMs: () => performance.now(),
  timers: {
    schedule(delayMs, callback) {
      if (delayMs > LONGEST_TIMER_MS) return () => {}
      const timer = setTimeout(callback, delayMs)
      timer.unref()
      return () => clearTimeout(timer)
    },
  },
}
