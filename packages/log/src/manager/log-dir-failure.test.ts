import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DiskOperation } from '../testing/disk-faults.js'
import { appendBatch, appendValues, batchOf, numbered, readValues } from '../testing/fixtures.js'
import { hasLogCode } from '../testing/has-log-code.js'
import { LogWorld } from '../testing/log-world.js'
import { settle } from '../testing/manual-time.js'
import { LogDirectoryError } from './log-directory-error.js'
import type { LogDirectoryFailure } from './log-manager-options.js'

const TOPIC_ID = 'oTPdU7gWTv2eYxAFHlKhyw'

async function setUp() {
  const world = new LogWorld()
  const failures: LogDirectoryFailure[] = []
  const manager = await world.open({ onDirectoryFailure: (failure) => failures.push(failure) })
  const logs = await Promise.all([0, 1, 2, 3].map((partition) => manager.getOrCreate('t', partition, TOPIC_ID)))
  for (const log of logs) await appendValues(log, 'v0', 'v1')
  await manager.flush()
  const inOne = logs.filter(({ dir }) => dir.startsWith('/one/'))
  const inTwo = logs.filter(({ dir }) => dir.startsWith('/two/'))
  assert.deepEqual([inOne.length, inTwo.length], [2, 2])
  const breakDisk = (path: string, code: string) =>
    world.disk.fail(code, (call) => call.path.startsWith(path), { times: Number.POSITIVE_INFINITY })
  return { world, failures, manager, inOne, inTwo, breakDisk }
}

const cases: readonly { operation: DiskOperation; code: string }[] = [
  { operation: 'write', code: 'EIO' },
  { operation: 'write', code: 'EROFS' },
  { operation: 'read', code: 'EIO' },
  { operation: 'datasync', code: 'EIO' },
  { operation: 'open', code: 'ENOTDIR' },
  { operation: 'syncDirectory', code: 'EIO' },
  { operation: 'rename', code: 'EROFS' },
]

for (const { operation, code } of cases) {
  test(`log directory: ${code} of one ${operation} takes it offline, the other goes on`, async () => {
    const { world, failures, manager, inOne, inTwo } = await setUp()
    const [log] = inOne
    assert.ok(log !== undefined)
    world.disk.fail(code, (call) => call.operation === operation && call.path.startsWith('/one'))
    if (operation === 'read') await assert.rejects(readValues(log))
    else if (operation === 'write') await assert.rejects(appendValues(log, 'v2'), hasLogCode('KAFKA_STORAGE_ERROR'))
    else {
      for (const each of [...inOne, ...inTwo]) each.updateHighWatermark(1)
      await appendValues(log, 'v2')
      await world.time.advance(6000)
    }
    await settle()
    assert.deepEqual(
      failures.map(({ path, remaining, logs }) => ({ path, remaining, logs })),
      [{ path: '/one', remaining: 1, logs: inOne }],
    )
    assert.equal(manager.offlineDirectoryCount, 1)
    for (const each of inOne) {
      await assert.rejects(appendBatch(each, batchOf(['no'])), hasLogCode('KAFKA_STORAGE_ERROR'))
      await assert.rejects(readValues(each), hasLogCode('KAFKA_STORAGE_ERROR'))
      assert.equal(manager.get('t', each.partition), undefined)
    }
    for (const each of inTwo) {
      await appendValues(each, 'v2')
      assert.deepEqual(await readValues(each), numbered(3))
    }
    const described = await manager.describeDirectories()
    assert.deepEqual(
      described.map(({ path, error, logs }) => [path, error !== undefined, logs.length]),
      [
        ['/two', false, 2],
        ['/one', true, 0],
      ],
    )
    await manager.close()
  })
}

test('log directory: a partition that may lie in a failed one is not made anew; a new one is made elsewhere', async () => {
  const { failures, manager, inOne, breakDisk } = await setUp()
  breakDisk('/one', 'EIO')
  const [log] = inOne
  assert.ok(log !== undefined)
  await assert.rejects(appendValues(log, 'no'), hasLogCode('KAFKA_STORAGE_ERROR'))
  const again = manager.getOrCreate('t', log.partition, TOPIC_ID, { isNew: false })
  await assert.rejects(again, hasLogCode('KAFKA_STORAGE_ERROR'))
  for (const partition of [4, 5]) {
    const created = await manager.getOrCreate('t', partition, TOPIC_ID)
    assert.ok(created.dir.startsWith('/two/'))
  }
  assert.equal(failures.length, 1)
  await manager.close()
})

test('log directory: one that fails, or is full, while a partition is made in it leaves the partition to the next', async () => {
  for (const code of ['EIO', 'ENOSPC']) {
    const { world, manager } = await setUp()
    await manager.delete('t', 0)
    const isCreation = (path: string) => path.startsWith('/one/t-9/') && path.endsWith('.log')
    world.disk.fail(code, (call) => call.operation === 'open' && isCreation(call.path))
    const log = await manager.getOrCreate('t', 9, TOPIC_ID)
    assert.ok(log.dir.startsWith('/two/'), code)
    if (code === 'ENOSPC') assert.equal(await world.disk.stat('/one/t-9'), undefined)
    assert.equal(manager.offlineDirectoryCount, code === 'EIO' ? 1 : 0)
    await manager.close()
  }
})

test('log directory: when all have failed nothing can be made; with the disks back all is back', async () => {
  const { world, failures, manager, inOne, inTwo, breakDisk } = await setUp()
  breakDisk('/', 'EIO')
  for (const [log] of [inOne, inTwo]) {
    assert.ok(log !== undefined)
    await assert.rejects(appendValues(log, 'no'), hasLogCode('KAFKA_STORAGE_ERROR'))
  }
  assert.deepEqual(
    failures.map(({ remaining }) => remaining),
    [1, 0],
  )
  await assert.rejects(manager.getOrCreate('t', 9, TOPIC_ID), (error) => {
    return error instanceof LogDirectoryError && error.code === 'ALL_OFFLINE'
  })
  world.disk.repair()
  world.die()
  const again = await world.open()
  assert.equal(again.offlineDirectoryCount, 0)
  for (const log of again.all()) assert.deepEqual(await readValues(log), numbered(2))
  assert.equal([...again.all()].length, 4)
  await again.close()
})

test('log directory: one that is removed under the broker goes offline', async () => {
  const { world, failures, manager, inOne } = await setUp()
  await world.disk.rename('/one', '/elsewhere')
  for (const log of inOne) log.updateHighWatermark(1)
  await world.time.advance(6000)
  assert.deepEqual(
    failures.map(({ path }) => path),
    ['/one'],
  )
  await manager.close()
})

test('log directory: one that fails while its partitions are opened is left out, the others are opened', async () => {
  const { world, manager } = await setUp()
  await manager.close()
  world.disk.fail('EIO', (call) => call.operation === 'open' && /\/one\/t-\d\/.*log$/.test(call.path))
  const again = await world.open()
  assert.equal(again.offlineDirectoryCount, 1)
  assert.ok([...again.all()].every(({ dir }) => dir.startsWith('/two/')))
  assert.equal([...again.all()].length, 2)
  await again.close()
})
