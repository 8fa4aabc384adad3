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
import { SimulatedDisk } from '../testing/simulated-disk.js'

test('disk full: the append fails, nothing of it stays, and appends work again when there is space', async () => {
  const { log, disk } = await openTestLog()
  await appendValues(log, 'v0')
  const idempotent = (sequence: number) =>
    batchOf([`v${sequence + 1}`], { producerId: 1, producerEpoch: 0, baseSequence: sequence })
  await appendBatch(log, idempotent(0))
  const { freeBytes, totalBytes } = await disk.space()
  disk.setCapacityBytes(totalBytes - freeBytes + 100)

  const results = await Promise.allSettled([1, 2, 3].map((sequence) => appendBatch(log, idempotent(sequence))))
  for (const result of results) {
    assert.equal(result.status, 'rejected')
    assert.ok(hasLogCode('KAFKA_STORAGE_ERROR')(result.reason))
  }
  assert.equal(log.logEndOffset, 2)
  assert.equal(disk.contentOf(`${DIRECTORY}/00000000000000000000.log`).length, log.size)
  assert.equal(log.describeProducers()[0]?.lastSequence, 0, 'producer state is rolled back')
  assert.deepEqual(await readValues(log), numbered(2))

  disk.setCapacityBytes(totalBytes)
  const retried = await Promise.all([1, 2, 3].map((sequence) => appendBatch(log, idempotent(sequence))))
  assert.deepEqual(
    retried.map((result) => [result.firstOffset, result.duplicate]),
    [
      [2, false],
      [3, false],
      [4, false],
    ],
  )
  assert.deepEqual(await readValues(log), numbered(5))
})

test('disk full at a roll: the half-made segment is taken back', async () => {
  const size = batchOf(['v0']).length
  const { log, disk } = await openTestLog({ config: { segmentBytes: size * 2 } })
  await appendValues(log, 'v0', 'v1')
  disk.fail('ENOSPC', (call) => call.operation === 'open' && call.path.endsWith('2.index'))
  await assert.rejects(appendBatch(log, batchOf(['v2'])), hasLogCode('KAFKA_STORAGE_ERROR'))
  assert.equal(log.segmentCount, 1)
  await appendValues(log, 'v2', 'v3', 'v4')
  assert.equal(log.segmentCount, 3)
  assert.deepEqual(await readValues(log), numbered(5))
  disk.crash()
  const { log: reopened } = await openTestLog({ disk })
  assert.deepEqual(await readValues(reopened), numbered(5))
})

test('a file that cannot be cut back at once is cut before the next write', async () => {
  const { log, disk } = await openTestLog()
  await appendValues(log, 'v0')
  disk.fail('EIO', (call) => call.operation === 'write' && call.path.endsWith('.log'))
  disk.fail('EIO', (call) => call.operation === 'truncate' && call.path.endsWith('.log'))
  await assert.rejects(appendBatch(log, batchOf(['lost'])), hasLogCode('KAFKA_STORAGE_ERROR'))
  await appendValues(log, 'v1')
  assert.deepEqual(await readValues(log), numbered(2))
})

test('a sync that fails before an answer fails the append; the disk is not trusted any more', async () => {
  const { log, disk } = await openTestLog({ config: { flushMessages: 1 } })
  await appendValues(log, 'v0')
  disk.fail('EIO', (call) => call.operation === 'datasync' && call.path.endsWith('.log'))
  await assert.rejects(appendBatch(log, batchOf(['v1'])), hasLogCode('KAFKA_STORAGE_ERROR'))
  assert.equal(log.logEndOffset, 1)
  assert.equal(log.recoveryPoint, 1)
  await assert.rejects(appendBatch(log, batchOf(['v1'])), hasLogCode('KAFKA_STORAGE_ERROR'))
  assert.deepEqual(await readValues(log), numbered(1))
})

test('a duplicate of a batch that is still being written is answered after it, and fails with it', async () => {
  const { log, disk } = await openTestLog()
  const batch = () => batchOf(['v0'], { producerId: 1, producerEpoch: 0, baseSequence: 0 })
  const release = disk.stall((call) => call.operation === 'write' && call.path.endsWith('.log'))
  const order: string[] = []
  const first = appendBatch(log, batch()).then((result) => order.push(`first ${result.duplicate}`))
  const second = appendBatch(log, batch()).then((result) => order.push(`second ${result.duplicate}`))
  await settle()
  assert.deepEqual(order, [])
  release()
  await Promise.all([first, second])
  assert.deepEqual(order, ['first false', 'second true'])
  assert.equal(log.logEndOffset, 1)

  const next = () => batchOf(['v1'], { producerId: 1, producerEpoch: 0, baseSequence: 1 })
  disk.fail('EIO', (call) => call.operation === 'write' && call.path.endsWith('.log'))
  const failed = await Promise.allSettled([appendBatch(log, next()), appendBatch(log, next())])
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.equal((await appendBatch(log, next())).duplicate, false)
})

