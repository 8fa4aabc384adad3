import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batchBaseOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchSizeInBytes,
  buildBatch,
  isCrcValid,
} from '@millrace/protocol'
import { appendBatch, appendValues, batchOf, numbered, openTestLog, readValues } from '../testing/fixtures.js'
import { hasLogCode } from '../testing/has-log-code.js'
import { settle } from '../testing/manual-time.js'

test('append: offsets and leader epoch are set in the batch, which is read as it was written', async () => {
  const { log } = await openTestLog()
  const first = await appendBatch(log, batchOf(['a', 'b']), { leaderEpoch: 3 })
  const second = await appendBatch(log, batchOf(['c']), { leaderEpoch: 4 })
  assert.deepEqual([first.firstOffset, first.lastOffset, second.firstOffset, second.lastOffset], [0, 1, 2, 2])
  assert.equal(first.logAppendTimeMs, -1)
  assert.equal(log.logEndOffset, 3)
  assert.equal(log.highWatermark, 0, 'the high watermark moves only when told to')

  const { records } = await log.read(0, { maxBytes: 10_000, minOneBatch: true, upTo: 'logEnd' })
  const at = batchSizeInBytes(records, 0)
  assert.deepEqual([batchBaseOffset(records, 0), batchBaseOffset(records, at)], [0, 2])
  assert.deepEqual([batchLeaderEpoch(records, 0), batchLeaderEpoch(records, at)], [3, 4])
  assert.ok(isCrcValid(records, 0) && isCrcValid(records, at))
  assert.equal(log.latestEpoch, 4)
  assert.deepEqual(log.endOffsetForEpoch(3), { epoch: 3, endOffset: 2 })
})

test('append: calls made at once get offsets in their order, and one write takes them all', async () => {
  const { log, disk } = await openTestLog()
  const before = disk.calls.filter((call) => call.operation === 'write').length
  const results = await Promise.all(['a', 'b', 'c', 'd'].map((value) => appendBatch(log, batchOf([value]))))
  assert.deepEqual(
    results.map((result) => result.firstOffset),
    [0, 1, 2, 3],
  )
  const writes = disk.calls.filter((call) => call.operation === 'write' && call.path.endsWith('.log'))
  assert.equal(writes.length, 1, `${before} writes before`)
})

test('append: the log end is not visible before the write has ended', async () => {
  const { log, disk } = await openTestLog()
  await appendValues(log, 'v0')
  const release = disk.stall((call) => call.operation === 'write')
  let moved = 0
  log.onAppend(() => {
    moved += 1
  })
  const append = appendBatch(log, batchOf(['v1']))
  await settle()
  assert.equal(log.logEndOffset, 1)
  assert.deepEqual(await readValues(log), numbered(1))
  release()
  await append
  assert.equal(moved, 1)
  assert.deepEqual(await readValues(log), numbered(2))
})

test('read: from inside a batch, the batch that has the offset comes whole', async () => {
  const { log } = await openTestLog()
  await appendBatch(log, batchOf(['v0', 'v1', 'v2']))
  await appendBatch(log, batchOf(['v3', 'v4']))
  const read = await log.read(1, { maxBytes: 10_000, minOneBatch: true, upTo: 'logEnd' })
  assert.deepEqual([read.startOffset, read.nextOffset], [0, 5])
  assert.deepEqual(await readValues(log, 1), numbered(4, 1))
})

test('read: limits cut between batches, and one batch comes however small the limit', async () => {
  const { log } = await openTestLog()
  await appendValues(log, 'v0', 'v1', 'v2')
  const size = log.size / 3
  const read = (maxBytes: number, minOneBatch: boolean) => log.read(0, { maxBytes, minOneBatch, upTo: 'logEnd' })
  assert.equal((await read(size * 2 + 1, false)).records.length, size * 2)
  assert.equal((await read(size - 1, false)).records.length, 0)
  assert.equal((await read(size - 1, true)).records.length, size)
  assert.equal((await read(0, true)).records.length, size)
  assert.equal((await read(10, true)).nextOffset, 1)
})

test('read: up to the high watermark, at the end empty, outside OFFSET_OUT_OF_RANGE', async () => {
  const { log } = await openTestLog()
  await appendValues(log, 'v0', 'v1', 'v2')
  log.updateHighWatermark(2)
  const options = { maxBytes: 10_000, minOneBatch: true, upTo: 'highWatermark' } as const
  assert.equal((await log.read(0, options)).nextOffset, 2)
  assert.equal((await log.read(2, options)).records.length, 0)
  assert.equal((await log.read(3, options)).records.length, 0, 'above the high watermark, at the log end')
  await assert.rejects(log.read(4, options), hasLogCode('OFFSET_OUT_OF_RANGE'))
  log.deleteRecordsBefore(1)
  await assert.rejects(log.read(0, options), hasLogCode('OFFSET_OUT_OF_RANGE'))
})

