/** A broker and its ZooKeeper: one beside it, or one inside it that others can reach. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { BrokerIdTakenError, ZooKeeperUnreachableError } from '@millrace/broker'
import { apis, ErrorCode } from '@millrace/protocol'
import { connectZooKeeper, type ZooKeeper } from '@millrace/zookeeper'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { fetchFrom } from './support/fetching.js'
import { RawClient } from './support/raw-client.js'
import { RecordingLogger } from './support/recording-logger.js'
import { append, valuesIn } from './support/records.js'
import { serverFiles, startedServer } from './support/server-process.js'
import { temporaryBroker } from './support/temporary-broker.js'
import { createTopic, deleteTopic } from './support/topics.js'
import { zooKeeperServer } from './support/zookeeper.js'

async function clientOf(t: TestContext, bootstrap: string): Promise<RawClient> {
  const client = await RawClient.connect(bootstrap)
  defer(t, async () => client.close())
  return client
}

async function json(zooKeeper: ZooKeeper, path: string) {
  return JSON.parse((await zooKeeper.getData(path)).data?.toString() ?? '')
}

test('a broker registers below the chroot of zookeeper.connect, makes it, and leaves nothing ephemeral when it stops', async (t) => {
  const server = await zooKeeperServer(t)
  const { broker, bootstrap } = await temporaryBroker(t, {
    'zookeeper.connect': `${server.connectString}/kafka/one`,
  })
  const zooKeeper = await server.connect('/kafka/one')
  assert.equal(broker.zooKeeper, `${server.connectString}/kafka/one`)
  const { host, port } = await json(zooKeeper, '/brokers/ids/0')
  assert.equal(`${host}:${port}`, bootstrap)
  assert.equal((await json(zooKeeper, '/controller')).brokerid, 0)
  assert.equal((await json(zooKeeper, '/cluster/id')).id, broker.clusterId)
  const client = await clientOf(t, bootstrap)
  await createTopic(client, { 'retention.ms': '4711' }, { name: 'seen' })
  assert.deepEqual((await json(zooKeeper, '/config/topics/seen')).config, { 'retention.ms': '4711' })
  assert.equal((await json(zooKeeper, '/brokers/topics/seen/partitions/0/state')).leader, 0)
  await deleteTopic(client, 'seen')
  await eventually(async () => assert.equal(await zooKeeper.exists('/brokers/topics/seen'), null))
  await broker.close()
  assert.deepEqual((await zooKeeper.getChildren('/brokers/ids')).children, [])
  assert.equal(await zooKeeper.exists('/controller'), null)
})

test('two clusters share a ZooKeeper by their chroots', async (t) => {
  const server = await zooKeeperServer(t)
  const a = await temporaryBroker(t, { 'zookeeper.connect': `${server.connectString}/a` })
  const b = await temporaryBroker(t, { 'zookeeper.connect': `${server.connectString}/b` })
  assert.notEqual(a.broker.clusterId, b.broker.clusterId)
  await createTopic(await clientOf(t, a.bootstrap), {}, { name: 'only-in-a' })
  const { topics } = await (await clientOf(t, b.bootstrap)).call(apis.Metadata, 13, { topics: null })
  assert.deepEqual(topics, [])
})

test('while ZooKeeper is away the broker serves, and what was asked is done when it is back', async (t) => {
  const server = await zooKeeperServer(t)
  const { broker, bootstrap } = await temporaryBroker(t, { 'zookeeper.connect': server.connectString })
  const client = await clientOf(t, bootstrap)
  await createTopic(client, {}, { name: 'before' })
  await server.stop()
  await append(client, 'before', ['written', 'meanwhile'])
  assert.deepEqual(valuesIn((await fetchFrom(client, 'before', 0)).records), ['written', 'meanwhile'])
  const creating = createTopic(await clientOf(t, bootstrap), {}, { name: 'after' })
  await server.start()
  await creating
  const zooKeeper = await server.connect()
  const registered = await zooKeeper.exists('/brokers/ids/0')
  assert.notEqual(registered, null, 'the session lives on')
  assert.equal(broker.brokerId, 0)
})

test('a broker whose session expires registers again with a higher epoch, is elected, and goes on', async (t) => {
  const server = await zooKeeperServer(t)
  const { dir, bootstrap } = await temporaryBroker(t, { 'zookeeper.connect': server.connectString })
  const client = await clientOf(t, bootstrap)
  await createTopic(client, {}, { name: 'kept' })
  const zooKeeper = await server.connect()
  const before = await zooKeeper.exists('/brokers/ids/0')
  // The note of the session is what a next life would end it by.
  const [id = '', password = ''] = (await readFile(join(dir, 'kafka-logs', '.millrace-session'), 'utf8')).split(/\s/)
  const session = { id: BigInt.asIntN(64, BigInt(`0x${id}`)), password: Buffer.from(password, 'hex') }
  const thief = await connectZooKeeper({ connectString: server.connectString, session })
  await thief.close()
  await eventually(async () => {
    const after = await zooKeeper.exists('/brokers/ids/0')
    assert.ok(after !== null && before !== null && after.czxid > before.czxid)
    assert.equal((await json(zooKeeper, '/controller')).brokerid, 0)
  })
  await eventually(async () => void (await append(client, 'kept', ['still here'])))
  await createTopic(client, {}, { name: 'later' })
})

test('topics and configs that others write into ZooKeeper are taken up, as from kafka-topics --zookeeper', async (t) => {
  const server = await zooKeeperServer(t)
  const { bootstrap } = await temporaryBroker(t, { 'zookeeper.connect': server.connectString })
  const zooKeeper = await server.connect()
  await zooKeeper.create('/config/topics/theirs', Buffer.from('{"version":1,"config":{"segment.bytes":"1048576"}}'))
  const assignment = (partitions: object) =>
    Buffer.from(JSON.stringify({ version: 2, partitions, adding_replicas: {}, removing_replicas: {} }))
  await zooKeeper.create('/brokers/topics/theirs', assignment({ 0: [0] }))
  const client = await clientOf(t, bootstrap)
  const partitionsOf = async (topic: string) => {
    const { topics } = await client.call(apis.Metadata, 12, { topics: [{ name: topic }] })
    return topics[0]?.partitions.filter(({ leaderId }) => leaderId === 0).length
  }
  await eventually(async () => assert.equal(await partitionsOf('theirs'), 1))
  await zooKeeper.setData('/brokers/topics/theirs', assignment({ 0: [0], 1: [0], 2: [0] }), -1)
  await eventually(async () => assert.equal(await partitionsOf('theirs'), 3))
  await zooKeeper.create('/admin/delete_topics/theirs', null)
  await eventually(async () => assert.equal(await zooKeeper.exists('/brokers/topics/theirs'), null))
  const { topics } = await client.call(apis.Metadata, 12, {
    topics: [{ name: 'theirs' }],
    allowAutoTopicCreation: false,
  })
  assert.equal(topics[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
})

test('a broker that was killed starts again at once, though its session lives', async (t) => {
  const server = await zooKeeperServer(t)
  // Longer than the test waits for anything.
  const patient = { 'zookeeper.session.timeout.ms': '50000' }
  const files = await serverFiles(t, { 'zookeeper.connect': server.connectString, ...patient })
  const zooKeeper = await server.connect()
  const registered = async (afterZxid: bigint) =>
    await eventually(async () => {
      const stat = await zooKeeper.exists('/brokers/ids/0')
      assert.ok(stat !== null && stat.czxid > afterZxid)
    })
  const first = await startedServer(t, files)
  await registered(0n)
  const before = await zooKeeper.exists('/brokers/ids/0')
  await first.end()
  assert.notEqual(await zooKeeper.exists('/brokers/ids/0'), null, 'nobody has ended the session')
  await startedServer(t, files)
  await registered(before?.czxid ?? 0n)
})

test('a broker id that somebody has is waited for, then refused', async (t) => {
  const server = await zooKeeperServer(t)
  await temporaryBroker(t, { 'zookeeper.connect': server.connectString })
  const second = temporaryBroker(t, {
    'zookeeper.connect': server.connectString,
    'zookeeper.session.timeout.ms': '600',
  })
  await assert.rejects(second, BrokerIdTakenError)
})

test('no ZooKeeper: the start ends when its time is over, with the servers that were tried', async (t) => {
  const server = await zooKeeperServer(t)
  await server.stop()
  const start = temporaryBroker(t, {
    'zookeeper.connect': `${server.connectString}/kafka`,
    'zookeeper.connection.timeout.ms': '300',
  })
  await assert.rejects(start, (error) => {
    assert.ok(error instanceof ZooKeeperUnreachableError)
    assert.match(error.message, new RegExp(server.connectString))
    return true
  })
})

test('the ZooKeeper inside a broker is on a port, another one if it is taken; and it is there for others', async (t) => {
  const taken = await zooKeeperServer(t)
  const port = taken.connectString.split(':')[1] ?? ''
  const logger = new RecordingLogger()
  const { broker } = await temporaryBroker(t, { 'zookeeper.embedded.port': port }, logger)
  assert.notEqual(broker.zooKeeper, taken.connectString)
  assert.ok(logger.warnings.some((line) => line.includes(`Port ${port} is taken`)))
  const other = await connectZooKeeper({ connectString: broker.zooKeeper ?? '' })
  defer(t, () => other.close())
  assert.equal((await json(other, '/controller')).brokerid, 0)
})

test('the ZooKeeper inside a broker can be without a port', async (t) => {
  const { broker, bootstrap } = await temporaryBroker(t, { 'zookeeper.embedded.port': '-1' })
  assert.equal(broker.zooKeeper, undefined)
  await createTopic(await clientOf(t, bootstrap))
})
