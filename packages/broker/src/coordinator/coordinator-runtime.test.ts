/** The runtime on a log whose appends and commits a test holds back, refuses or fails. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildBatch, buildEndTransactionMarker, ProtocolError } from '@millrace/protocol'
import { follow, letterRuntime } from '../testing/letter-shard.js'
import { settle } from '../testing/manual-time.js'

/** A runtime whose partition 0 is loaded. */
async function activeRuntime() {
  const all = letterRuntime()
  all.runtime.elect(0, 1)
  await settle()
  const put = (letter: string, value: string | null = 'x') =>
    follow(all.runtime.write(0, (shard) => shard.put(letter, value)))
  const get = (letter: string) => follow(all.runtime.read(0, (shard) => shard.values.get(letter)))
  return { ...all, put, get }
}

const lettersOf = (batch: readonly string[], options = {}) =>
  buildBatch(
    batch.map((letter) => ({ key: Buffer.from(letter), value: Buffer.from('x') })),
    options,
  )

// Writing and reading.

test('write: the answer comes when the records are committed, in order', async () => {
  const { log, put } = await activeRuntime()
  log.commitsAtOnce = false
  const [first, second] = [put('a'), put('b')]
  await settle()
  assert.deepEqual([first.state, second.state], ['pending', 'pending'])
  assert.equal(log.logEndOffset(), 2)
  log.commit(1)
  await settle()
  assert.deepEqual([first.state, second.state], ['a=x', 'pending'])
  log.commit(2)
  await settle()
  assert.equal(second.state, 'b=x')
})

test('write: the live state has the records at once, a reader learns of them after the commit', async () => {
  const { log, put, get, shards } = await activeRuntime()
  log.commitsAtOnce = false
  put('a')
  assert.equal(shards[0]?.values.get('a'), 'x')
  const read = get('a')
  await settle()
  assert.equal(read.state, 'pending')
  log.commit()
  await settle()
  assert.equal(read.state, 'x')
})

test('write: a reply that tells of nothing written does not wait for what is', async () => {
  const { runtime, log, put } = await activeRuntime()
  log.holdsAppends = true
  const written = put('a')
  const atOnce = follow(runtime.write(0, () => ({ records: [], reply: 'alive', repliesAtOnce: true })))
  await settle()
  assert.deepEqual([written.state, atOnce.state], ['pending', 'alive'])
})

test('write: a high watermark that is ahead of the append says nothing about it', async () => {
  const { log, put } = await activeRuntime()
  log.holdsAppends = true
  const answer = put('a')
  log.commit(10)
  await settle()
  assert.equal(answer.state, 'pending')
  log.pending.shift()?.complete()
  await settle()
  assert.equal(answer.state, 'a=x')
})

test('read: with nothing pending it is answered at once', async () => {
  const { put, get } = await activeRuntime()
  put('a')
  await settle()
  const read = get('a')
  await Promise.resolve()
  assert.equal(read.state, 'x')
})

test('write: what is decided during an append is gathered into the next batch', async () => {
  const { log, put } = await activeRuntime()
  log.holdsAppends = true
  const answers = ['a', 'b', 'c', 'd'].map((letter) => put(letter))
  await settle()
  assert.equal(log.pending.length, 1, 'one append is in flight at a time')
  log.pending.shift()?.complete()
  await settle()
  log.pending.shift()?.complete()
  await settle()
  assert.deepEqual(log.recordCounts(), [1, 3])
  assert.deepEqual(
    answers.map(({ state }) => state),
    ['a=x', 'b=x', 'c=x', 'd=x'],
  )
})

test('write: gathered decisions are split where a batch is full, never within an atomic one', async () => {
  const { log, runtime } = await activeRuntime()
  log.maxBytes = 300
  log.holdsAppends = true
  const value = 'v'.repeat(30)
  const atomic = (...letters: string[]) =>
    runtime.write(0, () => ({ records: letters.map((letter) => ({ letter, value })), reply: letters.length }))
  const answers = [atomic('a'), atomic('b', 'c'), atomic('d', 'e', 'f')]
  log.holdsAppends = false
  await settle()
  log.pending.shift()?.complete()
  assert.deepEqual(await Promise.all(answers), [1, 2, 3])
  assert.deepEqual(log.recordCounts(), [1, 2, 3])
})