test('read: a high watermark inside a batch keeps the whole batch back', async () => {
  const { log } = await openTestLog()
  await appendBatch(log, batchOf(['v0', 'v1']))
  log.updateHighWatermark(1)
  const read = await log.read(0, { maxBytes: 10_000, minOneBatch: true, upTo: 'highWatermark' })
  assert.equal(read.records.length, 0)
})

test('roll: by size, and reads go on in the next segment', async () => {
  const size = batchOf(['v0']).length
  const { log, disk } = await openTestLog({ config: { segmentBytes: size * 2 } })
  await appendValues(log, ...Array.from({ length: 7 }, (_, index) => `v${index}`))
  assert.equal(log.segmentCount, 4)
  assert.deepEqual(await readValues(log), numbered(7))
  const names = (await disk.readdir(log.dir)).map(({ name }) => name)
  for (const base of ['0', '2', '4', '6']) assert.ok(names.includes(`${base.padStart(20, '0')}.log`))
  assert.ok(names.includes(`${'6'.padStart(20, '0')}.snapshot`))
})

test('roll: by the time between first and new timestamp, not by the clock', async () => {
  const { log, time } = await openTestLog({ config: { segmentMs: 1000 } })
  await appendBatch(log, batchOf(['v0'], { timestamp: 5_000 }))
  await time.advance(60_000)
  await appendBatch(log, batchOf(['v1'], { timestamp: 6_000 }), { nowMs: time.nowMs() })
  assert.equal(log.segmentCount, 1)
  await appendBatch(log, batchOf(['v2'], { timestamp: 6_001 }), { nowMs: time.nowMs() })
  assert.equal(log.segmentCount, 2)
})

test('roll: when an index is full', async () => {
  const { log } = await openTestLog({ config: { indexIntervalBytes: 1, segmentIndexBytes: 24 } })
  for (let index = 0; index < 8; index += 1) {
    await appendBatch(log, batchOf([`v${index}`], { timestamp: 1000 + index }))
  }
  assert.ok(log.segmentCount > 2, `${log.segmentCount} segments`)
  assert.deepEqual(await readValues(log), numbered(8))
})

test('roll: an offset too far from the segment begins a new one', async () => {
  const { log } = await openTestLog()
  await appendValues(log, 'v0')
  const far = 2 ** 31 + 5
  const records = batchOf(['v'], { baseOffset: far, leaderEpoch: 0 })
  await log.append({ records, origin: 'replication', leaderEpoch: 0, nowMs: 0 })
  assert.equal(log.segmentCount, 2)
  assert.deepEqual(await readValues(log), ['0:v0', `${far}:v`])
})

test('replication: batches keep the leader offsets and epochs; what does not go on is refused', async () => {
  const { log } = await openTestLog()
  const replicate = (records: Buffer) => log.append({ records, origin: 'replication', leaderEpoch: -1, nowMs: 0 })
  const both = Buffer.concat([
    batchOf(['v5'], { baseOffset: 5, leaderEpoch: 1 }),
    batchOf(['v7', 'v8'], { baseOffset: 7, leaderEpoch: 2 }),
    batchOf(['cut'], { baseOffset: 9, leaderEpoch: 2 }).subarray(0, 40),
  ])
  const result = await replicate(both)
  assert.deepEqual([result.firstOffset, result.lastOffset, log.logEndOffset], [5, 8, 9])
  assert.deepEqual(log.endOffsetForEpoch(1), { epoch: 1, endOffset: 7 })
  await assert.rejects(replicate(batchOf(['old'], { baseOffset: 8 })), hasLogCode('UNKNOWN_SERVER_ERROR'))
  const damaged = batchOf(['x'], { baseOffset: 9 })
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1)
  await assert.rejects(replicate(damaged), hasLogCode('CORRUPT_MESSAGE'))
  assert.equal(log.logEndOffset, 9)
})

