import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CommitWatermark } from './commit-watermark.js'
import { FetchBudget } from './fetch-budget.js'
import { FetchSession, type WantedPartition } from './fetch-session.js'
import { parseOffsetReset, resetTimestamp } from './offset-reset.js'
import { PartitionState } from './partition-state.js'
import { SubscriptionState } from './subscription-state.js'
import { WorkLanes } from './work-lanes.js'

const want = (partition: number, fetchOffset = 0, topicId = 'id'): [string, WantedPartition] => [
  `topic-${partition}`,
  {
    topic: 'topic',
    topicId,
    partition,
    fetchOffset,
    currentLeaderEpoch: 0,
    logStartOffset: -1,
    partitionMaxBytes: 100,
  },
]
const indexes = (list: readonly { readonly partition: number }[]) => list.map(({ partition }) => partition)

test('fetch session: all, then what has changed, then forgotten ones', () => {
  const session = new FetchSession()
  const first = session.next(new Map([want(0), want(1)]))
  assert.deepEqual([first.sessionId, first.sessionEpoch, indexes(first.toSend)], [0, 0, [0, 1]])
  session.answered(5)
  const second = session.next(new Map([want(0, 10), want(1)]))
  assert.deepEqual(
    [second.sessionId, second.sessionEpoch, indexes(second.toSend), indexes(second.toForget)],
    [5, 1, [0], []],
  )
  session.answered(5)
  const third = session.next(new Map([want(1), want(2)]))
  assert.deepEqual([third.sessionEpoch, indexes(third.toSend), indexes(third.toForget)], [2, [2], [0]])
})

test('fetch session: a topic that was created anew is forgotten and sent', () => {
  const session = new FetchSession()
  session.next(new Map([want(0)]))
  session.answered(5)
  const next = session.next(new Map([want(0, 0, 'other')]))
  assert.deepEqual([indexes(next.toSend), next.toSend[0]?.topicId, next.toForget[0]?.topicId], [[0], 'other', 'id'])
})

test('fetch session: begun anew after an error, and without end where the broker has no room', () => {
  const session = new FetchSession()
  session.next(new Map([want(0)]))
  session.answered(5)
  session.failed(false)
  const again = session.next(new Map([want(0)]))
  assert.deepEqual([again.sessionId, again.sessionEpoch, indexes(again.toSend)], [5, 0, [0]])
  session.failed(true)
  assert.equal(session.next(new Map([want(0)])).sessionId, 0)
  session.answered(0)
  const full = session.next(new Map([want(0)]))
  assert.deepEqual([full.sessionId, full.sessionEpoch, indexes(full.toSend)], [0, 0, [0]])
})

test('fetch budget: never more than the limit under way, and never nothing when there is nothing', () => {
  const budget = new FetchBudget(1000)
  assert.equal(budget.reserve(400), 400)
  assert.equal(budget.reserve(700), 600)
  assert.equal(budget.reserve(700), 0)
  budget.unreserve(400)
  budget.unreserve(600)
  const memory = budget.hold(3000, 2)
  assert.equal(budget.bufferedBytes, 3000)
  assert.equal(budget.reserve(10), 0)
  memory.release()
  assert.equal(budget.bufferedBytes, 3000)
  memory.release()
  assert.equal(budget.bufferedBytes, 0)
  assert.equal(new FetchBudget(1).reserve(5000), 1)
})

test('fetch budget: an answer counts while a record of it is kept, what a batch was decompressed to only then', () => {
  const budget = new FetchBudget(1000)
  const answer = budget.hold(300, 1)
  const batch = answer.beside(500)
  assert.equal(budget.bufferedBytes, 300)
  answer.keep()
  batch.keep()
  batch.keep()
  assert.deepEqual([budget.bufferedBytes, budget.isKept], [800, true])
  answer.release()
  batch.letGo()
  assert.equal(budget.bufferedBytes, 800)
  answer.letGo()
  assert.deepEqual([budget.bufferedBytes, budget.isKept], [500, true])
  batch.letGo()
  assert.deepEqual([budget.bufferedBytes, budget.isKept, budget.isIdle], [0, false, true])
})

test('commit watermark: the offset below which all is finished, in whatever order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(Array.from({ length: 30 }, (_, index) => index)), (order) => {
      const watermark = new CommitWatermark(0)
      const entries = Array.from({ length: 30 }, (_, index) => watermark.begin(index + 1, 0))
      const finished = new Set<number>()
      for (const index of order) {
        watermark.finish(entries[index] as (typeof entries)[number])
        finished.add(index)
        let expected = 0
        while (finished.has(expected)) expected++
        assert.equal(watermark.offset, expected)
      }
      assert.equal(watermark.pending, 30 - watermark.offset)
    }),
  )
})

