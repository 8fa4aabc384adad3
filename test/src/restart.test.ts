/** What a broker knows after it was stopped, or killed, and started again; and which data it refuses to start on. */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { apis, ErrorCode } from '@millrace/protocol'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { fetchFrom, fetchRequest } from './support/fetching.js'
import { RawClient } from './support/raw-client.js'
import { RecordingLogger } from './support/recording-logger.js'
import { append, batchOf, produce, valuesIn } from './support/records.js'
import { serverFiles, startedServer } from './support/server-process.js'
import { brokerOn, temporaryBroker } from './support/temporary-broker.js'
import { createTopic, deleteTopic } from './support/topics.js'

const groupId = 'group'

async function commit(client: RawClient, topic: string): Promise<void> {
  await client.call(apis.FindCoordinator, 3, { key: groupId, keyType: 0 })
  await eventually(async () => {
    const { topics } = await client.call(apis.OffsetCommit, 8, {
      groupId,
      memberId: '',
      topics: [{ name: topic, partitions: [{ partitionIndex: 1, committedOffset: 2, committedMetadata: 'note' }] }],
    })
    assert.equal(topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE)
  })
}

/** Batches of a producer with the id 4711: sequences 0 to 2, then 3 to 5. */
const idempotent = (baseSequence: number) =>
  batchOf(['x', 'y', 'z'], { producerId: 4711, producerEpoch: 2, baseSequence })

/** Something of everything that a broker keeps. */
async function populate(client: RawClient): Promise<void> {
  await createTopic(client, { 'retention.ms': '-1', 'segment.bytes': '500' }, { name: 'kept', partitions: 2 })
  await createTopic(client, {}, { name: 'deleted' })
  await createTopic(client, {}, { name: 'empty' })
  for (let round = 0; round < 10; round++) await append(client, 'kept', [`a${round}`, `b${round}`])
  for (const baseSequence of [0, 3]) {
    const { errorCode } = await produce(client, 'kept', idempotent(baseSequence), { partition: 1 })
    assert.equal(errorCode, ErrorCode.NONE)
  }
  await client.call(apis.DeleteRecords, 2, {
    topics: [{ name: 'kept', partitions: [{ partitionIndex: 0, offset: 7 }] }],
    timeoutMs: 1000,
  })
  await client.call(apis.IncrementalAlterConfigs, 1, {
    resources: [
      {
        resourceType: 2,
        resourceName: 'empty',
        configs: [{ name: 'max.message.bytes', configOperation: 0, value: '4321' }],
      },
      {
        resourceType: 4,
        resourceName: '0',
        configs: [{ name: 'log.cleaner.threads', configOperation: 0, value: '2' }],
      },
    ],
    validateOnly: false,
  })
  await commit(client, 'kept')
  await deleteTopic(client, 'deleted')
}

async function configOf(client: RawClient, resourceType: number, resourceName: string, key: string) {
  const { results } = await client.call(apis.DescribeConfigs, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: [key] }],
  })
  return results[0]?.configs[0]?.value
}

/** An end of both partitions. */
async function endsOf(client: RawClient, timestamp: number) {
  const { topics } = await client.call(apis.ListOffsets, 5, {
    replicaId: -1,
    isolationLevel: 1,
    topics: [{ name: 'kept', partitions: [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp })) }],
  })
  return topics[0]?.partitions.map(({ offset }) => offset)
}

/** What a client can see of it. */
async function observe(client: RawClient) {
  const metadata = await client.call(apis.Metadata, 12, { topics: null })
  const earliest = await endsOf(client, -2)
  const latest = await endsOf(client, -1)
  const values: string[] = []
  for (let offset = 7; offset < 20; ) {
    const read = valuesIn((await fetchFrom(client, 'kept', offset)).records)
    values.push(...read)
    offset = 6 + values.length
  }
  let offsets: unknown
  await eventually(async () => {
    const { groups } = await client.call(apis.OffsetFetch, 8, { groups: [{ groupId, topics: null }] })
    assert.equal(groups[0]?.errorCode, ErrorCode.NONE)
    offsets = groups[0]?.topics
  })
  const producers = await client.call(apis.DescribeProducers, 0, { topics: [{ name: 'kept', partitionIndexes: [1] }] })
  return {
    clusterId: metadata.clusterId,
    topics: metadata.topics
      .map(({ name, topicId, partitions }) => [name, topicId, partitions.map(({ partitionIndex }) => partitionIndex)])
      .sort(),
    earliest,
    latest,
    values,
    offsets,
    producers: producers.topics[0]?.partitions[0]?.activeProducers.map(
      ({ producerId, producerEpoch, lastSequence }) => [producerId, producerEpoch, lastSequence],
    ),
    configs: [
      await configOf(client, 2, 'kept', 'retention.ms'),
      await configOf(client, 2, 'empty', 'max.message.bytes'),
      await configOf(client, 4, '0', 'log.cleaner.threads'),
    ],
  }
}

