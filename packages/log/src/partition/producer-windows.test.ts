import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileNameFor } from '../core/file-names.js'
import { appendBatch, batchOf, DIRECTORY, openTestLog, type TestLog } from '../testing/fixtures.js'
import { hasLogCode } from '../testing/has-log-code.js'
import type { PartitionLog } from './partition-log.js'

const PRODUCER = { producerId: 7, producerEpoch: 3 }

/** As many records each, one after the other. */
const SIZES = [1, 5, 1, 20, 5]

/** The batches of one producer from this sequence on, as it sends them: the bytes of each anew. */
function batches(firstSequence = 0, producer = PRODUCER): { batch: () => Buffer; records: number }[] {
  let sequence = firstSequence
  return SIZES.map((records) => {
    const baseSequence = sequence
    sequence += records
    const values = Array.from({ length: records }, (_, index) => `v${baseSequence + index}`)
    return { batch: () => batchOf(values, { ...producer, baseSequence }), records }
  })
}

/** Each batch is a duplicate of what the log has from this offset on; nothing is appended. */
async function assertDuplicates(log: PartitionLog, sent: ReturnType<typeof batches>, firstOffset: number) {
  const end = log.logEndOffset
  let offset = firstOffset
  for (const { batch, records } of sent) {
    const result = await appendBatch(log, batch())
    assert.deepEqual([result.duplicate, result.firstOffset], [true, offset])
    offset += records
  }
  assert.equal(log.logEndOffset, end)
}

/** Writes the five batches behind a first one of another producer, and rolls after so many of them. */
async function writeWindow(test: TestLog, options: { rollAfter?: number; firstSequence?: number } = {}) {
  const { log } = test
  await appendBatch(log, batchOf(['other'], { producerId: 8, producerEpoch: 0, baseSequence: 0 }))
  // A producer that has written before: not all that it ever wrote fits its window.
  for (let sequence = 0; sequence < 10; sequence += 1) {
    await appendBatch(log, batchOf(['before'], { ...PRODUCER, baseSequence: sequence }))
  }
  const sent = batches(10)
  for (const [index, { batch }] of sent.entries()) {
    if (index === options.rollAfter) await log.roll()
    await appendBatch(log, batch())
  }
  return { sent, firstOffset: 11 }
}

async function assertGoesOn(log: PartitionLog): Promise<void> {
  const tooOld = batchOf(['before'], { ...PRODUCER, baseSequence: 9 })
  await assert.rejects(appendBatch(log, tooOld), hasLogCode('OUT_OF_ORDER_SEQUENCE_NUMBER'))
  const end = log.logEndOffset
  const next = batchOf(['next'], { ...PRODUCER, baseSequence: 42 })
  assert.equal((await appendBatch(log, next)).firstOffset, end)
}

for (const rollAfter of [undefined, 0, 1, 3, 4]) {
  const where = rollAfter === undefined ? 'no roll' : `a roll after ${rollAfter} of them`
  test(`producer windows: five batches and ${where}: all are duplicates after a crash`, async () => {
    const written = await openTestLog()
    const { sent, firstOffset } = await writeWindow(written, rollAfter === undefined ? {} : { rollAfter })
    written.disk.crash()
    const { log } = await openTestLog({ disk: written.disk })
    assert.ok(log.recovery.recoveredSegments > 0)
    await assertDuplicates(log, sent, firstOffset)
    await assertGoesOn(log)
  })

  test(`producer windows: five batches and ${where}: all are duplicates after a crash behind the recovery point`, async () => {
    const written = await openTestLog()
    const { sent, firstOffset } = await writeWindow(written, rollAfter === undefined ? {} : { rollAfter })
    await written.log.flush()
    const { recoveryPoint } = written.log
    written.disk.crash()
    const { log } = await openTestLog({ disk: written.disk, recoveryPoint })
    assert.equal(log.recovery.recoveredSegments, 1, 'the last one')
    await assertDuplicates(log, sent, firstOffset)
    await assertGoesOn(log)
  })

  test(`producer windows: five batches and ${where}: all are duplicates after a clean stop`, async () => {
    const written = await openTestLog()
    const { sent, firstOffset } = await writeWindow(written, rollAfter === undefined ? {} : { rollAfter })
    await written.log.close()
    const { log } = await openTestLog({ disk: written.disk, cleanShutdown: true })
    assert.equal(log.recovery.recoveredSegments, 0)
    await assertDuplicates(log, sent, firstOffset)
    await assertGoesOn(log)
  })
}

test('producer windows: a truncation keeps the batches that are left', async () => {
  const written = await openTestLog()
  const { sent, firstOffset } = await writeWindow(written, { rollAfter: 3 })
  await written.log.truncateTo(written.log.logEndOffset - 5)
  await assertDuplicates(written.log, sent.slice(0, 4), firstOffset)
  const [, , , , last] = sent
  assert.ok(last !== undefined)
  assert.equal((await appendBatch(written.log, last.batch())).duplicate, false)
})

