/**
 * When sessions end. It owns the deadlines of the live sessions, nothing else: the sessions themselves are in the
 * database. Times are of one monotonic clock, handed in.
 */
export class SessionTracker {
  readonly #sessions = new Map<bigint, { timeoutMs: number; deadlineMs: number }>()
  #nextId: bigint

  /** Ids start as ZooKeeper's do (`SessionTrackerImpl.initializeNextSessionId`), so that restarts do not repeat them. */
  constructor(serverId: number, wallClockMs: number) {
    const time = BigInt.asUintN(64, BigInt(Math.trunc(wallClockMs)) << 24n) >> 8n
    this.#nextId = BigInt.asIntN(64, time | (BigInt(serverId) << 56n))
  }

  newSessionId(): bigint {
    while (this.#sessions.has(this.#nextId)) this.#nextId++
    return this.#nextId++
  }

  /** Starts to count for a session: a new one, or after a restart (a full timeout of grace) or a re-attachment. */
  track(sessionId: bigint, timeoutMs: number, nowMs: number): void {
    this.#sessions.set(sessionId, { timeoutMs, deadlineMs: nowMs + timeoutMs })
  }

  /** The session's client was heard. */
  touch(sessionId: bigint, nowMs: number): void {
    const session = this.#sessions.get(sessionId)
    if (session !== undefined) session.deadlineMs = nowMs + session.timeoutMs
  }

  /** When each session ends if nothing is heard of it. */
  *deadlines(): Iterable<readonly [sessionId: bigint, deadlineMs: number]> {
    for (const [sessionId, { deadlineMs }] of this.#sessions) yield [sessionId, deadlineMs]
  }

  forget(sessionId: bigint): void {
    this.#sessions.delete(sessionId)
  }

  /** The server itself stood still for `delayMs`: nobody could have been heard. */
  postpone(delayMs: number): void {
    for (const session of this.#sessions.values()) session.deadlineMs += delayMs
  }

  /** Sessions not heard of for their timeout. They stay tracked until `forget`. */
  expired(nowMs: number): readonly bigint[] {
    const expired: bigint[] = []
    for (const [sessionId, { deadlineMs }] of this.#sessions) {
      if (deadlineMs <= nowMs) expired.push(sessionId)
    }
    return expired
  }
}

/** The timeout a server grants: what was asked for, within its bounds. */
export function negotiatedTimeoutMs(askedMs: number, minMs: number, maxMs: number): number {
  return Math.min(Math.max(askedMs, minMs), maxMs)
}
