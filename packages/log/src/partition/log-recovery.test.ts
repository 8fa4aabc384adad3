import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { buildEndTransactionMarker } from '@millrace/protocol'
import { fileNameFor, OFFSET_INDEX_SUFFIX } from '../core/file-names.js'
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
import type { SimulatedDisk } from '../testing/simulated-disk.js'

const CONFIG = { indexIntervalBytes: 100, segmentBytes: 3 * batchOf(['v0']).length }

/** Seven idempotent batches in three segments, not closed. */
async function crashedLog(): Promise<{ disk: SimulatedDisk; batchBytes: number }> {
  const { log, disk } = await openTestLog({ config: CONFIG })
  let batchBytes = 0
  for (let sequence = 0; sequence < 9; sequence += 1) {
    const batch = batchOf([`v${sequence}`], { producerId: 7, producerEpoch: 0, baseSequence: sequence })
    batchBytes = batch.length
    await appendBatch(log, batch, { leaderEpoch: sequence < 5 ? 1 : 2 })
  }
  assert.equal(log.segmentCount, 3)
  disk.crash()
  return { disk, batchBytes }
}

function logFile(baseOffset: number): string {
  return `${DIRECTORY}/${fileNameFor(baseOffset, '.log')}`
}

test('recovery: a process that dies loses nothing that was written', async () => {
  const { disk } = await crashedLog()
  const { log } = await openTestLog({ disk, config: CONFIG })
  assert.equal(log.recovery.recoveredSegments, 3)
  assert.equal(log.recovery.truncation, undefined)
  assert.deepEqual(await readValues(log), numbered(9))
  assert.deepEqual(log.endOffsetForEpoch(1), { epoch: 1, endOffset: 5 })
})

test('recovery: cut at any byte of the last segment, the whole batches before remain and the log goes on', async () => {
  const { disk: crashed, batchBytes } = await crashedLog()
  const names = (await crashed.readdir(DIRECTORY)).map(({ name }) => name).filter((name) => name.endsWith('.log'))
  const base = Number(names.sort().at(-1)?.slice(0, 20))
  const size = crashed.contentOf(logFile(base)).length
  for (let cut = 0; cut <= size; cut += 1) {
    const disk = crashed.clone()
    disk.cut(logFile(base), cut)
    const { log } = await openTestLog({ disk, config: CONFIG })
    const whole = base + Math.floor(cut / batchBytes)
    assert.equal(log.logEndOffset, whole, `cut at ${cut}`)
    assert.deepEqual(await readValues(log), numbered(whole))
    assert.equal(log.recovery.truncation?.bytes, cut % batchBytes === 0 ? undefined : cut % batchBytes)

    // The producer goes on where the log ends, and what was cut is no duplicate.
    const next = batchOf([`v${whole}`], { producerId: 7, producerEpoch: 0, baseSequence: whole })
    assert.equal((await appendBatch(log, next)).firstOffset, whole)
    assert.deepEqual(await readValues(log), numbered(whole + 1))
  }
})

test('recovery: a flipped bit in any segment cuts the log there, later segments go', async () => {
  const { disk: crashed, batchBytes } = await crashedLog()
  for (const [base, position] of [
    [0, 3],
    [0, batchBytes + 30],
    [3, 2 * batchBytes + 70],
    [6, batchBytes - 1],
  ] as const) {
    const disk = crashed.clone()
    disk.flipBit(logFile(base), position)
    const { log, warnings } = await openTestLog({ disk, config: CONFIG })
    const end = base + Math.floor(position / batchBytes)
    assert.equal(log.logEndOffset, end, `flipped at ${position} of ${base}`)
    assert.equal(log.recovery.truncation?.logEndOffset, end)
    assert.equal(warnings.length, 1)
    assert.deepEqual(await readValues(log), numbered(end))
    await appendValues(log, `v${end}`)
    assert.deepEqual(await readValues(log), numbered(end + 1))
  }
})

test('recovery: segments below the recovery point are not read again', async () => {
  const { disk } = await crashedLog()
  disk.flipBit(logFile(0), 80)
  const { log } = await openTestLog({ disk, config: CONFIG, recoveryPoint: 7 })
  assert.equal(log.recovery.recoveredSegments, 1)
  assert.equal(log.logEndOffset, 9)
})

test('recovery: a power cut keeps what was flushed', async () => {
  const { log, disk } = await openTestLog({ config: CONFIG })
  await appendValues(log, 'v0', 'v1', 'v2', 'v3', 'v4', 'v5')
  await log.flush()
  assert.equal(log.recoveryPoint, 6)
  await appendValues(log, 'v6', 'v7')
  disk.powerCut()
  const reopened = await openTestLog({ disk, config: CONFIG, recoveryPoint: 6 })
  assert.deepEqual(await readValues(reopened.log), numbered(6))
})