test('producer windows: of a new epoch, and across segments, only what is of the epoch', async () => {
  const written = await openTestLog()
  const { log, disk } = written
  await writeWindow(written)
  const bumped = { ...PRODUCER, producerEpoch: 4 }
  const sent = batches(0, bumped).slice(0, 3)
  const firstOffset = log.logEndOffset
  for (const { batch } of sent) {
    await appendBatch(log, batch())
    await log.roll()
  }
  await log.close()
  const { log: reopened } = await openTestLog({ disk, cleanShutdown: true })
  await assertDuplicates(reopened, sent, firstOffset)
  const old = batchOf(['v41'], { ...PRODUCER, baseSequence: 41 })
  await assert.rejects(appendBatch(reopened, old), hasLogCode('INVALID_PRODUCER_EPOCH'))
})

test('producer windows: many producers among each other, in batches of 100 KiB', async () => {
  const written = await openTestLog()
  const { log, disk } = written
  const value = 'x'.repeat(50 * 1024)
  const sequences = [5, 6, 7, 8, 9, 10]
  const batch = (producerId: number, baseSequence: number) =>
    batchOf([value], { producerId, producerEpoch: 0, baseSequence })
  const offsets = new Map<string, number>()
  for (const baseSequence of sequences) {
    for (let producerId = 0; producerId < 10; producerId += 1) {
      const { firstOffset } = await appendBatch(log, batch(producerId, baseSequence))
      offsets.set(`${producerId}/${baseSequence}`, firstOffset)
    }
  }
  await log.close()
  const { log: reopened } = await openTestLog({ disk, cleanShutdown: true })
  for (const baseSequence of sequences.slice(1)) {
    for (let producerId = 0; producerId < 10; producerId += 1) {
      const result = await appendBatch(reopened, batch(producerId, baseSequence))
      assert.deepEqual([result.duplicate, result.firstOffset], [true, offsets.get(`${producerId}/${baseSequence}`)])
    }
  }
})

/** How often .log files are read when the log is opened after a clean stop and so much time. */
async function readsToOpen(write: (written: TestLog) => Promise<void>, waitMs = 0): Promise<number> {
  const written = await openTestLog()
  const { disk, time } = written
  await write(written)
  await written.log.close()
  await time.advance(waitMs)
  const before = disk.calls.length
  await openTestLog({ disk, time, cleanShutdown: true })
  return disk.calls.slice(before).filter(({ operation, path }) => operation === 'read' && path.endsWith('.log')).length
}

test('producer windows: nothing is read for them of a log that was not written lately, or where all is known', async () => {
  const plain = await readsToOpen(async ({ log }) => {
    for (let count = 0; count < 16; count += 1) await appendBatch(log, batchOf(['v']))
  })
  const many = async (written: TestLog) => {
    await writeWindow(written)
  }
  const first = async ({ log }: TestLog) => {
    await appendBatch(log, batchOf(['v'], { ...PRODUCER, baseSequence: 0 }))
  }
  assert.ok((await readsToOpen(many)) > plain)
  assert.equal(await readsToOpen(many, 60 * 60 * 1000), plain)
  assert.equal(await readsToOpen(first), plain)
})

test('producer windows: what is read is bounded, however long ago a producer wrote its other batches', async () => {
  const value = 'x'.repeat(4000)
  const write =
    (producer: Partial<typeof PRODUCER>) =>
    async ({ log }: TestLog) => {
      const of = (baseSequence: number) => (producer.producerId === undefined ? {} : { ...producer, baseSequence })
      await appendBatch(log, batchOf(['v'], of(0)))
      for (let count = 0; count < 1000; count += 1) await appendBatch(log, batchOf([value]))
      await appendBatch(log, batchOf(['v'], of(1)))
    }
  const more = (await readsToOpen(write(PRODUCER))) - (await readsToOpen(write({})))
  const pieces = (2 * 1024 * 1024) / (64 * 1024)
  assert.ok(more > 10 && more < pieces + 5, `${more} reads more, in a log of 8 MiB`)
})

test('producer windows: a log whose index is damaged loads, and the window is as short as the snapshot says or whole', async () => {
  const written = await openTestLog({ config: { indexIntervalBytes: 100 } })
  const { sent, firstOffset } = await writeWindow(written, { rollAfter: 3 })
  await written.log.close()
  const index = `${DIRECTORY}/${fileNameFor(0, '.index')}`
  const bytes = written.disk.contentOf(index)
  for (let at = 4; at < bytes.length; at += 8) bytes.writeInt32BE(bytes.readInt32BE(at) + 1, at)
  written.disk.put(index, bytes)
  const { log } = await openTestLog({ disk: written.disk, cleanShutdown: true })
  await assertDuplicates(log, sent.slice(-1), firstOffset + 27)
  assert.equal(log.describeProducers().find(({ producerId }) => producerId === 7)?.lastSequence, 41)
})
