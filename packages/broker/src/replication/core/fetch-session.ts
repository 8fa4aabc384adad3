/**
 * Incremental fetch sessions (KIP-227, Kafka's FetchSession).
 *
 * A session remembers the partitions that a client reads and what it was last told of each, so that a request names only
 * what changed and a response only what is new. Its epoch counts the requests; one that is out of step is refused and
 * the client starts over. Pure: time and new ids are handed in.
 *
 *   request epoch   session id   meaning
 *   −1              any          full fetch, no session; ends the session if it names one
 *    0              any          full fetch; makes a session if there is room, ends the one it names
 *   >0              known        incremental
 */
import type { ErrorName } from '@millrace/protocol'

export const FINAL_EPOCH = -1
export const INITIAL_EPOCH = 0
export const NO_SESSION = 0

/** A session that was not used for this long gives way to a new one when the cache is full. */
const evictionMs = 120_000

/** One partition of a fetch request. A topic is known by name below version 13, by id from it. */
export interface FetchPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly fetchOffset: number
  readonly maxBytes: number
  readonly currentLeaderEpoch: number
  readonly lastFetchedEpoch: number
  /** Of a follower; −1 from consumers. */
  readonly logStartOffset: number
}

/** What is compared to tell whether a partition has anything new to say. */
export interface FetchedPartition {
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly hasRecords: boolean
  readonly hasDivergingEpoch: boolean
}

interface CachedPartition {
  request: FetchPartition
  highWatermark: number
  lastStableOffset: number
  logStartOffset: number
}

export interface FetchSessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly usesTopicIds: boolean
  readonly isFollower: boolean
  readonly partitions: readonly FetchPartition[]
  readonly forgotten: readonly { readonly topic: string; readonly topicId: string; readonly partition: number }[]
}

/** What one request shall fetch, and which session its response belongs to. */
export interface FetchContext {
  readonly kind: 'sessionless' | 'full' | 'incremental'
  /** To answer with: NO_SESSION when there is none. */
  readonly sessionId: number
  /** In the order in which their bytes count. */
  readonly partitions: readonly FetchPartition[]
  readonly session?: FetchSession
}

export class FetchSession {
  readonly id: number
  readonly usesTopicIds: boolean
  readonly isFollower: boolean
  lastUsedMs: number
  readonly createdMs: number
  #nextEpoch = 1
  /** In fetch order: partitions that gave records go to the end, so that all get their turn. */
  readonly #partitions = new Map<string, CachedPartition>()

  constructor(id: number, usesTopicIds: boolean, isFollower: boolean, nowMs: number) {
    this.id = id
    this.usesTopicIds = usesTopicIds
    this.isFollower = isFollower
    this.createdMs = nowMs
    this.lastUsedMs = nowMs
  }

  get size(): number {
    return this.#partitions.size
  }

  get nextEpoch(): number {
    return this.#nextEpoch
  }

  advanceEpoch(): void {
    this.#nextEpoch = this.#nextEpoch === 2 ** 31 - 1 ? 1 : this.#nextEpoch + 1
  }

  update(request: FetchSessionRequest): void {
    for (const partition of request.partitions) {
      const key = this.#keyOf(partition)
      const cached = this.#partitions.get(key)
      if (cached === undefined) {
        this.#partitions.set(key, { request: partition, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 })
      } else {
        cached.request = partition
      }
    }
    for (const forgotten of request.forgotten) this.#partitions.delete(this.#keyOf(forgotten))
  }

  partitions(): FetchPartition[] {
    return Array.from(this.#partitions.values(), ({ request }) => request)
  }

  /**
   * Takes note of what is about to be answered for a partition. False: nothing new, an incremental response leaves the
   * partition out.
   */
  note(partition: FetchPartition, fetched: FetchedPartition): boolean {
    const key = this.#keyOf(partition)
    const cached = this.#partitions.get(key)
    if (cached === undefined) return true
    const isNew =
      fetched.hasRecords ||
      fetched.hasDivergingEpoch ||
      fetched.errorCode !== 0 ||
      cached.highWatermark !== fetched.highWatermark ||
      cached.lastStableOffset !== fetched.lastStableOffset ||
      cached.logStartOffset !== fetched.logStartOffset
    if (fetched.hasRecords) {
      this.#partitions.delete(key)
      this.#partitions.set(key, cached)
    }
    // An error is told again each time, so that it is not forgotten as the last thing that was said.
    cached.highWatermark = fetched.errorCode === 0 ? fetched.highWatermark : -1
    cached.lastStableOffset = fetched.lastStableOffset
    cached.logStartOffset = fetched.logStartOffset
    return isNew
  }

  #keyOf({ topic, topicId, partition }: { topic: string; topicId: string; partition: number }): string {
    return `${this.usesTopicIds ? topicId : topic}:${partition}`
  }
}