test('write: records that need not be atomic may take several batches', async () => {
  const { log, runtime } = await activeRuntime()
  log.maxBytes = 200
  const records = Array.from({ length: 10 }, (_, index) => ({ letter: `${index}`, value: 'v'.repeat(40) }))
  assert.equal(await runtime.write(0, () => ({ records, reply: 'done', atomic: false })), 'done')
  assert.equal(log.logEndOffset(), 10)
  assert.ok(log.batches.length > 1)
})

test('write: a parked request is answered by a later decision, when that is committed', async () => {
  const { log, runtime } = await activeRuntime()
  const parked = follow(
    runtime.write<string>(0, (shard, { token }) => {
      shard.parked.push(token)
      return { records: [] }
    }),
  )
  await settle()
  assert.equal(parked.state, 'pending')
  log.commitsAtOnce = false
  const own = follow(
    runtime.write(0, (shard) => ({
      ...shard.put('a', 'x'),
      replies: shard.parked.splice(0).map((to) => ({ to, value: 'at last' })),
    })),
  )
  await settle()
  assert.deepEqual([parked.state, own.state], ['pending', 'pending'])
  log.commit()
  await settle()
  assert.deepEqual([parked.state, own.state], ['at last', 'a=x'])
})

test('write: a handler that throws fails its request only', async () => {
  const { runtime, put, logger } = await activeRuntime()
  const failed = follow(
    runtime.write<string>(0, () => {
      throw new Error('a defect')
    }),
  )
  const next = put('a')
  await settle()
  assert.deepEqual([failed.state, next.state], ['UNKNOWN_SERVER_ERROR', 'a=x'])
  assert.ok(logger.lines.includes('error letters-0: a handler failed'))
})

test('write: without a commit in time the answer is COORDINATOR_NOT_AVAILABLE, and the state stays', async () => {
  const { log, put, get, time } = await activeRuntime()
  log.commitsAtOnce = false
  const first = put('a')
  await time.advance(3_000)
  const second = put('b')
  await time.advance(1_999)
  assert.equal(first.state, 'pending')
  await time.advance(1)
  assert.deepEqual([first.state, second.state], ['COORDINATOR_NOT_AVAILABLE', 'pending'])
  log.commit()
  const read = get('a')
  await settle()
  assert.deepEqual([second.state, read.state], ['b=x', 'x'])
})

test('write: notes go to the operator', async () => {
  const { runtime, logger } = await activeRuntime()
  await runtime.write(0, () => ({ records: [], reply: 1, notes: ['something happened'] }))
  assert.ok(logger.lines.includes('info letters-0: something happened'))
})

// Refusals, which change nothing.

const REFUSALS = [
  ['NOT_ENOUGH_REPLICAS', 'COORDINATOR_NOT_AVAILABLE', 15],
  ['NOT_LEADER_OR_FOLLOWER', 'NOT_COORDINATOR', 16],
  ['KAFKA_STORAGE_ERROR', 'NOT_COORDINATOR', 16],
  ['MESSAGE_TOO_LARGE', 'UNKNOWN_SERVER_ERROR', -1],
] as const

for (const [refusal, expected, code] of REFUSALS) {
  test(`refused append: ${refusal} becomes ${expected}, without a reload`, async () => {
    const { log, put, get, shards } = await activeRuntime()
    log.refusal = refusal
    const refused = put('a')
    await settle()
    assert.equal(refused.state, expected)
    assert.deepEqual(shards[0]?.replayed, [`rejected a with ${code}`])
    log.refusal = 'NONE'
    const [retried, read] = [put('a'), get('a')]
    await settle()
    assert.deepEqual([retried.state, read.state, shards.length], ['a=x', 'x', 1])
  })
}

test('refused append: records over the batch limit become UNKNOWN_SERVER_ERROR; parked requests are the shard’s', async () => {
  const { log, runtime, put, shards } = await activeRuntime()
  log.maxBytes = 200
  const parked = follow(
    runtime.write<string>(0, (shard, { token }) => {
      shard.parked.push(token)
      return { records: [] }
    }),
  )
  const refused = put('a', 'v'.repeat(200))
  await settle()
  assert.deepEqual([refused.state, parked.state], ['UNKNOWN_SERVER_ERROR', 'rejected -1'])
  assert.deepEqual([shards.length, log.batches.length], [1, 0])
})

// Failures, after which the log is the truth.

