// One of two log directories fails while the broker runs (a file system that turns read-only): its partitions are
// offline, the others go on, DescribeLogDirs says which it is. With the directory back, a restart brings everything
// back. When the only directory fails, the broker ends with exit code 1, as Kafka does.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBroker } from '../lib/brokers.mjs'
import { until } from '../lib/programs.mjs'
import { apis, createTopics, ErrorCode, errorName, fetchOnce, findCoordinator, RawClient } from '../lib/raw.mjs'
import { mountFailingDisk, noFailingDisks } from '../lib/small-disks.mjs'
import { VerifiedWriter } from './verified-writer.mjs'

const partitions = 6
/** A disk that fails loses what was not synced. */
const synced = { 'log.flush.interval.messages': 1 }
const noticedWithinMs = 15_000

test('one of two log directories fails', { skip: noFailingDisks }, async (t) => {
  const disk = mountFailingDisk(64)
  t.after(() => disk.unmount())
  const failing = join(disk.path, 'data')
  const properties = { ...synced }
  let healthy
  const broker = await startBroker({
    prepare: (home) => {
      healthy = join(home, 'data')
      Object.assign(properties, { 'log.dirs': `${healthy},${failing}`, 'millrace.store.dir': join(home, 'store') })
    },
    properties,
  })
  t.after(() => broker.dispose())
  const client = await RawClient.connect(broker.bootstrap)
  await createTopics(client, [{ name: 'spread', partitions }])
  await findCoordinator(client, 'group')
  const writers = Array.from(
    { length: partitions },
    (_, partition) => new VerifiedWriter(broker.bootstrap, 'spread', { partition, name: `writer${partition}` }),
  )
  for (const writer of writers) {
    await writer.connect()
    for (let n = 0; n < 20; n++) assert.equal(await writer.write(), 'NONE')
  }
  const isOnFailing = (writer) => existsSync(join(failing, `spread-${writer.log.partition}`))
  const lost = writers.filter(isOnFailing)
  const kept = writers.filter((writer) => !isOnFailing(writer))
  assert.ok(lost.length > 0 && kept.length > 0, 'partitions lie in both directories')

  disk.fail()
  const refusals = new Set()
  for (const writer of lost) refusals.add(await writer.write())
  t.diagnostic(`producers to the failed directory are told ${[...refusals].join(', ')}`)
  const known = ['KAFKA_STORAGE_ERROR', 'NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION']
  assert.ok([...refusals].every((name) => known.includes(name)))
  for (const writer of kept) for (let n = 0; n < 20; n++) assert.equal(await writer.write(), 'NONE')
  for (const writer of kept) await writer.verify('beside the failed directory')
  await until(async () => (await describeDirectories(client)).get(failing) === 'KAFKA_STORAGE_ERROR', {
    what: 'DescribeLogDirs to tell of the failed directory',
    timeoutMs: noticedWithinMs,
  })
  assert.equal((await describeDirectories(client)).get(healthy), 'NONE')
  await until(async () => (await leaderlessPartitions(client)).length === lost.length, {
    what: 'the failed partitions to be without a leader',
    timeoutMs: noticedWithinMs,
  })
  const [offline] = lost
  const { errorCode } = await fetchOnce(client, 'spread', 0, { partition: offline.log.partition })
  t.diagnostic(`fetches from the failed directory are told ${errorName(errorCode)}`)
  assert.notEqual(errorCode, ErrorCode.NONE)
  await createTopics(client, [{ name: 'afterwards', partitions: 3 }])
  for (let n = 0; n < 3; n++)
    assert.ok(existsSync(join(healthy, `afterwards-${n}`)), 'new partitions are where it works')
  client.close()

  await broker.kill()
  disk.repair()
  await broker.start()
  const again = await RawClient.connect(broker.bootstrap)
  await until(async () => (await leaderlessPartitions(again)).length === 0, {
    what: 'all leaders',
    timeoutMs: noticedWithinMs,
  })
  again.close()
  for (const writer of writers) {
    await writer.connect()
    assert.equal(await writer.write(), 'NONE')
    await writer.verify('with the directory back')
    writer.close()
  }
})

test('the only log directory fails: the broker ends, and comes back when the directory does', {
  skip: noFailingDisks,
}, async (t) => {
  const disk = mountFailingDisk(64)
  t.after(() => disk.unmount())
  const properties = { ...synced }
  const broker = await startBroker({
    prepare: (home) => {
      Object.assign(properties, { 'log.dirs': join(disk.path, 'data'), 'millrace.store.dir': join(home, 'store') })
    },
    properties,
  })
  t.after(() => broker.dispose())
  const client = await RawClient.connect(broker.bootstrap)
  await createTopics(client, [{ name: 'alone' }])
  const writer = new VerifiedWriter(broker.bootstrap, 'alone')
  await writer.connect()
  for (let n = 0; n < 20; n++) assert.equal(await writer.write(), 'NONE')
  disk.fail()
  const ended = broker.exited()
  // The answer may come, or the end of the connection.
  const error = await writer.write().catch(() => 'closed')
  assert.notEqual(error, 'NONE')
  const { code } = await ended
  assert.equal(code, 1)
  disk.repair()
  await broker.start()
  await writer.connect()
  assert.equal(await writer.write(), 'NONE')
  await writer.verify('with the directory back')
  writer.close()
  client.close()
})

async function describeDirectories(client) {
  const { results } = await client.call(apis.DescribeLogDirs, 4, { topics: null })
  return new Map(results.map(({ logDir, errorCode }) => [logDir, errorName(errorCode)]))
}

async function leaderlessPartitions(client) {
  const { topics } = await client.call(apis.Metadata, 9, { topics: [{ name: 'spread' }] })
  return topics[0].partitions.filter(({ leaderId }) => leaderId === -1)
}