test('recovery: with flush.messages=1 a power cut loses nothing that was answered, one sync for many', async () => {
  const { log, disk } = await openTestLog({ config: { ...CONFIG, flushMessages: 1 } })
  const syncs = () => disk.calls.filter((call) => call.operation === 'datasync' && call.path.endsWith('.log')).length
  const before = syncs()
  await Promise.all(['v0', 'v1', 'v2'].map((value) => appendBatch(log, batchOf([value]))))
  assert.equal(syncs() - before, 1)
  await appendValues(log, 'v3', 'v4', 'v5', 'v6')
  disk.powerCut()
  const reopened = await openTestLog({ disk, config: CONFIG })
  assert.deepEqual(await readValues(reopened.log), numbered(7))
})

test('recovery: after a clean close nothing is read through, and everything is there', async () => {
  const { log, disk } = await openTestLog({ config: CONFIG })
  for (let sequence = 0; sequence < 9; sequence += 1) {
    const batch = batchOf([`v${sequence}`], {
      producerId: 7,
      producerEpoch: 3,
      baseSequence: sequence,
      timestamp: 1_700_000_000_000 + sequence,
    })
    await appendBatch(log, batch, { leaderEpoch: 5 })
  }
  await log.close()
  disk.powerCut()
  const { log: reopened } = await openTestLog({ disk, config: CONFIG, cleanShutdown: true })
  assert.equal(reopened.recovery.recoveredSegments, 0)
  assert.equal(reopened.recoveryPoint, 9)
  assert.deepEqual(await readValues(reopened), numbered(9))
  assert.equal(reopened.latestEpoch, 5)
  assert.deepEqual(reopened.describeProducers(), [
    {
      producerId: 7,
      producerEpoch: 3,
      lastSequence: 8,
      lastTimestamp: 1_700_000_000_008,
      coordinatorEpoch: -1,
      currentTxnStartOffset: -1,
    },
  ])
  const again = batchOf(['v8'], { producerId: 7, producerEpoch: 3, baseSequence: 8 })
  const duplicate = await appendBatch(reopened, again)
  assert.deepEqual([duplicate.duplicate, duplicate.firstOffset, reopened.logEndOffset], [true, 8, 9])
  assert.deepEqual(await reopened.offsetForMaxTimestamp(), { offset: 8, timestamp: 1_700_000_000_008, leaderEpoch: 5 })
})

test('recovery: missing and damaged indexes are built anew', async () => {
  const { log, disk } = await openTestLog({ config: CONFIG })
  await appendValues(log, ...Array.from({ length: 9 }, (_, index) => `v${index}`))
  await log.close()
  const index = (base: number) => `${DIRECTORY}/${fileNameFor(base, OFFSET_INDEX_SUFFIX)}`
  const before = [0, 3].map((base) => disk.contentOf(index(base)))
  await disk.unlink(index(0))
  disk.put(index(3), Buffer.from([0, 0, 0, 9, 0xff, 0, 0, 0]))
  const { log: reopened } = await openTestLog({ disk, config: CONFIG, cleanShutdown: true })
  assert.deepEqual(await readValues(reopened), numbered(9))
  await reopened.close()
  assert.deepEqual(
    [0, 3].map((base) => disk.contentOf(index(base))),
    before,
  )
})

test('recovery: leftovers of deletions, compactions and failed rolls', async () => {
  const { log, disk } = await openTestLog({ config: CONFIG })
  await appendValues(log, ...Array.from({ length: 9 }, (_, index) => `v${index}`))
  await log.close()
  for (const [name, content] of [
    [fileNameFor(0, '.log.deleted'), 'gone'],
    [fileNameFor(4, '.index.cleaned'), 'gone'],
    [fileNameFor(77, '.index'), ''],
    [fileNameFor(5, '.log'), ''],
    [fileNameFor(8, '.log'), ''],
    ['leader-epoch-checkpoint.tmp', 'half'],
  ] as const) {
    disk.put(`${DIRECTORY}/${name}`, Buffer.from(content))
  }
  // Compaction had made this of the first two segments, and the crash came before they were replaced.
  const swapped = Buffer.concat([disk.contentOf(logFile(0)), disk.contentOf(logFile(3))])
  disk.put(`${logFile(0)}.swap`, swapped)
  const { log: reopened } = await openTestLog({ disk, config: CONFIG, cleanShutdown: true })
  assert.deepEqual(await readValues(reopened), numbered(9))
  assert.equal(reopened.segmentCount, 2)
  const names = (await disk.readdir(DIRECTORY)).map(({ name }) => name)
  assert.deepEqual(
    names.filter((name) => /deleted|cleaned|swap|tmp|77\.index|05\.log|08\.log/.test(name)),
    [],
  )
})