test('failed append: the shard is loaded again, and all who wait get NOT_COORDINATOR', async () => {
  const { log, runtime, put, get, shards, logger } = await activeRuntime()
  put('before')
  await settle()
  log.holdsAppends = true
  const parked = follow(runtime.write<string>(0, () => ({ records: [] })))
  const [first, second, read] = [put('a'), put('b'), get('a')]
  await settle()
  log.holdsAppends = false
  log.pending.shift()?.fail(new Error('the disk is gone'))
  await settle()
  for (const each of [parked, first, second, read]) assert.equal(each.state, 'NOT_COORDINATOR')
  assert.equal(shards.length, 2)
  assert.deepEqual([...(shards[1]?.values.keys() ?? [])], ['before'])
  const [again, after] = [put('a'), get('before')]
  await settle()
  assert.deepEqual([again.state, after.state], ['a=x', 'x'])
  assert.ok(logger.lines.includes('error letters-0: write failed, loading again'))
})

test('failed append: a broker that no longer leads waits for its next election', async () => {
  const { log, runtime, put, shards } = await activeRuntime()
  log.nextError = new ProtocolError('NOT_LEADER_OR_FOLLOWER')
  const failed = put('a')
  await settle()
  const after = put('b')
  await settle()
  assert.deepEqual([failed.state, after.state, shards.length], ['NOT_COORDINATOR', 'NOT_COORDINATOR', 1])
  runtime.elect(0, 2)
  await settle()
  const elected = put('c')
  await settle()
  assert.equal(elected.state, 'c=x')
})

test('failed append: an offset other than foretold means another writer, and the log is read again', async () => {
  const { log, put, shards } = await activeRuntime()
  log.skipOffsets = 5
  const lost = put('a')
  await settle()
  log.skipOffsets = 0
  assert.equal(lost.state, 'NOT_COORDINATOR')
  assert.deepEqual(shards[1]?.replayed, ['5 a=x'])
})

test('failed replay: the live state is worth nothing, the shard is loaded again', async () => {
  const { put, shards } = await activeRuntime()
  const poisoned = put('poison')
  await settle()
  const next = put('a')
  await settle()
  assert.deepEqual([poisoned.state, next.state, shards.length], ['NOT_COORDINATOR', 'a=x', 2])
})

test('an append in flight when the shard ends: the next one reads the log after it', async () => {
  const { log, runtime, put, shards } = await activeRuntime()
  log.holdsAppends = true
  const waiting = put('a')
  await settle()
  runtime.resign(0)
  runtime.elect(0, 2)
  await settle()
  const early = put('b')
  await settle()
  assert.deepEqual([waiting.state, early.state], ['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'])
  log.holdsAppends = false
  log.pending.shift()?.complete()
  await settle()
  assert.deepEqual(shards[1]?.replayed, ['0 a=x'])
})

// Elections.

test('a partition that is not led here: NOT_COORDINATOR', async () => {
  const { runtime } = await activeRuntime()
  const [write, read] = [
    follow(runtime.write(1, (shard) => shard.put('a', 'x'))),
    follow(runtime.read(1, (shard) => shard.values.size)),
  ]
  await settle()
  assert.deepEqual([write.state, read.state], ['NOT_COORDINATOR', 'NOT_COORDINATOR'])
})

test('resignation: who waits gets NOT_COORDINATOR, timers and listeners go', async () => {
  const { log, runtime, put, time } = await activeRuntime()
  log.commitsAtOnce = false
  const waiting = put('a')
  runtime.resign(0, 2)
  await settle()
  const after = put('b')
  await settle()
  assert.deepEqual([waiting.state, after.state], ['NOT_COORDINATOR', 'NOT_COORDINATOR'])
  assert.deepEqual([time.taskCount, log.listenerCount], [0, 0])
})

test('resignation: of an older epoch it is ignored', async () => {
  const { runtime, put } = await activeRuntime()
  runtime.elect(0, 5)
  runtime.resign(0, 5)
  const answer = put('a')
  await settle()
  assert.equal(answer.state, 'a=x')
})

test('election: a new epoch of a partition that is here changes nothing', async () => {
  const { runtime, shards, put } = await activeRuntime()
  runtime.elect(0, 2)
  const answer = put('a')
  await settle()
  assert.deepEqual([shards.length, answer.state], [1, 'a=x'])
})

