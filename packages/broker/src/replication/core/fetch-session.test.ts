import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZERO_UUID } from '@millrace/protocol'
import {
  type FetchContext,
  type FetchedPartition,
  type FetchPartition,
  FetchSessionCache,
  type FetchSessionRequest,
  FINAL_EPOCH,
  INITIAL_EPOCH,
  NO_SESSION,
} from './fetch-session.js'

const evictionMs = 120_000

function partition(topic: string, index = 0, options: Partial<FetchPartition> = {}): FetchPartition {
  return {
    topic,
    topicId: ZERO_UUID,
    partition: index,
    fetchOffset: 0,
    maxBytes: 1000,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    ...options,
  }
}

function request(
  sessionId: number,
  sessionEpoch: number,
  options: Partial<FetchSessionRequest> = {},
): FetchSessionRequest {
  return { sessionId, sessionEpoch, usesTopicIds: false, isFollower: false, partitions: [], forgotten: [], ...options }
}

function fetched(options: Partial<FetchedPartition> = {}): FetchedPartition {
  return {
    errorCode: 0,
    highWatermark: 10,
    lastStableOffset: 10,
    logStartOffset: 0,
    hasRecords: false,
    hasDivergingEpoch: false,
    ...options,
  }
}

/** A cache whose session ids are 1, 2, 3 … */
function cacheOf(maxSessions = 10) {
  let id = 0
  return new FetchSessionCache(
    () => maxSessions,
    () => ++id,
  )
}

function opened(cache: FetchSessionCache, asked: FetchSessionRequest, nowMs = 0): FetchContext {
  const context = cache.open(asked, nowMs)
  assert.ok('kind' in context, JSON.stringify(context))
  return context
}

/** Opens a session over these partitions and has the full response told. */
function sessionOver(
  cache: FetchSessionCache,
  partitions: readonly FetchPartition[],
  options: Partial<FetchSessionRequest> = {},
) {
  const context = opened(cache, request(NO_SESSION, INITIAL_EPOCH, { partitions, ...options }))
  for (const each of partitions) context.session?.note(each, fetched())
  return context.sessionId
}

function names({ partitions }: FetchContext): string[] {
  return partitions.map(({ topic, partition: index }) => `${topic}-${index}`)
}

test('epoch 0 without a session makes one, and fetches what is asked', () => {
  const cache = cacheOf()
  const context = opened(cache, request(NO_SESSION, INITIAL_EPOCH, { partitions: [partition('a'), partition('b')] }))
  assert.deepEqual([context.kind, context.sessionId, names(context)], ['full', 1, ['a-0', 'b-0']])
  assert.equal(cache.size, 1)
})

test('epoch 0 with a session ends that one and makes another', () => {
  const cache = cacheOf()
  const first = sessionOver(cache, [partition('a')])
  const context = opened(cache, request(first, INITIAL_EPOCH, { partitions: [partition('b')] }))
  assert.deepEqual([context.kind, context.sessionId, cache.size], ['full', 2, 1])
  assert.deepEqual(cache.open(request(first, 1), 0), { error: 'FETCH_SESSION_ID_NOT_FOUND' })
})

test('epoch −1 fetches what is asked without a session, and ends the one that it names', () => {
  const cache = cacheOf()
  const id = sessionOver(cache, [partition('a')])
  const context = opened(cache, request(id, FINAL_EPOCH, { partitions: [partition('b')] }))
  assert.deepEqual([context.kind, context.sessionId, names(context), cache.size], ['sessionless', 0, ['b-0'], 0])
  const without = opened(cache, request(NO_SESSION, FINAL_EPOCH, { partitions: [partition('c')] }))
  assert.deepEqual([without.kind, names(without), cache.size], ['sessionless', ['c-0'], 0])
})

test('an incremental request fetches all partitions of the session, with the offsets last given', () => {
  const cache = cacheOf()
  const id = sessionOver(cache, [partition('a'), partition('b')])
  const moved = partition('b', 0, { fetchOffset: 7, maxBytes: 5 })
  const context = opened(cache, request(id, 1, { partitions: [moved, partition('c')] }))
  assert.equal(context.kind, 'incremental')
  assert.deepEqual(names(context), ['a-0', 'b-0', 'c-0'])
  assert.deepEqual(context.partitions[1], moved)
  assert.deepEqual(opened(cache, request(id, 2)).partitions[1], moved)
})

test('a forgotten partition is fetched no more', () => {
  const cache = cacheOf()
  const id = sessionOver(cache, [partition('a'), partition('a', 1)])
  const forgotten = [{ topic: 'a', topicId: ZERO_UUID, partition: 0 }]
  assert.deepEqual(names(opened(cache, request(id, 1, { forgotten }))), ['a-1'])
})

test('a session without partitions ends', () => {
  const cache = cacheOf()
  const id = sessionOver(cache, [partition('a')])
  const forgotten = [{ topic: 'a', topicId: ZERO_UUID, partition: 0 }]
  const context = opened(cache, request(id, 1, { forgotten }))
  assert.deepEqual([context.kind, context.sessionId, names(context), cache.size], ['sessionless', 0, [], 0])
  assert.deepEqual(cache.open(request(id, 2), 0), { error: 'FETCH_SESSION_ID_NOT_FOUND' })
})