test('recovery: the index of aborted transactions comes back, and open transactions hold the stable offset', async () => {
  const { log, disk } = await openTestLog({ config: CONFIG })
  const transactional = (producerId: number, baseOffset: number, sequence: number) =>
    batchOf(['t'], {
      producerId,
      producerEpoch: 0,
      baseSequence: sequence,
      baseOffset,
      leaderEpoch: 0,
      transactional: true,
    })
  const marker = (result: 'ABORT' | 'COMMIT', producerId: number, baseOffset: number) =>
    buildEndTransactionMarker({
      result,
      producerId,
      producerEpoch: 0,
      coordinatorEpoch: 1,
      timestamp: 1,
      baseOffset,
      leaderEpoch: 0,
    })
  const replicate = (records: Buffer) => log.append({ records, origin: 'replication', leaderEpoch: 0, nowMs: 0 })
  await replicate(transactional(1, 0, 0))
  await replicate(transactional(2, 1, 0))
  log.updateHighWatermark(2)
  assert.equal(log.lastStableOffset, 0)
  await replicate(marker('ABORT', 1, 2))
  assert.equal(log.lastStableOffset, 0, 'the marker is not replicated')
  log.updateHighWatermark(3)
  assert.equal(log.lastStableOffset, 1)
  await replicate(transactional(1, 3, 1))
  await replicate(marker('COMMIT', 2, 4))
  log.updateHighWatermark(5)
  assert.equal(log.lastStableOffset, 3)
  const expected = [{ producerId: 1, firstOffset: 0, lastOffset: 2, lastStableOffset: 1 }]
  const read = await log.read(0, { maxBytes: 10_000, minOneBatch: true, upTo: 'lastStable' })
  assert.deepEqual(read.abortedTransactions, expected)
  assert.deepEqual(
    (await log.read(3, { maxBytes: 100, minOneBatch: true, upTo: 'lastStable' })).abortedTransactions,
    [],
  )
  disk.crash()

  const { log: reopened } = await openTestLog({ disk, config: CONFIG, highWatermark: 5 })
  assert.equal(reopened.lastStableOffset, 3)
  const again = await reopened.read(0, { maxBytes: 10_000, minOneBatch: true, upTo: 'lastStable' })
  assert.deepEqual(again.abortedTransactions, expected)
  assert.equal(again.nextOffset, 2, 'up to the end of the segment')
  // A batch outside of the open transaction is refused.
  const plain = batchOf(['x'], { producerId: 1, producerEpoch: 0, baseSequence: 2 })
  await assert.rejects(appendBatch(reopened, plain), hasLogCode('INVALID_TXN_STATE'))
})

test('recovery: messages from before Kafka 0.11 are refused, not cut', async () => {
  const { log, disk } = await openTestLog()
  await appendValues(log, 'v0')
  await log.close()
  const path = logFile(0)
  const content = disk.contentOf(path)
  content.writeInt8(1, 16)
  content.writeUInt32BE(crc32(content.subarray(16)), 12)
  disk.put(path, content)
  await assert.rejects(openTestLog({ disk }), hasLogCode('UNSUPPORTED_FOR_MESSAGE_FORMAT'))
  assert.equal(disk.contentOf(path).length, content.length)
})

test('recovery: a damaged producer snapshot is passed over, the log itself serves', async () => {
  const { disk } = await crashedLog()
  disk.flipBit(`${DIRECTORY}/${fileNameFor(6, '.snapshot')}`, 20)
  const { log } = await openTestLog({ disk, config: CONFIG })
  assert.equal(log.describeProducers()[0]?.lastSequence, 8)
})

test('topic id: written once, and another one is refused', async () => {
  const topicId = 'oTPdU7gWTv2eYxAFHlKhyw'
  const { log, disk } = await openTestLog({ topicId })
  assert.equal(log.topicId, topicId)
  assert.equal(disk.contentOf(`${DIRECTORY}/partition.metadata`).toString(), `version: 0\ntopic_id: ${topicId}`)
  await log.close()
  assert.equal((await openTestLog({ disk })).log.topicId, topicId)
  const other = openTestLog({ disk, topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' })
  await assert.rejects(other, hasLogCode('INCONSISTENT_TOPIC_ID'))
})

test('recovery: a segment that is sealed while it is flushed gets its indexes on disk with the next flush', async () => {
  const { log, disk } = await openTestLog({ config: { ...CONFIG, indexIntervalBytes: 1 } })
  await appendValues(log, 'v0', 'v1', 'v2')
  const release = disk.stall((call) => call.operation === 'datasync' && call.path.endsWith('.log'))
  const flush = log.flush()
  await settle()
  await appendValues(log, 'v3')
  release()
  await flush
  assert.equal(log.recoveryPoint, 3)
  await log.flush()
  assert.equal(disk.contentOf(`${DIRECTORY}/${fileNameFor(0, OFFSET_INDEX_SUFFIX)}`).length, 16)
  disk.powerCut()
  const { log: reopened } = await openTestLog({ disk, config: CONFIG, recoveryPoint: 3 })
  assert.equal(reopened.recovery.recoveredSegments, 2, 'the one that ends at the recovery point is looked at too')
  assert.deepEqual(await readValues(reopened), numbered(4))
})
