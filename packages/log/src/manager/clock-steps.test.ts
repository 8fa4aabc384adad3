import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appendBatch, batchOf, readValues } from '../testing/fixtures.js'
import { LogWorld } from '../testing/log-world.js'

const TOPIC_ID = 'oTPdU7gWTv2eYxAFHlKhyw'
const HOUR_MS = 3_600_000

for (const stepMs of [-HOUR_MS, HOUR_MS]) {
  const direction = stepMs < 0 ? 'back' : 'forth'

  test(`a clock that is put ${direction} by an hour: no record and no producer goes early, writes are synced in time`, async () => {
    const world = new LogWorld()
    world.config = { retentionMs: 3 * HOUR_MS, producerIdExpirationMs: 3 * HOUR_MS }
    const manager = await world.open({ directories: ['/one'] })
    const log = await manager.getOrCreate('t', 0, TOPIC_ID)
    const append = async (sequence: number) => {
      const nowMs = world.time.nowMs()
      const producer = { producerId: 1, producerEpoch: 0, baseSequence: sequence }
      await appendBatch(log, batchOf([`v${sequence}`], { ...producer, timestamp: nowMs }), { nowMs })
    }
    await append(0)
    await log.roll()
    world.time.step(stepMs)
    await append(1)
    log.updateHighWatermark(2)
    await world.time.advance(1000)
    assert.equal(log.recoveryPoint, 2, 'the background flush goes by another clock')
    await world.time.advance(HOUR_MS)
    world.time.step(-stepMs)
    await world.time.advance(HOUR_MS / 2)
    assert.deepEqual(await readValues(log), ['0:v0', '1:v1'])
    assert.equal(log.describeProducers().length, 1)
    // Three hours and more after the last record, by the wall clock as in Kafka.
    await world.time.advance(3 * HOUR_MS + 600_000)
    await manager.applyRetention()
    assert.deepEqual(await readValues(log), [])
    assert.equal(log.describeProducers().length, 0)
    await manager.close()
  })
}

test('bounds of timestamps are those of the clock of the moment: after a step back, what was written before it is too late', async () => {
  const world = new LogWorld()
  world.config = { messageTimestampAfterMaxMs: HOUR_MS / 2, messageTimestampBeforeMaxMs: 2 * HOUR_MS }
  const manager = await world.open({ directories: ['/one'] })
  const log = await manager.getOrCreate('t', 0, TOPIC_ID)
  const before = world.time.nowMs()
  const append = async (timestamp: number) =>
    await appendBatch(log, batchOf(['v'], { timestamp }), { nowMs: world.time.nowMs() })
  await append(before)
  world.time.step(-HOUR_MS)
  await assert.rejects(append(before), { code: 'INVALID_TIMESTAMP' })
  await append(world.time.nowMs())
  world.time.step(HOUR_MS)
  await append(before - HOUR_MS)
  world.time.step(2 * HOUR_MS)
  await assert.rejects(append(before - HOUR_MS), { code: 'INVALID_TIMESTAMP' })
  await append(world.time.nowMs())
  assert.equal(log.logEndOffset, 4, 'what was refused has left nothing')
  await manager.close()
})
