import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batchMaxTimestamp,
  batchSizeInBytes,
  buildBatch,
  type CompressionType,
  isCrcValid,
  NO_TIMESTAMP,
  setCreateTime,
} from '@millrace/protocol'
import type { LogConfig } from '../core/log-config.js'
import { appendBatch, openTestLog } from '../testing/fixtures.js'
import { hasLogCode } from '../testing/has-log-code.js'
import type { PartitionLog } from './partition-log.js'

const FIRST_MS = 1_700_000_000_000

/** Three records, the second of which is the latest, under a header that says this. */
function batchSaying(maxTimestamp: number, compression: CompressionType = 'none'): Buffer {
  const timestamps = [FIRST_MS, FIRST_MS + 500, FIRST_MS + 100]
  const records = timestamps.map((timestamp) => ({ value: Buffer.from('v'), timestamp }))
  const batch = buildBatch(records, { compression })
  setCreateTime(batch, 0, maxTimestamp)
  return batch
}

/** The largest timestamp of the one batch in the log, whose checksum is right. */
async function storedMaxTimestamp(log: PartitionLog): Promise<number> {
  const { records } = await log.read(0, { maxBytes: 10_000, minOneBatch: true, upTo: 'logEnd' })
  assert.equal(batchSizeInBytes(records, 0), records.length)
  assert.ok(isCrcValid(records, 0))
  return batchMaxTimestamp(records, 0)
}

for (const said of [NO_TIMESTAMP, 0, FIRST_MS, FIRST_MS + 499, FIRST_MS + 500, FIRST_MS + 10_000]) {
  test(`largest timestamp: a header that says ${said} gets that of the records`, async () => {
    const { log } = await openTestLog()
    const result = await appendBatch(log, batchSaying(said))
    assert.equal(result.maxTimestamp, FIRST_MS + 500)
    assert.equal(await storedMaxTimestamp(log), FIRST_MS + 500)
    const found = { offset: 1, timestamp: FIRST_MS + 500, leaderEpoch: 0 }
    assert.deepEqual(await log.offsetForTimestamp(FIRST_MS + 200), found)
    assert.deepEqual(await log.offsetForMaxTimestamp(), found)
  })
}

for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
  test(`largest timestamp: ${compression}, of a producer that never fills it`, async () => {
    for (const said of [NO_TIMESTAMP, 0, FIRST_MS - 1]) {
      const { log } = await openTestLog()
      await appendBatch(log, batchSaying(said, compression))
      assert.equal(await storedMaxTimestamp(log), FIRST_MS + 500)
      assert.equal((await log.offsetForTimestamp(FIRST_MS + 200))?.offset, 1)
    }
  })
}

test('largest timestamp: compressed, a header that can be right is taken at its word, unless all is looked at', async () => {
  const shallow = await openTestLog()
  await appendBatch(shallow.log, batchSaying(FIRST_MS + 700, 'gzip'))
  assert.equal(await storedMaxTimestamp(shallow.log), FIRST_MS + 700)
  const deep = await openTestLog()
  await appendBatch(deep.log, batchSaying(FIRST_MS + 700, 'gzip'), { deepValidation: true })
  assert.equal(await storedMaxTimestamp(deep.log), FIRST_MS + 500)
})

test('largest timestamp: put right before and after recompression', async () => {
  const configs: Partial<LogConfig>[] = [{ compressionType: 'lz4' }, { compressionType: 'uncompressed' }]
  for (const config of configs) {
    for (const compression of ['none', 'gzip'] as const) {
      const { log } = await openTestLog({ config })
      await appendBatch(log, batchSaying(NO_TIMESTAMP, compression))
      assert.equal(await storedMaxTimestamp(log), FIRST_MS + 500)
    }
  }
})

test('largest timestamp: of records without any there is none; with LogAppendTime it is the time of the append', async () => {
  const { log } = await openTestLog()
  const timeless = buildBatch([{ value: Buffer.from('v') }])
  setCreateTime(timeless, 0, FIRST_MS)
  assert.equal((await appendBatch(log, timeless)).maxTimestamp, NO_TIMESTAMP)
  assert.equal(await storedMaxTimestamp(log), NO_TIMESTAMP)

  const stamped = await openTestLog({ config: { messageTimestampType: 'LogAppendTime' } })
  await appendBatch(stamped.log, batchSaying(NO_TIMESTAMP), { nowMs: FIRST_MS + 9 })
  assert.equal(await storedMaxTimestamp(stamped.log), FIRST_MS + 9)
})

test('largest timestamp: what is refused is left as it came', async () => {
  const { log } = await openTestLog({ config: { compressionType: 'gzip', maxMessageBytes: 130 } })
  const value = Buffer.from(Array.from({ length: 40 }, (_, index) => (index * 89) % 256))
  const batch = buildBatch([{ value, timestamp: FIRST_MS }])
  setCreateTime(batch, 0, NO_TIMESTAMP)
  const before = Buffer.from(batch)
  await assert.rejects(appendBatch(log, batch, { leaderEpoch: 3 }), hasLogCode('MESSAGE_TOO_LARGE'))
  assert.ok(batch.equals(before))
})
