import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  appendBatch,
  appendValues,
  batchOf,
  DIRECTORY,
  numbered,
  openTestLog,
  readValues,
} from '../testing/fixtures.js'
import { hasLogCode } from '../testing/has-log-code.js'
import { settle } from '../testing/manual-time.js'

const SIZE = batchOf(['v0']).length
const NOW = 1_700_000_000_000

async function namesIn(disk: { readdir(path: string): Promise<{ name: string }[]> }): Promise<string[]> {
  return (await disk.readdir(DIRECTORY)).map(({ name }) => name)
}

test('retention by size: the log stays at retention.bytes or above', async () => {
  const { log } = await openTestLog({ config: { segmentBytes: SIZE, retentionBytes: SIZE * 2, retentionMs: -1 } })
  await appendValues(log, 'v0', 'v1', 'v2', 'v3', 'v4')
  log.updateHighWatermark(5)
  assert.equal(await log.applyRetention(NOW), 3)
  assert.equal(log.logStartOffset, 3)
  assert.deepEqual(await readValues(log), numbered(2, 3))
  await assert.rejects(
    log.read(2, { maxBytes: 1, minOneBatch: true, upTo: 'logEnd' }),
    hasLogCode('OFFSET_OUT_OF_RANGE'),
  )
})

test('retention by time: by the largest timestamp; an expired active segment is rolled first', async () => {
  const { log, time } = await openTestLog({ config: { segmentBytes: SIZE, retentionMs: 1000 } })
  await appendBatch(log, batchOf(['v0'], { timestamp: NOW - 5000 }))
  await appendBatch(log, batchOf(['v1'], { timestamp: NOW - 500 }))
  await appendBatch(log, batchOf(['v2'], { timestamp: NOW - 5000 }))
  log.updateHighWatermark(3)
  assert.equal(await log.applyRetention(NOW), 1)
  assert.equal(log.logStartOffset, 1)
  await time.advance(1000)
  assert.equal(await log.applyRetention(time.nowMs()), 2)
  assert.deepEqual([log.logStartOffset, log.logEndOffset, log.segmentCount], [3, 3, 1])
  await appendValues(log, 'v3')
  assert.deepEqual(await readValues(log), numbered(1, 3))
})

test('retention by time: a timestamp in the future keeps its segment and those behind it', async () => {
  const { log } = await openTestLog({ config: { segmentBytes: SIZE, retentionMs: 1000 } })
  await appendBatch(log, batchOf(['v0'], { timestamp: NOW + 1_000_000 }))
  await appendBatch(log, batchOf(['v1'], { timestamp: NOW - 5000 }))
  log.updateHighWatermark(2)
  assert.equal(await log.applyRetention(NOW), 0)
})

test('retention never passes the high watermark', async () => {
  const { log } = await openTestLog({ config: { segmentBytes: SIZE, retentionMs: 1000 } })
  for (const value of ['v0', 'v1', 'v2']) await appendBatch(log, batchOf([value], { timestamp: NOW - 5000 }))
  log.updateHighWatermark(1)
  assert.equal(await log.applyRetention(NOW), 1)
  assert.equal(log.logStartOffset, 1)
})

test('retention: files are renamed at once, removed after the delay, and a read under way keeps them', async () => {
  const { log, disk, time } = await openTestLog({
    config: { segmentBytes: SIZE, retentionBytes: 0, retentionMs: -1, fileDeleteDelayMs: 1000 },
  })
  await appendValues(log, 'v0', 'v1', 'v2')
  log.updateHighWatermark(3)
  const release = disk.stall((call) => call.operation === 'read')
  const reading = log.read(0, { maxBytes: 1000, minOneBatch: true, upTo: 'logEnd' })
  assert.equal(await log.applyRetention(NOW), 3)
  const renamed = (await namesIn(disk)).filter((name) => name.endsWith('.deleted'))
  assert.ok(renamed.includes('00000000000000000000.log.deleted'))
  assert.ok(renamed.includes('00000000000000000001.snapshot.deleted'))
  await time.advance(1000)
  assert.ok((await namesIn(disk)).includes('00000000000000000000.log.deleted'), 'it is being read')
  release()
  assert.equal((await reading).records.length, SIZE)
  await time.advance(0)
  assert.deepEqual(
    (await namesIn(disk)).filter((name) => name.endsWith('.deleted')),
    [],
  )
})