test('election: while the log is read, requests get COORDINATOR_LOAD_IN_PROGRESS', async () => {
  const { log, runtime, shards } = letterRuntime()
  log.write(lettersOf(['a']))
  let goOn = (): void => undefined
  log.beforeRead = () =>
    new Promise((resolve) => {
      goOn = resolve
    })
  runtime.elect(0, 1)
  await settle()
  const early = follow(runtime.read(0, (shard) => shard.values.get('a')))
  await settle()
  assert.equal(early.state, 'COORDINATOR_LOAD_IN_PROGRESS')
  goOn()
  await settle()
  assert.equal(shards[0]?.isLoaded, true)
})

test('resignation during the load: the shard never becomes active', async () => {
  const { log, runtime, shards, time } = letterRuntime()
  log.write(lettersOf(['a']))
  let goOn = (): void => undefined
  log.beforeRead = () =>
    new Promise((resolve) => {
      goOn = resolve
    })
  runtime.elect(0, 1)
  await settle()
  runtime.resign(0)
  goOn()
  await settle()
  assert.deepEqual([shards[0]?.isLoaded, log.listenerCount, time.taskCount], [false, 0, 0])
})

test('close: all partitions are given up, and nothing more is elected', async () => {
  const { runtime, put } = await activeRuntime()
  runtime.elect(1, 1)
  await settle()
  await runtime.close()
  runtime.elect(0, 9)
  const after = put('a')
  await settle()
  assert.equal(after.state, 'NOT_COORDINATOR')
  assert.deepEqual(runtime.partitions(), [])
})

// Loading.

test('load: the last value of a key wins, tombstones remove, unknown records are passed over', async () => {
  const { log, runtime, shards } = letterRuntime()
  log.write(lettersOf(['a', 'b', 'unknown-type']))
  log.write(buildBatch([{ key: Buffer.from('a'), value: Buffer.from('y') }, { key: Buffer.from('b') }]))
  log.write(buildBatch([{ value: Buffer.from('no key') }]))
  runtime.elect(0, 1)
  await settle()
  assert.deepEqual([...(shards[0]?.values ?? [])], [['a', 'y']])
  assert.equal(log.values().length, 6, 'what is passed over stays in the log')
})

test('load: transactions keep their producer, and their markers are replayed', async () => {
  const { log, runtime, shards } = letterRuntime()
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
  log.write(lettersOf(['a'], { ...producer, transactional: true }))
  log.write(buildEndTransactionMarker({ result: 'COMMIT', coordinatorEpoch: 0, timestamp: 1, ...producer }))
  log.write(buildEndTransactionMarker({ result: 'ABORT', coordinatorEpoch: 0, timestamp: 1, ...producer }))
  log.write(lettersOf(['b'], producer))
  runtime.elect(0, 1)
  await settle()
  assert.deepEqual(shards[0]?.replayed, ['0 a=x of 7', 'COMMIT 7', 'ABORT 7', '3 b=x'])
})

test('load: compressed batches, gaps that compaction left, and a log start within a batch', async () => {
  const { log, runtime, shards } = letterRuntime()
  log.write(lettersOf(['a', 'b', 'c'], { compression: 'gzip' }))
  log.skipOffsets = 10
  log.write(lettersOf(['d']))
  log.write(buildBatch([], { producerId: 7, producerEpoch: 0, baseSequence: 0 }))
  log.skipOffsets = 0
  log.startAt(1)
  log.bytesPerRead = 1
  runtime.elect(0, 1)
  await settle()
  assert.deepEqual(shards[0]?.replayed, ['1 b=x', '2 c=x', '13 d=x'])
  await runtime.write(0, (shard) => shard.put('e', 'x'))
  assert.equal(shards[0]?.replayed.at(-1), '25 e=x')
})

test('load: what is not committed yet is loaded, and answers wait for it', async () => {
  const { log, runtime } = letterRuntime()
  log.commitsAtOnce = false
  log.write(lettersOf(['a']))
  runtime.elect(0, 1)
  await settle()
  const read = follow(runtime.read(0, (shard) => shard.values.get('a')))
  await settle()
  assert.equal(read.state, 'pending')
  log.commit()
  await settle()
  assert.equal(read.state, 'x')
})

test('load: a large log is read in slices, others run in between', async () => {
  const all = letterRuntime()
  const { log, time, runtime, shards } = all
  log.write(lettersOf(Array.from({ length: 2_000 }, (_, index) => `${index}`)))
  const slow = letterRuntime({
    openLog: () => log,
    clock: {
      // Each look at the clock takes a while, as replaying does.
      nowMs: () => {
        time.pass(1)
        return time.nowMs()
      },
    },
    scheduler: time,
  })
  slow.runtime.elect(0, 1)
  await settle()
  assert.equal(slow.shards[0]?.isLoaded, false)
  assert.ok((slow.shards[0]?.replayed.length ?? 0) < 2_000)
  for (let turn = 0; turn < 20; turn++) await time.advance(1)
  assert.equal(slow.shards[0]?.replayed.length, 2_000)
  assert.equal(slow.shards[0]?.isLoaded, true)
  assert.equal(shards.length, 0)
  await runtime.close()
})