test('settings: sizes, keys, timestamps and transactions that are refused', async () => {
  const { log } = await openTestLog({
    config: {
      maxMessageBytes: 150,
      segmentBytes: 100,
      messageTimestampBeforeMaxMs: 10,
      messageTimestampAfterMaxMs: 20,
    },
  })
  const nowMs = 1_700_000_000_000
  await assert.rejects(appendBatch(log, batchOf(['x'.repeat(200)])), hasLogCode('MESSAGE_TOO_LARGE'))
  await assert.rejects(appendBatch(log, batchOf(['x'.repeat(25)])), hasLogCode('RECORD_LIST_TOO_LARGE'))
  for (const timestamp of [nowMs - 11, nowMs + 21]) {
    await assert.rejects(appendBatch(log, batchOf(['x'], { timestamp })), hasLogCode('INVALID_TIMESTAMP'))
  }
  const transactional = batchOf(['x'], { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true })
  await assert.rejects(appendBatch(log, transactional), hasLogCode('INVALID_TXN_STATE'))
  assert.equal(log.logEndOffset, 0)
  await appendBatch(log, batchOf(['x'], { timestamp: nowMs - 10 }))

  log.updateConfig({ ...log.config, cleanupPolicy: ['compact'] })
  const keyless = buildBatch([{ value: Buffer.from('v'), timestamp: nowMs }], { compression: 'gzip' })
  await assert.rejects(appendBatch(log, keyless), (error) => {
    assert.ok(hasLogCode('INVALID_RECORD')(error))
    assert.deepEqual(
      (error as { recordErrors: { batchIndex: number }[] }).recordErrors.map((e) => e.batchIndex),
      [0],
    )
    return true
  })
})

test('LogAppendTime: the batch and the answer have the time of the append', async () => {
  const { log } = await openTestLog({ config: { messageTimestampType: 'LogAppendTime' } })
  const result = await appendBatch(log, batchOf(['v'], { timestamp: 5 }), { nowMs: 777 })
  assert.equal(result.logAppendTimeMs, 777)
  const { records } = await log.read(0, { maxBytes: 1000, minOneBatch: true, upTo: 'logEnd' })
  assert.equal(batchMaxTimestamp(records, 0), 777)
  assert.ok(isCrcValid(records, 0))
  assert.deepEqual(await log.offsetForTimestamp(700), { offset: 0, timestamp: 777, leaderEpoch: 0 })
})

test('compression.type: batches are recompressed when the topic wants another codec', async () => {
  const { log } = await openTestLog({ config: { compressionType: 'gzip' } })
  const plain = batchOf(Array.from({ length: 50 }, (_, index) => `v${index}`))
  const size = plain.length
  await appendBatch(log, plain)
  assert.ok(log.size < size)
  await appendBatch(log, batchOf(['v50'], { compression: 'lz4' }))
  log.updateConfig({ ...log.config, compressionType: 'uncompressed' })
  await appendBatch(log, batchOf(['v51'], { compression: 'snappy' }))
  assert.deepEqual(await readValues(log), numbered(52))
})

test('batches by time: by record, also inside compressed batches', async () => {
  const { log } = await openTestLog({ config: { indexIntervalBytes: 1, segmentBytes: 400 } })
  const stamped = (timestamps: number[], compression: 'none' | 'zstd' | 'gzip') =>
    buildBatch(
      timestamps.map((timestamp) => ({ key: Buffer.from('k'), value: Buffer.from('v'), timestamp })),
      { compression },
    )
  await appendBatch(log, stamped([10, 12, 11], 'gzip')) // 0 1 2
  await appendBatch(log, stamped([20, 30, 25], 'zstd')) // 3 4 5
  await appendBatch(log, stamped([22], 'none')) // 6
  await appendBatch(log, stamped([40, 30], 'gzip')) // 7 8
  const at = async (timestamp: number) => (await log.offsetForTimestamp(timestamp))?.offset
  assert.deepEqual(await Promise.all([0, 10, 11, 12, 13, 20, 21, 30, 31, 40, 41].map(at)), [
    0,
    0,
    1,
    1,
    3,
    3,
    4,
    4,
    7,
    7,
    undefined,
  ])
  assert.deepEqual(await log.offsetForMaxTimestamp(), { offset: 7, timestamp: 40, leaderEpoch: 0 })
  assert.equal(await log.offsetForTimestamp(40, { upToOffset: 7 }), undefined)
  log.updateHighWatermark(9)
  log.deleteRecordsBefore(4)
  assert.equal(await at(0), 4)
  assert.deepEqual(log.earliestOffset(), { offset: 4, timestamp: -1, leaderEpoch: 0 })
  assert.deepEqual(log.latestOffset('highWatermark'), { offset: 9, timestamp: -1, leaderEpoch: 0 })
})
