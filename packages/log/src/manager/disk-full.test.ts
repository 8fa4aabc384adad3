import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appendBatch, appendValues, batchOf, numbered, readValues } from '../testing/fixtures.js'
import { hasLogCode } from '../testing/has-log-code.js'
import { LogWorld } from '../testing/log-world.js'
import type { LogManager } from './log-manager.js'

const TOPIC_ID = 'oTPdU7gWTv2eYxAFHlKhyw'
const AMPLE = 1024 ** 3

async function setUp() {
  const world = new LogWorld()
  world.disk.setCapacityBytes(AMPLE)
  const open = () => world.open({ directories: ['/one'] })
  const manager = await open()
  const log = await manager.getOrCreate('t', 0, TOPIC_ID)
  await appendValues(log, 'v0', 'v1')
  log.updateHighWatermark(2)
  /** Not a byte more can be written. */
  const fill = async () => {
    const { totalBytes, freeBytes } = await world.disk.space()
    world.disk.setCapacityBytes(totalBytes - freeBytes)
  }
  const free = () => world.disk.setCapacityBytes(AMPLE)
  return { world, open, manager, log, fill, free }
}

function logOf(manager: LogManager) {
  const log = manager.get('t', 0)
  assert.ok(log !== undefined)
  return log
}

test('full disk, checkpoints: the old ones stay, and are written when there is space; no directory goes offline', async () => {
  const { world, manager, log, fill, free } = await setUp()
  await world.time.advance(6000)
  const checkpoint = () => world.disk.contentOf('/one/replication-offset-checkpoint').toString()
  assert.match(checkpoint(), /^t 0 2$/m)
  log.updateHighWatermark(1)
  await fill()
  await world.time.advance(120_000)
  assert.match(checkpoint(), /^t 0 2$/m)
  assert.ok(world.warnings.some((line) => /high watermarks failed, and is tried again.*ENOSPC/.test(line)))
  assert.equal(manager.offlineDirectoryCount, 0)
  free()
  await world.time.advance(6000)
  assert.match(checkpoint(), /^t 0 1$/m)
  await manager.close()
})

test('full disk, indexes of a sealed segment: kept in memory, written when there is space, and the recovery point goes on', async () => {
  const { world, manager, log, fill, free } = await setUp()
  world.config = { indexIntervalBytes: 1 }
  await appendValues(log, 'v2', 'v3', 'v4')
  await log.roll()
  await appendValues(log, 'v5')
  await fill()
  await world.time.advance(3000)
  assert.equal(log.recoveryPoint, 0)
  assert.ok(world.warnings.some((line) => /flush failed, and is tried again/.test(line)))
  assert.deepEqual(await readValues(log), numbered(6))
  free()
  await world.time.advance(2000)
  assert.equal(log.recoveryPoint, 6)
  await manager.close()
  world.powerCut()
  const again = await world.open({ directories: ['/one'] })
  assert.ok(again.cleanShutdown, 'a disk that was full once does not make the next start a recovery')
  assert.deepEqual(await readValues(logOf(again)), numbered(6))
  await again.close()
})

test('full disk: rolling a segment and making a partition fail, and work when there is space', async () => {
  const { world, manager, log, fill, free } = await setUp()
  world.config = { segmentBytes: 2 * batchOf(['v0']).length }
  manager.updateConfig('t')
  await fill()
  await assert.rejects(appendBatch(log, batchOf(['v2'])), hasLogCode('KAFKA_STORAGE_ERROR'))
  await assert.rejects(manager.getOrCreate('new', 0, TOPIC_ID), { code: 'ENOSPC' })
  assert.deepEqual(await readValues(log), numbered(2))
  assert.equal(await world.disk.stat('/one/new-0'), undefined, 'nothing half made is left')
  assert.equal(manager.offlineDirectoryCount, 0)
  free()
  await appendValues(log, 'v2')
  assert.equal(log.segmentCount, 2)
  await appendValues(await manager.getOrCreate('new', 0, TOPIC_ID), 'v0')
  await manager.close()
})

for (const ending of ['clean', 'crash'] as const) {
  test(`full disk at the start after a ${ending} stop: everything is read, writes fail until there is space`, async () => {
    const { world, open, manager, fill, free } = await setUp()
    if (ending === 'clean') await manager.close()
    else world.die()
    await fill()
    const again = await open()
    const log = logOf(again)
    assert.deepEqual(await readValues(log), numbered(2))
    await fill()
    await assert.rejects(appendBatch(log, batchOf(['v2'])), hasLogCode('KAFKA_STORAGE_ERROR'))
    free()
    await appendValues(log, 'v2')
    assert.deepEqual(await readValues(log), numbered(3))
    await again.close()
    const third = await open()
    assert.ok(third.cleanShutdown)
    assert.deepEqual(await readValues(logOf(third)), numbered(3))
    await third.close()
  })
}

test('full disk at a stop: the reserve makes it a clean one', async () => {
  const { world, open, manager, fill } = await setUp()
  await fill()
  await manager.close()
  world.powerCut()
  const again = await open()
  assert.ok(again.cleanShutdown)
  assert.deepEqual(await readValues(logOf(again)), numbered(2))
  await again.close()
})

test('full disk at a start: the reserve is given up, and taken again when there is space', async () => {
  const { world, open, manager, fill, free } = await setUp()
  await manager.close()
  await fill()
  const again = await open()
  const reserve = () => world.disk.stat('/one/.millrace.reserve')
  assert.equal(await reserve(), undefined)
  free()
  await world.time.advance(10_000)
  assert.equal((await reserve())?.sizeInBytes, 1024 * 1024)
  await again.close()
})