/** Writing goes on where it stopped, and what was sent before is known. */
async function goOn(client: RawClient): Promise<void> {
  const again = await produce(client, 'kept', idempotent(3), { partition: 1 })
  assert.deepEqual([again.errorCode, again.baseOffset], [ErrorCode.NONE, 3], 'a duplicate')
  const gap = await produce(client, 'kept', idempotent(9), { partition: 1 })
  assert.equal(gap.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
  const next = await produce(client, 'kept', idempotent(6), { partition: 1 })
  assert.deepEqual([next.errorCode, next.baseOffset], [ErrorCode.NONE, 6])
  assert.equal(await append(client, 'kept', ['later']), 20)
  await commit(client, 'kept')
  await createTopic(client, {}, { name: 'deleted' })
}

test('after a clean stop everything is as it was: topics, ids, configs, records, offsets, groups, producers', async (t) => {
  const first = await temporaryBroker(t)
  const client = await RawClient.connect(first.bootstrap)
  await populate(client)
  const before = await observe(client)
  assert.deepEqual(before.earliest, [7, 0])
  assert.deepEqual(before.latest, [20, 6])
  client.close()
  await first.broker.close()

  const second = await brokerOn(t, first.dir)
  const again = await RawClient.connect(second.bootstrap)
  defer(t, () => again.close())
  assert.deepEqual(await observe(again), before)
  await goOn(again)
})

test('after kill -9 everything is as it was', async (t) => {
  const files = await serverFiles(t, { 'log.flush.offset.checkpoint.interval.ms': '50' })
  const first = await startedServer(t, files)
  const client = await RawClient.connect(files.bootstrap)
  await populate(client)
  const before = await observe(client)
  // Where logs begin is kept by a checkpoint from time to time, as in Kafka.
  await eventually(async () => {
    const checkpoint = await readFile(join(files.dir, 'kafka-logs', 'log-start-offset-checkpoint'), 'utf8')
    assert.match(checkpoint, /^kept 0 7$/m)
  })
  first.kill('SIGKILL')
  await first.exited

  const second = await startedServer(t, files)
  const again = await RawClient.connect(files.bootstrap)
  defer(t, () => again.close())
  assert.deepEqual(await observe(again), before)
  await goOn(again)
  assert.doesNotMatch(second.output, /ERROR/)
})

test('a stop does not wait for fetches and joins that wait themselves', async (t) => {
  const { broker, bootstrap } = await temporaryBroker(t)
  const client = await RawClient.connect(bootstrap)
  await createTopic(client, {}, { name: 'topic' })
  const waiting = await Promise.all([RawClient.connect(bootstrap), RawClient.connect(bootstrap)])
  for (const each of waiting) {
    each.request(apis.Fetch, 12, fetchRequest('topic', 0, { request: { maxWaitMs: 60_000 } }))
  }
  await client.call(apis.ApiVersions, 0, {})
  const begun = Date.now()
  await broker.close()
  assert.ok(Date.now() - begun < 10_000)
  await Promise.all(waiting.map(({ closed }) => closed))
  client.close()
})

test('producer ids go on after a restart: none is given twice', async (t) => {
  const first = await temporaryBroker(t)
  const idsOf = async (bootstrap: string) => {
    const client = await RawClient.connect(bootstrap)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        client.call(apis.InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 }),
      ),
    )
    client.close()
    return answers.map(({ producerId }) => producerId)
  }
  const ids = await idsOf(first.bootstrap)
  await first.broker.close()
  const second = await brokerOn(t, first.dir)
  ids.push(...(await idsOf(second.bootstrap)))
  assert.equal(new Set(ids).size, 40)
})

test('a directory of a topic that the cluster does not know is left alone, and told once', async (t) => {
  const first = await temporaryBroker(t)
  await first.broker.close()
  const ghost = join(first.dir, 'kafka-logs', 'ghost-0')
  await mkdir(ghost)
  await writeFile(join(ghost, 'partition.metadata'), 'version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAA_w\n')
  await writeFile(join(ghost, '00000000000000000000.log'), 'not a log')
  const logger = new RecordingLogger()
  const second = await brokerOn(t, first.dir, {}, logger)
  const client = await RawClient.connect(second.bootstrap)
  defer(t, () => client.close())
  const { topics } = await client.call(apis.Metadata, 9, { topics: null })
  assert.deepEqual(topics, [])
  await second.broker.close()
  const told = logger.warnings.filter((line) => line.includes('ghost-0'))
  assert.equal(told.length, 1, logger.warnings.join('\n'))
  assert.deepEqual((await readdir(ghost)).sort(), ['00000000000000000000.log', 'partition.metadata'])
})

test('when the store is lost, the cluster keeps its id and the partitions are left alone', async (t) => {
  const first = await temporaryBroker(t)
  const client = await RawClient.connect(first.bootstrap)
  const { topic } = await createTopic(client)
  await append(client, topic, ['a'])
  client.close()
  await first.broker.close()
  await rm(join(first.dir, 'zookeeper'), { recursive: true })
  const logger = new RecordingLogger()
  const second = await brokerOn(t, first.dir, {}, logger)
  assert.equal(second.broker.clusterId, first.broker.clusterId)
  assert.equal(logger.warnings.filter((line) => line.includes(`${topic}-0`)).length, 1)
  assert.ok((await readdir(join(first.dir, 'kafka-logs'))).includes(`${topic}-0`))
})

test('data of another cluster or of another broker is refused', async (t) => {
  const first = await temporaryBroker(t)
  await first.broker.close()
  await assert.rejects(brokerOn(t, first.dir, { 'broker.id': '1' }), {
    name: 'LogDirectoryError',
    code: 'INCONSISTENT_BROKER_ID',
  })
  const metaProperties = join(first.dir, 'kafka-logs', 'meta.properties')
  const content = await readFile(metaProperties, 'utf8')
  await writeFile(metaProperties, content.replace(/^cluster\.id=.*$/m, 'cluster.id=another-cluster-id-000'))
  await assert.rejects(brokerOn(t, first.dir), { name: 'LogDirectoryError', code: 'INCONSISTENT_CLUSTER_ID' })
  await writeFile(metaProperties, content)
  const third = await brokerOn(t, first.dir)
  assert.equal(third.broker.clusterId, first.broker.clusterId)
})