test('a session whose id is unknown is told so (error 70)', () => {
  assert.deepEqual(cacheOf().open(request(42, 1), 0), { error: 'FETCH_SESSION_ID_NOT_FOUND' })
  assert.deepEqual(cacheOf().open(request(NO_SESSION, 1), 0), { error: 'FETCH_SESSION_ID_NOT_FOUND' })
})

test('an epoch that is out of step is refused and changes nothing (error 71)', () => {
  const cache = cacheOf()
  const id = sessionOver(cache, [partition('a')])
  for (const epoch of [2, 5, -2]) {
    const ahead = request(id, epoch, { partitions: [partition('b')] })
    assert.deepEqual(cache.open(ahead, 0), { error: 'INVALID_FETCH_SESSION_EPOCH' })
  }
  assert.deepEqual(names(opened(cache, request(id, 1))), ['a-0'])
  assert.deepEqual(cache.open(request(id, 1), 0), { error: 'INVALID_FETCH_SESSION_EPOCH' }, 'sent twice')
})

test('after the largest epoch comes 1', () => {
  const cache = cacheOf()
  const { session } = opened(cache, request(NO_SESSION, INITIAL_EPOCH, { partitions: [partition('a')] }))
  assert.equal(session?.nextEpoch, 1)
  session?.advanceEpoch()
  assert.equal(session?.nextEpoch, 2)
})

for (const usesTopicIds of [true, false]) {
  test(`a session ${usesTopicIds ? 'with' : 'without'} topic ids refuses a request of the other kind (error 106)`, () => {
    const cache = cacheOf()
    const id = sessionOver(cache, [partition('a')], { usesTopicIds })
    const other = request(id, 1, { usesTopicIds: !usesTopicIds })
    assert.deepEqual(cache.open(other, 0), { error: 'FETCH_SESSION_TOPIC_ID_ERROR' })
    assert.equal(opened(cache, request(id, 1, { usesTopicIds })).kind, 'incremental')
  })
}

test('with topic ids, a topic of the same id is the same whatever its name', () => {
  const cache = cacheOf()
  const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
  const id = sessionOver(cache, [partition('', 0, { topicId })], { usesTopicIds: true })
  const renamed = partition('known', 0, { topicId, fetchOffset: 3 })
  const context = opened(cache, request(id, 1, { usesTopicIds: true, partitions: [renamed] }))
  assert.deepEqual(context.partitions, [renamed])
})

test('a full request without partitions makes no session', () => {
  const cache = cacheOf()
  assert.equal(opened(cache, request(NO_SESSION, INITIAL_EPOCH)).sessionId, NO_SESSION)
  assert.equal(cache.size, 0)
})

test('a new session gets an id that is neither 0 nor taken', () => {
  const ids = [0, 5, 0, 5, 6]
  const cache = new FetchSessionCache(
    () => 10,
    () => ids.shift() ?? 0,
  )
  assert.equal(sessionOver(cache, [partition('a')]), 5)
  assert.equal(sessionOver(cache, [partition('a')]), 6)
})

const news: readonly { what: string; now: Partial<FetchedPartition>; isTold: boolean }[] = [
  { what: 'nothing changed', now: {}, isTold: false },
  { what: 'records', now: { hasRecords: true }, isTold: true },
  { what: 'a new high watermark', now: { highWatermark: 11 }, isTold: true },
  { what: 'a new last stable offset', now: { lastStableOffset: 9 }, isTold: true },
  { what: 'a new log start', now: { logStartOffset: 1 }, isTold: true },
  {
    what: 'an error',
    now: { errorCode: 6, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 },
    isTold: true,
  },
  { what: 'a diverging epoch', now: { hasDivergingEpoch: true }, isTold: true },
]

for (const { what, now, isTold } of news) {
  test(`an incremental response ${isTold ? 'tells' : 'leaves out'} a partition with ${what}`, () => {
    const cache = cacheOf()
    const id = sessionOver(cache, [partition('a')])
    const { session } = opened(cache, request(id, 1))
    assert.equal(session?.note(partition('a'), fetched(now)), isTold)
  })
}

test('an error is told each time, and its end too', () => {
  const cache = cacheOf()
  const id = sessionOver(cache, [partition('a')])
  const { session } = opened(cache, request(id, 1))
  const failed = fetched({ errorCode: 6 })
  assert.equal(session?.note(partition('a'), failed), true)
  assert.equal(session?.note(partition('a'), failed), true)
  assert.equal(session?.note(partition('a'), fetched()), true)
  assert.equal(session?.note(partition('a'), fetched()), false)
})