export type FetchContextResult = FetchContext | { readonly error: ErrorName }

export class FetchSessionCache {
  readonly #maxSessions: () => number
  readonly #newId: () => number
  /** Least recently used first. */
  readonly #sessions = new Map<number, FetchSession>()

  /** `newId` gives any positive int32. */
  constructor(maxSessions: () => number, newId: () => number) {
    this.#maxSessions = maxSessions
    this.#newId = newId
  }

  get size(): number {
    return this.#sessions.size
  }

  /** What a request shall fetch. */
  open(request: FetchSessionRequest, nowMs: number): FetchContextResult {
    const { sessionId, sessionEpoch, partitions } = request
    if (sessionEpoch === FINAL_EPOCH || sessionEpoch === INITIAL_EPOCH) {
      if (sessionId !== NO_SESSION) this.#sessions.delete(sessionId)
      if (sessionEpoch === FINAL_EPOCH) return { kind: 'sessionless', sessionId: NO_SESSION, partitions }
      return this.#create(request, nowMs)
    }
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return { error: 'FETCH_SESSION_ID_NOT_FOUND' }
    if (session.nextEpoch !== sessionEpoch) return { error: 'INVALID_FETCH_SESSION_EPOCH' }
    if (session.usesTopicIds !== request.usesTopicIds) return { error: 'FETCH_SESSION_TOPIC_ID_ERROR' }
    session.update(request)
    if (session.size === 0) {
      this.#sessions.delete(sessionId)
      return { kind: 'sessionless', sessionId: NO_SESSION, partitions }
    }
    session.advanceEpoch()
    this.#touch(session, nowMs)
    return { kind: 'incremental', sessionId, partitions: session.partitions(), session }
  }

  #create(request: FetchSessionRequest, nowMs: number): FetchContext {
    const { partitions } = request
    if (partitions.length === 0 || !this.#makeRoom(request, nowMs)) {
      return { kind: 'full', sessionId: NO_SESSION, partitions }
    }
    let id = this.#newId()
    while (id === NO_SESSION || this.#sessions.has(id)) id = this.#newId()
    const session = new FetchSession(id, request.usesTopicIds, request.isFollower, nowMs)
    session.update({ ...request, forgotten: [] })
    this.#sessions.set(id, session)
    return { kind: 'full', sessionId: id, partitions, session }
  }

  #makeRoom(request: FetchSessionRequest, nowMs: number): boolean {
    const maxSessions = this.#maxSessions()
    if (this.#sessions.size < maxSessions) return true
    const evicted = maxSessions > 0 ? this.#evictable(request, nowMs) : undefined
    return evicted !== undefined && this.#sessions.delete(evicted.id)
  }

  /**
   * The least recently used session if it is stale, else the one of least worth if the new one is worth more: a
   * follower's before a consumer's, then the one with more partitions. A young session gives way to followers alone, and
   * a follower's young one to nobody.
   */
  #evictable({ isFollower, partitions }: FetchSessionRequest, nowMs: number): FetchSession | undefined {
    const [oldest] = this.#sessions.values()
    if (oldest === undefined || nowMs - oldest.lastUsedMs > evictionMs) return oldest
    let least: FetchSession | undefined
    for (const session of this.#sessions.values()) {
      const isYoung = nowMs - session.createdMs <= evictionMs
      if (isYoung && (session.isFollower || !isFollower)) continue
      if (isWorthLess(session, least ?? { isFollower, size: partitions.length })) least = session
    }
    return least
  }

  #touch(session: FetchSession, nowMs: number): void {
    session.lastUsedMs = nowMs
    this.#sessions.delete(session.id)
    this.#sessions.set(session.id, session)
  }
}

interface SessionWorth {
  readonly isFollower: boolean
  readonly size: number
}

function isWorthLess(one: SessionWorth, other: SessionWorth): boolean {
  return one.isFollower === other.isFollower ? one.size < other.size : other.isFollower
}
