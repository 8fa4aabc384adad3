// A real disk that is full: producers are told KAFKA_STORAGE_ERROR, everything that needs no space goes on, and when
// space returns writes go on within five seconds; also when the broker was stopped, or killed, and started meanwhile.
import assert from 'node:assert/strict'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBroker } from '../lib/brokers.mjs'
import { mebibyte } from '../lib/process-memory.mjs'
import { until } from '../lib/programs.mjs'
import { apis, createTopics, ErrorCode, errorName, fetchOnce, findCoordinator, RawClient } from '../lib/raw.mjs'
import { mountTmpfs, noMounting } from '../lib/small-disks.mjs'
import { VerifiedWriter } from './verified-writer.mjs'

const diskMebibytes = 64
const resumeWithinMs = 5000
const answerWithinMs = 15_000
/** What the broker may not say: a full disk is no fault of its own, whatever it does about it. */
const faults = /TypeError|AssertionError|RangeError|unhandled|uncaught/i

/** Runs `scenario` on a broker whose data, and store, lie on a small disk. */
async function onSmallDisk(t, scenario) {
  const disk = mountTmpfs(diskMebibytes)
  t.after(() => disk.unmount())
  const logDir = join(disk.path, 'data')
  const broker = await startBroker({
    properties: { 'log.dirs': logDir, 'log.segment.delete.delay.ms': 100, 'log.retention.check.interval.ms': 500 },
  })
  try {
    const ballast = join(disk.path, 'ballast')
    const client = await RawClient.connect(broker.bootstrap)
    await createTopics(client, [{ name: 'full', partitions: 2, configs: { 'segment.bytes': 2 * mebibyte } }])
    await commitOffset(client)
    client.close()
    const writer = new VerifiedWriter(broker.bootstrap, 'full', { bytes: 100_000 })
    const other = new VerifiedWriter(broker.bootstrap, 'full', { partition: 1, bytes: 100, name: 'other' })
    await writer.connect()
    await other.connect()
    await scenario({
      broker,
      disk,
      writers: [writer, other],
      fill: () => fill(disk, ballast, writer, other),
      free: () => rmSync(ballast),
    })
    writer.close()
    other.close()
    assert.doesNotMatch(broker.output, faults)
  } finally {
    await broker.dispose()
  }
}

/** Takes what is left of the disk, and a bit to give back later. */
async function fill(disk, ballast, writer, other) {
  writeFileSync(ballast, Buffer.alloc(Math.floor(disk.freeBytes / 2), 1))
  assert.equal(await writer.writeUntilRefused(), 'KAFKA_STORAGE_ERROR')
  for (let n = 0; ; n++) {
    const error = await other.write()
    if (error === 'KAFKA_STORAGE_ERROR') break
    assert.equal(error, 'NONE')
    assert.ok(n < 100_000, 'the disk does not get full')
  }
  assert.equal(await writer.write(), 'KAFKA_STORAGE_ERROR', 'again')
}

/** Twenty records are about as long as one segment. */
const segmentsLeft = 3
const committedOffset = 7
const topicOffset = { name: 'full', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }

/** As a group that has no members does. */
async function commitOffset(client) {
  await findCoordinator(client, 'group')
  const { topics } = await client.call(apis.OffsetCommit, 8, { groupId: 'group', memberId: '', topics: [topicOffset] })
  assert.equal(topics[0].partitions[0].errorCode, ErrorCode.NONE)
}

/** Consumers find where they were, once the coordinator has read it. */
async function assertOffset(broker) {
  const client = await RawClient.connect(broker.bootstrap)
  await findCoordinator(client, 'group')
  const { groups } = await client.call(apis.OffsetFetch, 8, { groups: [{ groupId: 'group', topics: null }] })
  assert.equal(groups[0].errorCode, ErrorCode.NONE, errorName(groups[0].errorCode))
  assert.equal(groups[0].topics[0].partitions[0].committedOffset, committedOffset)
  client.close()
}

async function verifyAll(writers, when) {
  for (const writer of writers) await writer.verify(when)
}

async function resumes(t, writers, when) {
  for (const writer of writers) {
    await writer.connect()
    const tookMs = await writer.writeUntilTaken()
    t.diagnostic(`${when}: writes go on after ${Math.round(tookMs)} ms`)
    assert.ok(tookMs < resumeWithinMs, `${when}: writes go on after ${Math.round(tookMs)} ms only`)
  }
  await verifyAll(writers, when)
}