test('a partition that gave records goes to the end of the order (pitfall 27)', () => {
  const cache = cacheOf()
  const id = sessionOver(cache, [partition('a'), partition('b'), partition('c')])
  const { session } = opened(cache, request(id, 1))
  session?.note(partition('a'), fetched({ hasRecords: true }))
  session?.note(partition('b'), fetched())
  session?.note(partition('c'), fetched())
  assert.deepEqual(names(opened(cache, request(id, 2))), ['b-0', 'c-0', 'a-0'])
})

test('a partition that was forgotten while it was fetched is told, and not remembered', () => {
  const cache = cacheOf()
  const id = sessionOver(cache, [partition('a'), partition('b')])
  const { session } = opened(cache, request(id, 1))
  opened(cache, request(id, 2, { forgotten: [{ topic: 'a', topicId: ZERO_UUID, partition: 0 }] }))
  assert.equal(session?.note(partition('a'), fetched()), true)
  assert.deepEqual(names(opened(cache, request(id, 3))), ['b-0'])
})

test('with no slots there are no sessions', () => {
  const context = opened(cacheOf(0), request(NO_SESSION, INITIAL_EPOCH, { partitions: [partition('a')] }))
  assert.deepEqual([context.kind, context.sessionId, names(context)], ['full', NO_SESSION, ['a-0']])
})

/** A full cache of two, and one more: which of them, if any, gives way. Sizes are numbers of partitions. */
const evictions: readonly {
  what: string
  first: { isFollower?: boolean; size: number; usedMs?: number }
  second: { isFollower?: boolean; size: number; usedMs?: number }
  next: { isFollower?: boolean; size: number; atMs: number }
  gone: 'first' | 'second' | 'nobody'
}[] = [
  { what: 'young sessions stay', first: { size: 1 }, second: { size: 1 }, next: { size: 9, atMs: 1 }, gone: 'nobody' },
  {
    what: 'the least recently used one goes once it is stale',
    first: { size: 9, usedMs: evictionMs },
    second: { size: 9 },
    next: { size: 1, atMs: evictionMs + 1 },
    gone: 'second',
  },
  {
    what: "a follower's goes too once it is stale",
    first: { isFollower: true, size: 9 },
    second: { size: 1, usedMs: 10 },
    next: { size: 1, atMs: evictionMs + 1 },
    gone: 'first',
  },
  {
    what: "a follower takes a young consumer's place, of those the smaller one's",
    first: { size: 3 },
    second: { size: 2 },
    next: { isFollower: true, size: 1, atMs: 1 },
    gone: 'second',
  },
  {
    what: "a young follower's session gives way to nobody",
    first: { isFollower: true, size: 1 },
    second: { isFollower: true, size: 1 },
    next: { isFollower: true, size: 9, atMs: 1 },
    gone: 'nobody',
  },
  {
    what: 'an old session in use gives way to a larger one',
    first: { size: 5, usedMs: evictionMs },
    second: { size: 2, usedMs: evictionMs },
    next: { size: 3, atMs: evictionMs + 1 },
    gone: 'second',
  },
  {
    what: 'an old session in use does not give way to one of its size',
    first: { size: 3, usedMs: evictionMs },
    second: { size: 3, usedMs: evictionMs },
    next: { size: 3, atMs: evictionMs + 1 },
    gone: 'nobody',
  },
  {
    what: "an old follower's session in use gives way to no consumer",
    first: { isFollower: true, size: 1, usedMs: evictionMs },
    second: { isFollower: true, size: 1, usedMs: evictionMs },
    next: { size: 9, atMs: evictionMs + 1 },
    gone: 'nobody',
  },
  {
    what: "an old follower's session in use gives way to a larger one of a follower",
    first: { isFollower: true, size: 2, usedMs: evictionMs },
    second: { isFollower: true, size: 1, usedMs: evictionMs },
    next: { isFollower: true, size: 3, atMs: evictionMs + 1 },
    gone: 'second',
  },
]

for (const { what, first, second, next, gone } of evictions) {
  test(`full cache: ${what}`, () => {
    const cache = cacheOf(2)
    const sized = (size: number) => Array.from({ length: size }, (_, index) => partition('a', index))
    const make = ({ isFollower = false, size }: { isFollower?: boolean; size: number }, nowMs: number) =>
      opened(cache, request(NO_SESSION, INITIAL_EPOCH, { isFollower, partitions: sized(size) }), nowMs).sessionId
    const ids = { first: make(first, 0), second: make(second, 0) }
    const uses = (['first', 'second'] as const).map((name) => ({ name, usedMs: { first, second }[name].usedMs }))
    const used = new Map<string, boolean>()
    for (const { name, usedMs } of uses) {
      if (usedMs === undefined) continue
      opened(cache, request(ids[name], 1), usedMs)
      used.set(name, true)
    }
    const created = make(next, next.atMs)
    assert.equal(created !== NO_SESSION, gone !== 'nobody')
    assert.equal(cache.size, 2)
    for (const name of ['first', 'second'] as const) {
      const found = cache.open(request(ids[name], used.has(name) ? 2 : 1), next.atMs)
      assert.equal('error' in found, gone === name, name)
    }
  })
}