test('DeleteRecords: the log begins inside a batch; segments below go with the next retention', async () => {
  const { log, disk } = await openTestLog({ config: { segmentBytes: SIZE * 2, cleanupPolicy: ['compact'] } })
  await appendValues(log, 'v0', 'v1')
  await appendBatch(log, batchOf(['v2', 'v3']))
  await appendBatch(log, batchOf(['v4', 'v5']))
  log.updateHighWatermark(4)
  assert.throws(() => log.deleteRecordsBefore(5), hasLogCode('OFFSET_OUT_OF_RANGE'))
  assert.equal(log.deleteRecordsBefore(3), 3)
  assert.equal(log.deleteRecordsBefore(1), 3)
  assert.deepEqual(await readValues(log), numbered(3, 3))
  const read = await log.read(3, { maxBytes: 1000, minOneBatch: true, upTo: 'logEnd' })
  assert.equal(read.startOffset, 2, 'the batch that holds the offset comes whole')
  assert.equal(await log.applyRetention(NOW), 1)
  assert.equal(log.firstSegmentOffset, 2)
  assert.equal(log.logStartOffset, 3)
  await log.close()
  const { log: reopened } = await openTestLog({ disk, cleanShutdown: true, logStartOffset: 3 })
  assert.deepEqual(await readValues(reopened), numbered(3, 3))
})

test('truncation: offsets, epochs and producers go back; segments behind go', async () => {
  const { log, disk } = await openTestLog({ config: { segmentBytes: SIZE * 2, indexIntervalBytes: 1 } })
  for (let sequence = 0; sequence < 7; sequence += 1) {
    const batch = batchOf([`v${sequence}`], { producerId: 9, producerEpoch: 0, baseSequence: sequence })
    await appendBatch(log, batch, { leaderEpoch: Math.floor(sequence / 2) })
  }
  log.updateHighWatermark(7)
  await log.flush()
  await log.truncateTo(100)
  assert.equal(log.logEndOffset, 7)
  await log.truncateTo(3)
  assert.deepEqual([log.logEndOffset, log.highWatermark, log.recoveryPoint, log.latestEpoch], [3, 3, 3, 1])
  assert.equal(log.describeProducers()[0]?.lastSequence, 2)
  const next = batchOf(['v3'], { producerId: 9, producerEpoch: 0, baseSequence: 3 })
  assert.equal((await appendBatch(log, next, { leaderEpoch: 8 })).firstOffset, 3)
  assert.deepEqual(await readValues(log), numbered(4))
  disk.crash()
  const { log: reopened } = await openTestLog({ disk, recoveryPoint: 3 })
  assert.deepEqual(await readValues(reopened), numbered(4))
  assert.deepEqual(reopened.endOffsetForEpoch(1), { epoch: 1, endOffset: 3 })
})

test('truncation to the very beginning, and a fresh start at an offset', async () => {
  const { log } = await openTestLog({ config: { segmentBytes: SIZE } })
  await appendValues(log, 'v0', 'v1', 'v2')
  log.updateHighWatermark(3)
  log.deleteRecordsBefore(2)
  await log.applyRetention(NOW)
  await log.truncateTo(1)
  assert.deepEqual([log.logStartOffset, log.logEndOffset, log.highWatermark], [1, 1, 1])
  await log.truncateFullyAndStartAt(40)
  assert.deepEqual([log.logStartOffset, log.logEndOffset, log.segmentCount, log.size], [40, 40, 1, 0])
  await appendValues(log, 'vx')
  assert.deepEqual(await readValues(log), ['40:vx'])
})

test('deletion: the directory is renamed at once, and gone after the delay', async () => {
  const { log, disk, time } = await openTestLog()
  await appendValues(log, 'v0')
  await log.delete()
  assert.match(log.dir, /^\/data\/topic-0\.[0-9a-f]{32}-delete$/)
  assert.equal(await disk.stat(DIRECTORY), undefined)
  await assert.rejects(appendBatch(log, batchOf(['v1'])), hasLogCode('KAFKA_STORAGE_ERROR'))
  const again = await openTestLog({ disk, time })
  assert.equal(again.log.logEndOffset, 0, 'a partition of that name can be made anew')
  await time.advance(60_000)
  assert.deepEqual(
    (await disk.readdir('/data')).map(({ name }) => name),
    ['topic-0'],
  )
})

test('expiry: a producer that is silent for long is forgotten, and may begin anywhere', async () => {
  const { log } = await openTestLog({ config: { producerIdExpirationMs: 1000 } })
  await appendBatch(log, batchOf(['v0'], { producerId: 1, producerEpoch: 0, baseSequence: 0, timestamp: NOW }))
  assert.equal(log.expireProducers(NOW + 999), 0)
  assert.equal(log.expireProducers(NOW + 1000), 1)
  const next = batchOf(['v1'], { producerId: 1, producerEpoch: 0, baseSequence: 55 })
  assert.equal((await appendBatch(log, next)).firstOffset, 1)
})

test('retention during a flush: files are renamed only when the flush has found them', async () => {
  const { log, disk } = await openTestLog({ config: { segmentBytes: SIZE, retentionBytes: 0, retentionMs: -1 } })
  await appendValues(log, 'v0', 'v1', 'v2')
  log.updateHighWatermark(3)
  const release = disk.stall((call) => call.operation === 'datasync')
  const flush = log.flush()
  const retention = log.applyRetention(NOW)
  await settle()
  release()
  await flush
  assert.equal(await retention, 3)
  await appendValues(log, 'v3')
  assert.deepEqual(await readValues(log), numbered(1, 3))
})