test('a full disk: KAFKA_STORAGE_ERROR to producers, fetch and groups go on, writes resume', {
  skip: noMounting,
}, async (t) => {
  await onSmallDisk(t, async ({ broker, writers, fill, free }) => {
    await fill()
    await verifyAll(writers, 'while it is full')
    await othersGoOn(t, broker)
    free()
    await resumes(t, writers, 'space has returned')
    await adminWorks(broker)
    await fill()
    free()
    await resumes(t, writers, 'the second time')
  })
})

test('a broker that is stopped and started while its disk is full', { skip: noMounting }, async (t) => {
  await onSmallDisk(t, async ({ broker, writers, fill, free }) => {
    await fill()
    const { tookMs } = await broker.stop()
    assert.ok(tookMs < 10_000, `the stop took ${tookMs} ms`)
    await broker.start()
    await verifyAll(writers, 'started on the full disk')
    await assertOffset(broker)
    await writers[0].connect()
    assert.equal(await writers[0].writeUntilRefused(), 'KAFKA_STORAGE_ERROR')
    free()
    await resumes(t, writers, 'space has returned after a restart')
    await broker.stop()
    await broker.start()
    await verifyAll(writers, 'after another restart')
  })
})

test('a broker that is killed while its disk is full', { skip: noMounting }, async (t) => {
  await onSmallDisk(t, async ({ broker, disk, writers, fill, free }) => {
    for (const round of [1, 2, 3]) {
      await fill()
      await broker.kill()
      await broker.start()
      await verifyAll(writers, `round ${round}, started on the full disk`)
      await assertOffset(broker)
      free()
      await resumes(t, writers, `round ${round}, space has returned`)
      await writers[0].writeUntilTaken()
      await deleteOldRecords(broker, disk, writers[0])
    }
  })
})

/** Whatever needs no space is answered; whatever needs some is answered with an error, in time. */
async function othersGoOn(t, broker) {
  const client = await RawClient.connect(broker.bootstrap)
  const inTime = async (what, call) => {
    const startedAt = performance.now()
    const answer = await call
    const tookMs = performance.now() - startedAt
    assert.ok(tookMs < answerWithinMs, `${what} took ${Math.round(tookMs)} ms`)
    return answer
  }
  const { errorCode } = await fetchOnce(client, 'full', 0)
  assert.equal(errorCode, ErrorCode.NONE)
  const commit = await inTime(
    'OffsetCommit',
    client.call(apis.OffsetCommit, 8, {
      groupId: 'group',
      memberId: '',
      topics: [{ name: 'full', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }],
    }),
  )
  const created = await inTime(
    'CreateTopics',
    client.call(apis.CreateTopics, 7, {
      topics: [{ name: 'while-full', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 5000,
    }),
  )
  const id = await inTime(
    'InitProducerId',
    client.call(apis.InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 60_000 }),
  )
  const codes = [commit.topics[0].partitions[0].errorCode, created.topics[0].errorCode, id.errorCode].map(errorName)
  t.diagnostic(`while it is full: OffsetCommit ${codes[0]}, CreateTopics ${codes[1]}, InitProducerId ${codes[2]}`)
  const { groups } = await client.call(apis.OffsetFetch, 8, { groups: [{ groupId: 'group', topics: null }] })
  t.diagnostic(`OffsetFetch ${errorName(groups[0].errorCode)}`)
  client.close()
}

async function adminWorks(broker) {
  const client = await RawClient.connect(broker.bootstrap)
  await findCoordinator(client, 'group')
  await createTopics(client, [{ name: 'after' }])
  client.close()
}

async function deleteOldRecords(broker, disk, { log }) {
  const client = await RawClient.connect(broker.bootstrap)
  const offset = log.end - 20
  log.startAsked = offset
  await client.call(apis.DeleteRecords, 2, {
    topics: [{ name: log.topic, partitions: [{ partitionIndex: log.partition, offset }] }],
    timeoutMs: 10_000,
  })
  client.close()
  // Until their files are gone too: else the disk would get emptier while it is filled.
  const directory = join(disk.path, 'data', `${log.topic}-${log.partition}`)
  const segments = () => readdirSync(directory).filter((name) => /\.log(\.deleted)?$/.test(name))
  await until(() => segments().length <= segmentsLeft, { what: 'the files of deleted records to go' })
}
