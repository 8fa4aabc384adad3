import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../core/log-config.js'
import { FakeProcesses } from '../testing/fake-processes.js'
import { appendValues, numbered, readValues, testEnvironment } from '../testing/fixtures.js'
import { hasLogCode } from '../testing/has-log-code.js'
import { ManualTime } from '../testing/manual-time.js'
import { SimulatedDisk } from '../testing/simulated-disk.js'
import { LogDirectoryError } from './log-directory-error.js'
import { LogManager } from './log-manager.js'
import type { LogManagerOptions } from './log-manager-options.js'

const TOPIC_ID = 'oTPdU7gWTv2eYxAFHlKhyw'
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

interface World {
  readonly disk: SimulatedDisk
  readonly time: ManualTime
  readonly processes: FakeProcesses
  readonly warnings: string[]
  config: Partial<LogConfig>
  open(options?: Partial<LogManagerOptions>): Promise<LogManager>
  /** The process dies, and the next one starts. */
  die(): void
}

function setUp(): World {
  const disk = new SimulatedDisk()
  const time = new ManualTime()
  const processes = new FakeProcesses(1)
  const warnings: string[] = []
  const world: World = {
    disk,
    time,
    processes,
    warnings,
    config: {},
    open: (options = {}) =>
      LogManager.open({
        environment: testEnvironment(disk, time, warnings),
        directories: ['/one', '/two'],
        brokerId: 0,
        clusterId: 'cluster',
        configOf: () => ({ ...DEFAULT_LOG_CONFIG, ...world.config }),
        processes,
        ...options,
      }),
    die: () => {
      disk.crash()
      processes.kill(1)
      processes.become(1, `boot/${Math.random()}`)
    },
  }
  return world
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LogDirectoryError && error.code === code
}