test('load: one that fails is tried again, later and later', async () => {
  const { log, runtime, shards, time, logger } = letterRuntime()
  log.write(lettersOf(['a']))
  let failures = 3
  log.beforeRead = () => (failures-- > 0 ? Promise.reject(new Error('cannot be read')) : Promise.resolve())
  runtime.elect(0, 1)
  await settle()
  const early = follow(runtime.read(0, (shard) => shard.values.get('a')))
  await time.advance(6_999)
  assert.deepEqual([early.state, shards.length], ['NOT_COORDINATOR', 3])
  await time.advance(1)
  assert.equal(shards[3]?.isLoaded, true)
  assert.ok(logger.lines.includes('error letters-0: could not be loaded, trying again in 1000 ms'))
})

test('load: a malformed record of a known type keeps the shard from loading', async () => {
  const { log, runtime, shards } = letterRuntime()
  log.write(lettersOf(['a', 'corrupt']))
  runtime.elect(0, 1)
  await settle()
  assert.equal(shards[0]?.isLoaded, false)
  runtime.resign(0)
})

// Timers.

test('timers: armed by a decision, they run a handler of the shard', async () => {
  const { time, shards } = await activeRuntime()
  await time.advance(99)
  assert.equal(shards[0]?.values.size, 0)
  await time.advance(1)
  assert.equal(shards[0]?.values.get('loaded'), 'timer')
})

test('timers: one of the same key replaces the earlier, a cancelled one never runs', async () => {
  const { time, runtime, shards } = await activeRuntime()
  const arm = (timer: string, delayMs: number) =>
    runtime.write(0, (_shard, { nowMs }) => ({
      records: [],
      reply: timer,
      timers: [{ kind: 'arm', key: 'key', deadlineMs: nowMs + delayMs, timer }],
    }))
  await arm('first', 1_000)
  await time.advance(500)
  await arm('later', 1_000)
  await time.advance(999)
  assert.equal(shards[0]?.values.has('later'), false)
  await time.advance(1)
  assert.equal(shards[0]?.values.get('later'), 'timer')
  await arm('slow', 1_000)
  await arm('fast', 10)
  await time.advance(2_000)
  assert.deepEqual([shards[0]?.values.has('slow'), shards[0]?.values.has('fast')], [false, true])
  await arm('never', 10)
  await runtime.write(0, () => ({ records: [], reply: 1, timers: [{ kind: 'cancel', key: 'key' }] }))
  await time.advance(100)
  assert.equal(shards[0]?.values.has('never'), false)
  assert.equal(shards[0]?.values.has('first'), false)
})

test('timers: after a standstill they wait a moment longer, so that what clients sent is heard first', async () => {
  const { time, runtime, shards } = await activeRuntime()
  const arm = (delayMs: number) =>
    runtime.write(0, (_shard, { nowMs }) => ({
      records: [],
      reply: 'armed',
      timers: [{ kind: 'arm', key: 'session', deadlineMs: nowMs + delayMs, timer: 'session' }],
    }))
  await arm(10_000)
  time.pass(60_000)
  await time.advance(999)
  assert.equal(shards[0]?.values.has('session'), false)
  await arm(10_000)
  await time.advance(9_999)
  assert.equal(shards[0]?.values.has('session'), false)
  await time.advance(1)
  assert.equal(shards[0]?.values.has('session'), true)
  await arm(10_000)
  await runtime.write(0, (shard) => shard.put('session', null))
  time.pass(60_000)
  await time.advance(1_000)
  assert.equal(shards[0]?.values.has('session'), true, 'only once')
})

test('timers: a handler that throws harms nobody else', async () => {
  const { time, runtime, put } = await activeRuntime()
  const timers = [{ kind: 'arm', key: 'key', deadlineMs: time.nowMs(), timer: 'defect' }] as const
  await runtime.write(0, () => ({ records: [], reply: 1, timers }))
  await time.advance(1)
  const answer = put('a')
  await settle()
  assert.equal(answer.state, 'a=x')
})