test('commit watermark: part of an entry counts when all before it is finished', () => {
  const watermark = new CommitWatermark(0)
  const first = watermark.begin(10, 0)
  const second = watermark.begin(20, 1)
  assert.equal(watermark.advance(second, 15, 1), false)
  assert.equal(watermark.advance(first, 4, 0), true)
  assert.equal(watermark.offset, 4)
  watermark.finish(first)
  assert.equal(watermark.advance(second, 15, 1), true)
  assert.deepEqual([watermark.offset, watermark.leaderEpoch], [15, 1])
})

test('work lanes: one at a time in a lane, in order, never more than allowed', () => {
  const lanes = new WorkLanes<string>(2)
  for (const [lane, work] of ['a1', 'a2', 'b1', 'c1'].map((work) => [work[0] as string, work] as const)) {
    lanes.add(lane, work)
  }
  assert.equal(lanes.next()?.work, 'a1')
  assert.equal(lanes.next()?.work, 'b1')
  assert.equal(lanes.next(), undefined)
  lanes.end('b')
  assert.equal(lanes.next()?.work, 'c1')
  lanes.end('a')
  assert.equal(lanes.next()?.work, 'a2')
  lanes.end('c')
  assert.equal(lanes.next(), undefined)
  lanes.end('a')
  assert.equal(lanes.running, 0)
})

test('auto.offset.reset: names and durations', () => {
  assert.deepEqual(parseOffsetReset('earliest'), { kind: 'earliest' })
  assert.deepEqual(parseOffsetReset('by_duration:PT1H30M'), { kind: 'by-duration', durationMs: 5_400_000 })
  assert.deepEqual(parseOffsetReset('by_duration:P1DT0.5S'), { kind: 'by-duration', durationMs: 86_400_500 })
  for (const wrong of ['', 'first', 'by_duration', 'by_duration:', 'by_duration:P', 'by_duration:-PT1H', 'latest:1']) {
    assert.equal(parseOffsetReset(wrong), undefined, wrong)
  }
  assert.equal(resetTimestamp({ kind: 'by-duration', durationMs: 10 }, 100), 90)
  assert.equal(resetTimestamp({ kind: 'none' }, 0), undefined)
})

test('partition state: a jump drops what was buffered, and what was finished before it', () => {
  const state = new PartitionState('topic', 1)
  state.seek(5)
  state.moveTo(8, 2)
  state.finishAll()
  assert.deepEqual([state.position, state.committable, state.committableEpoch], [8, 8, 2])
  state.bufferedBytes = 100
  const { epoch } = state
  state.seek(3)
  assert.deepEqual([state.epoch, state.bufferedBytes, state.committable, state.fetchOffset], [epoch + 1, 0, 3, 3])
})

test('partition state: a later leader epoch asks for validation, once', () => {
  const state = new PartitionState('topic', 1)
  state.seek(5, 2)
  assert.equal(state.noticeLeaderEpoch(2), false)
  assert.equal(state.noticeLeaderEpoch(-1), false)
  assert.equal(state.noticeLeaderEpoch(3), true)
  assert.equal(state.phase, 'needs-validation')
  state.validated(3)
  assert.equal(state.noticeLeaderEpoch(3), false)
  assert.equal(state.phase, 'fetching')
  const unknown = new PartitionState('topic', 2)
  unknown.seek(5)
  assert.equal(unknown.noticeLeaderEpoch(3), false)
})

test('subscription: a pattern follows topics, and skips internal ones', () => {
  const subscriptions = new SubscriptionState()
  subscriptions.subscribePattern(/^a/g)
  const topic = (name: string, isInternal = false, errorCode = 0) => ({ name, isInternal, errorCode })
  assert.equal(subscriptions.matchTopics([topic('a'), topic('ab'), topic('b'), topic('a_internal', true)], true), true)
  assert.deepEqual([...subscriptions.topics], ['a', 'ab'])
  assert.equal(subscriptions.matchTopics([topic('ab'), topic('a')], true), false)
  // One that has no leader for a moment stays; one that was not there does not come with an error.
  assert.equal(subscriptions.matchTopics([topic('ab', false, 5), topic('a'), topic('ax', false, 5)], true), false)
  assert.equal(subscriptions.matchTopics([topic('a')], true), true)
})

test('subscription: subscribe and assign exclude each other; partitions that stay keep their state', () => {
  const subscriptions = new SubscriptionState()
  subscriptions.assignByUser([{ topic: 'a', partition: 0 }])
  const state = subscriptions.get({ topic: 'a', partition: 0 })
  assert.throws(() => subscriptions.subscribe(['a']), { code: 'ILLEGAL_STATE' })
  subscriptions.assignByUser([
    { topic: 'a', partition: 0 },
    { topic: 'a', partition: 1 },
  ])
  assert.equal(subscriptions.get({ topic: 'a', partition: 0 }), state)
  subscriptions.unsubscribe()
  subscriptions.subscribe(['a'])
  assert.throws(() => subscriptions.assignByUser([]), { code: 'ILLEGAL_STATE' })
  assert.throws(() => subscriptions.get({ topic: 'a', partition: 0 }), { code: 'ILLEGAL_STATE' })
})