test('log manager: partitions are placed where the fewest are, closed cleanly, and opened without recovery', async () => {
  const { open, disk } = setUp()
  const manager = await open()
  for (let partition = 0; partition < 4; partition += 1) {
    const log = await manager.getOrCreate('t', partition, TOPIC_ID)
    await appendValues(log, 'v0', 'v1')
    log.updateHighWatermark(1)
  }
  const [one, two] = await manager.describeDirectories()
  assert.deepEqual([one?.logs.length, two?.logs.length], [2, 2])
  await manager.close()
  assert.equal(disk.contentOf('/one/.kafka_cleanshutdown').toString(), '{"version":0,"brokerEpoch":-1}')
  assert.match(disk.contentOf('/one/meta.properties').toString(), /^#.*\nversion=0\ncluster.id=cluster\nbroker.id=0\n$/)
  assert.match(disk.contentOf('/one/recovery-point-offset-checkpoint').toString(), /^0\n2\nt [0-3] 2\nt [0-3] 2\n$/)
  assert.match(disk.contentOf('/two/replication-offset-checkpoint').toString(), /^0\n2\nt [0-3] 1\nt [0-3] 1\n$/)
  assert.equal(disk.contentOf('/two/log-start-offset-checkpoint').toString(), '0\n0\n')
  await assert.rejects(manager.getOrCreate('t', 4, TOPIC_ID), hasCode('CLOSED'))
  disk.powerCut()

  const again = await open()
  assert.ok(again.cleanShutdown)
  assert.equal(await disk.stat('/one/.kafka_cleanshutdown'), undefined, 'the marker goes before anything is written')
  for (const log of again.all()) {
    assert.equal(log.recovery.recoveredSegments, 0)
    assert.equal(log.highWatermark, 1)
    assert.equal(log.topicId, TOPIC_ID)
    assert.deepEqual(await readValues(log), numbered(2))
  }
  assert.equal([...again.all()].length, 4)
  await again.close()
})

test('log manager: checkpoints are there from the beginning, empty, as Kafka’s are', async () => {
  const { open, disk } = setUp()
  const manager = await open()
  await manager.getOrCreate('t', 0, TOPIC_ID)
  for (const name of ['recovery-point-offset', 'log-start-offset', 'replication-offset']) {
    assert.equal(disk.contentOf(`/one/${name}-checkpoint`).toString(), '')
  }
  assert.equal(disk.contentOf('/one/t-0/leader-epoch-checkpoint').toString(), '')
  disk.powerCut()
  const again = await open()
  assert.equal((await again.getOrCreate('t', 0, TOPIC_ID)).latestEpoch, -1)
  await again.close()
})

test('log manager: after a crash every log is recovered from its checkpointed recovery point', async () => {
  const { open, die, time } = setUp()
  const manager = await open()
  const log = await manager.getOrCreate('t', 0, TOPIC_ID)
  await appendValues(log, 'v0', 'v1')
  await time.advance(61_000)
  assert.equal(log.recoveryPoint, 2, 'the background flush has run')
  await appendValues(log, 'v2')
  die()
  const again = await open()
  assert.equal(again.cleanShutdown, false)
  const recovered = again.get('t', 0)
  assert.equal(recovered?.recovery.recoveredSegments, 1)
  assert.deepEqual(await readValues(recovered!), numbered(3))
  await again.close()
})

test('log manager: the background flush bounds what a power cut takes', async () => {
  const { open, disk, time, processes } = setUp()
  const manager = await open()
  const log = await manager.getOrCreate('t', 0, TOPIC_ID)
  await appendValues(log, 'v0', 'v1')
  await time.advance(500)
  assert.ok(manager.flushLagMs <= 1000)
  await appendValues(log, 'v2')
  disk.powerCut()
  processes.become(1, 'boot/2')
  const again = await open()
  assert.deepEqual(await readValues(again.get('t', 0)!), numbered(2))
  await again.close()
})

test('log manager: a second broker on the same data is refused', async () => {
  const { open, processes } = setUp()
  const manager = await open()
  processes.become(2)
  await assert.rejects(open(), hasCode('LOCKED'))
  await manager.close()
})

test('log manager: directories of another cluster or broker are refused, and given back', async () => {
  const { open } = setUp()
  await (await open()).close()
  await assert.rejects(open({ clusterId: 'other' }), hasCode('INCONSISTENT_CLUSTER_ID'))
  await assert.rejects(open({ brokerId: 9 }), hasCode('INCONSISTENT_BROKER_ID'))
  await (await open()).close()
})

test('log manager: meta.properties of a KRaft broker and unknown entries stay as they are', async () => {
  const { open, disk } = setUp()
  const text = '#\nnode.id=0\nversion=1\ndirectory.id=q1\ncluster.id=cluster\n'
  await disk.mkdir('/one')
  disk.put('/one/meta.properties', Buffer.from(text))
  disk.put('/one/cleaner-offset-checkpoint', Buffer.from('0\n0\n'))
  disk.put('/one/__cluster_metadata-0/00000000000000000000.log', Buffer.from('not ours'))
  const manager = await open()
  await manager.close()
  assert.equal(disk.contentOf('/one/meta.properties').toString(), text)
  assert.equal(disk.contentOf('/one/cleaner-offset-checkpoint').toString(), '0\n0\n')
  assert.equal(disk.contentOf('/one/__cluster_metadata-0/00000000000000000000.log').toString(), 'not ours')
})

test('log manager: unknown partitions are listed and left alone, with their checkpoints; a new topic of the name sets them aside', async () => {
  const { open, disk } = setUp()
  const manager = await open({ directories: ['/one'] })
  for (const topic of ['known', 'unknown']) {
    const log = await manager.getOrCreate(topic, 0, TOPIC_ID)
    await appendValues(log, 'v0')
  }
  await manager.close()

  const again = await open({ directories: ['/one'], isKnown: ({ topic }) => topic === 'known' })
  assert.deepEqual(again.unknownPartitions, [
    { topic: 'unknown', partition: 0, topicId: TOPIC_ID, path: '/one/unknown-0' },
  ])
  assert.equal(again.get('unknown', 0), undefined)
  await again.close()
  assert.match(disk.contentOf('/one/recovery-point-offset-checkpoint').toString(), /unknown 0 1/)

  const third = await open({ directories: ['/one'], isKnown: ({ topic }) => topic === 'known' })
  const made = await third.getOrCreate('unknown', 0, OTHER_ID)
  assert.equal(made.logEndOffset, 0)
  assert.equal(made.topicId, OTHER_ID)
  const names = (await disk.readdir('/one')).map(({ name }) => name)
  assert.ok(names.some((name) => /^unknown-0\.[0-9a-f]{32}-stray$/.test(name)))
  await third.close()
})

test('log manager: a deleted topic does not come back, and a new one of its name begins at 0 also after a crash', async () => {
  const { open, die, disk, time } = setUp()
  const manager = await open({ directories: ['/one'] })
  const log = await manager.getOrCreate('t', 0, TOPIC_ID)
  await appendValues(log, 'v0', 'v1', 'v2')
  log.updateHighWatermark(3)
  log.deleteRecordsBefore(2)
  await time.advance(61_000)
  assert.match(disk.contentOf('/one/log-start-offset-checkpoint').toString(), /t 0 2/)
  await manager.delete('t', 0)
  assert.equal(manager.get('t', 0), undefined)
  await manager.delete('t', 0)
  const made = await manager.getOrCreate('t', 0, OTHER_ID)
  await appendValues(made, 'v0')
  die()
  const again = await open({ directories: ['/one'] })
  const names = (await disk.readdir('/one')).map(({ name }) => name)
  assert.deepEqual(
    names.filter((name) => name.includes('-delete')),
    [],
    'leftovers of a deletion go at the start',
  )
  assert.deepEqual(await readValues(again.get('t', 0)!), numbered(1))
  await again.close()
})

test('log manager: a directory whose disk fails is left out, all of them is an error', async () => {
  const { open, disk, warnings } = setUp()
  disk.fail('EIO', (call) => call.path.startsWith('/one'), { times: Number.POSITIVE_INFINITY })
  const manager = await open()
  assert.equal(warnings.length, 1)
  const log = await manager.getOrCreate('t', 0, TOPIC_ID)
  assert.ok(log.dir.startsWith('/two/'))
  const offline = (await manager.describeDirectories()).find(({ path }) => path === '/one')
  assert.ok(offline?.error instanceof Error)
  await manager.close()
  await assert.rejects(open({ directories: ['/one'] }), hasCode('ALL_OFFLINE'))
})

test('log manager: retention runs in the background, and configs can change', async () => {
  const world = setUp()
  const { open, time } = world
  const manager = await open()
  const log = await manager.getOrCreate('t', 0, TOPIC_ID)
  await appendValues(log, 'v0')
  log.updateHighWatermark(1)
  await time.advance(300_000)
  assert.equal(log.logStartOffset, 0)
  world.config = { retentionMs: 1000 }
  manager.updateConfig('t')
  await time.advance(300_000)
  assert.equal(log.logStartOffset, 1)
  await manager.close()
})

test('log manager: getOrCreate of one partition at once gives one log', async () => {
  const { open } = setUp()
  const manager = await open()
  const logs = await Promise.all([1, 2, 3].map(() => manager.getOrCreate('t', 0, TOPIC_ID)))
  assert.equal(new Set(logs).size, 1)
  await manager.close()
})

test('log manager: a partition in two directories is refused', async () => {
  const { open, disk } = setUp()
  for (const directory of ['/one', '/two']) disk.put(`${directory}/t-0/00000000000000000000.log`, Buffer.alloc(0))
  await assert.rejects(open(), hasCode('DUPLICATE_PARTITION'))
})

test('log manager: a full disk keeps neither from stopping cleanly nor from starting', async () => {
  const { open, disk, die } = setUp()
  disk.setCapacityBytes(100 * 1024 * 1024)
  const first = await open({ directories: ['/one'] })
  await appendValues(await first.getOrCreate('t', 0, TOPIC_ID), 'v0')
  const { freeBytes, totalBytes } = await disk.space()
  disk.setCapacityBytes(totalBytes - freeBytes)
  const log = first.get('t', 0)
  await assert.rejects(appendValues(log!, 'v1'))
  await first.close()

  const second = await open({ directories: ['/one'] })
  assert.ok(second.cleanShutdown)
  const used = (await disk.space()).totalBytes - (await disk.space()).freeBytes
  disk.setCapacityBytes(used)
  die()
  disk.setCapacityBytes(used + 2000)
  const third = await open({ directories: ['/one'] })
  assert.deepEqual(await readValues(third.get('t', 0)!), numbered(1))
  disk.setCapacityBytes(totalBytes)
  await appendValues(third.get('t', 0)!, 'v1')
  assert.deepEqual(await readValues(third.get('t', 0)!), numbered(2))
  await third.close()
})

test('log manager: a partition without topic id gets one, and keeps it', async () => {
  const { open, disk } = setUp()
  disk.put('/one/t-0/00000000000000000000.log', Buffer.alloc(0))
  const manager = await open({ directories: ['/one'] })
  const log = await manager.getOrCreate('t', 0, TOPIC_ID)
  assert.equal(log.topicId, TOPIC_ID)
  assert.equal(disk.contentOf('/one/t-0/partition.metadata').toString(), `version: 0\ntopic_id: ${TOPIC_ID}`)
  await assert.rejects(manager.getOrCreate('t', 0, OTHER_ID), hasLogCode('INCONSISTENT_TOPIC_ID'))
  await manager.close()
})

test('log manager: where a sync has failed, the next start is not told that all is well', async () => {
  const { open, disk, time, warnings } = setUp()
  const manager = await open()
  const bad = await manager.getOrCreate('bad', 0, TOPIC_ID)
  const good = await manager.getOrCreate('good', 0, TOPIC_ID)
  await appendValues(bad, 'v0')
  await appendValues(good, 'v0')
  disk.fail('EIO', (call) => call.operation === 'datasync' && call.path.includes('/bad-0/'))
  await time.advance(1000)
  assert.match(warnings.join(), /bad-0: flush failed/)
  await manager.close()
  const again = await open()
  assert.deepEqual(
    ['bad', 'good'].map((topic) => again.get(topic, 0)?.recovery.recoveredSegments),
    [1, 0],
  )
  await again.close()
})

test('log manager: partitions that are created at once after a deletion do not disturb each other', async () => {
  const world = setUp()
  const manager = await world.open({ directories: ['/one'] })
  await manager.getOrCreate('t', 0, TOPIC_ID)
  await manager.delete('t', 0)
  const created = await Promise.all([0, 1, 2, 3].map((partition) => manager.getOrCreate('u', partition, OTHER_ID)))
  assert.equal(created.length, 4)
  await manager.close()
})