test('a stalled write of one partition does not hold back another', async () => {
  const disk = new SimulatedDisk()
  const one = await openTestLog({ disk, directory: '/data/one-0' })
  const two = await openTestLog({ disk, directory: '/data/two-0' })
  const release = disk.stall((call) => call.operation === 'write' && call.path.startsWith('/data/one-0'))
  const stalled = appendBatch(one.log, batchOf(['v0']))
  await appendValues(two.log, 'v0', 'v1')
  assert.equal(two.log.logEndOffset, 2)
  assert.equal(one.log.logEndOffset, 0)
  release()
  await stalled
})

test('truncation waits for writes under way, appends wait for it', async () => {
  const { log } = await openTestLog()
  await appendValues(log, 'v0', 'v1', 'v2')
  const during = appendBatch(log, batchOf(['v3']))
  const truncated = log.truncateTo(1)
  const after = appendBatch(log, batchOf(['w1']))
  assert.equal((await during).firstOffset, 3)
  await truncated
  assert.equal((await after).firstOffset, 1)
  assert.deepEqual(await readValues(log), ['0:v0', '1:w1'])
})

async function filesIn(disk: SimulatedDisk, suffix: string): Promise<string[]> {
  const names = (await disk.readdir(DIRECTORY)).map(({ name }) => name)
  return names.filter((name) => name.endsWith(suffix)).sort()
}

test('disk full at a clean stop: a producer snapshot is there as a whole, or not at all', async () => {
  const idempotent = (sequence: number) =>
    batchOf([`v${sequence}`], { producerId: 1, producerEpoch: 0, baseSequence: sequence })
  for (let room = 0; room < 80; room += 5) {
    const { log, disk, time } = await openTestLog()
    await appendBatch(log, idempotent(0))
    await log.roll()
    await appendBatch(log, idempotent(1))
    const { totalBytes, freeBytes } = await disk.space()
    disk.setCapacityBytes(totalBytes - freeBytes + room)
    const isClosed = await log.close().then(
      () => true,
      () => false,
    )
    assert.deepEqual(await filesIn(disk, '.tmp'), [])
    disk.setCapacityBytes(totalBytes)
    const { log: reopened, warnings } = await openTestLog({ disk, time, cleanShutdown: isClosed })
    assert.deepEqual(warnings, [], `${room} bytes were left`)
    assert.equal((await appendBatch(reopened, idempotent(0))).duplicate, true)
    assert.equal((await appendBatch(reopened, idempotent(1))).duplicate, true)
  }
})

test('disk full at a start after a crash: the producers are known, and what cannot be written is written at the next stop', async () => {
  const idempotent = () => batchOf(['v0'], { producerId: 1, producerEpoch: 0, baseSequence: 0 })
  const { log, disk } = await openTestLog()
  await appendBatch(log, idempotent(), { leaderEpoch: 1 })
  await appendBatch(log, batchOf(['v1']), { leaderEpoch: 2 })
  disk.crash()
  // The last batch is torn, and with it a leader epoch that has begun has never been.
  const file = `${DIRECTORY}/00000000000000000000.log`
  disk.cut(file, disk.contentOf(file).length - 1)
  disk.fail('ENOSPC', ({ operation }) => operation === 'write', { times: 10 })
  const { log: reopened } = await openTestLog({ disk })
  assert.deepEqual(await filesIn(disk, '.snapshot'), [])
  assert.equal((await appendBatch(reopened, idempotent(), { leaderEpoch: 1 })).duplicate, true)
  const epochs = () => disk.contentOf(`${DIRECTORY}/leader-epoch-checkpoint`).toString().trimEnd().split('\n').slice(2)
  assert.deepEqual(epochs(), ['1 0', '2 1'])
  disk.repair()
  await appendBatch(reopened, batchOf(['v1']), { leaderEpoch: 1 })
  assert.deepEqual(epochs(), ['1 0'])
  await reopened.close()
  assert.deepEqual(await filesIn(disk, '.snapshot'), ['00000000000000000002.snapshot'])
})
