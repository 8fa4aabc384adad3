/** Kafka's use of ZooKeeper: lost answers, lost sessions, watches, notices. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import {
  connectLocal,
  ManualPorts,
  MemoryStoreDirectory,
  type ZooKeeper,
  ZooKeeperError,
  ZooKeeperServer,
} from '@millrace/zookeeper'
import { ManualTime, settle } from '../../testing/manual-time.js'
import { MemoryLogger } from '../../testing/memory-logger.js'
import { ConfigChangeListener } from './config-change-listener.js'
import { KafkaZkClient } from './kafka-zk-client.js'
import { BROKER_IDS_PATH, CONFIG_CHANGES_PATH, PERSISTENT_PATHS, topicPath } from './paths.js'
import { stableAssignment } from './topic-assignment.js'
import { createPersistent, deleteNode, ensurePersistentPath, fencedWrite, setData } from './znode-access.js'

let server: ZooKeeperServer
let ports: ManualPorts
let client: KafkaZkClient
/** Methods whose next call is carried out, and whose answer is then lost. */
let loseAnswerOf: Set<string>
/** How often each method was called. */
let calls: Map<string, number>
const time = new ManualTime()

beforeEach(async () => {
  ports = new ManualPorts()
  server = await ZooKeeperServer.start({ directory: new MemoryStoreDirectory(), ports })
  loseAnswerOf = new Set()
  calls = new Map()
  client = await openClient()
})
afterEach(async () => {
  await client.close()
  await server.close()
})

async function openClient(): Promise<KafkaZkClient> {
  return await KafkaZkClient.open({
    connect: async () => losing(await connectLocal(server, { sessionTimeoutMs: 18_000, timers: ports.timers })),
    scheduler: time,
    logger: new MemoryLogger(),
  })
}

/** The same ZooKeeper, answers of `loseAnswerOf` lost once after the work was done. */
function losing(zooKeeper: ZooKeeper): ZooKeeper {
  return new Proxy(zooKeeper, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target)
      if (typeof value !== 'function') return value
      return async (...parameters: unknown[]) => {
        calls.set(String(property), (calls.get(String(property)) ?? 0) + 1)
        const result: unknown = await Reflect.apply(value, target, parameters)
        if (typeof property === 'string' && loseAnswerOf.delete(property)) throw new ZooKeeperError('CONNECTIONLOSS')
        return result
      }
    },
  })
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await settle()
}

test('the nodes that every broker expects', async () => {
  await client.createTopLevelPaths()
  await client.createTopLevelPaths()
  for (const path of PERSISTENT_PATHS) assert.notEqual(await client.session.exists(path), null, path)
})

test('a create whose answer was lost counts once; one that somebody else made is refused', async () => {
  loseAnswerOf.add('create')
  await createPersistent(client.session, '/a', Buffer.from('mine'))
  assert.equal((await client.session.exists('/a'))?.version, 0)
  await assert.rejects(createPersistent(client.session, '/a', Buffer.from('mine')), { code: 'NODEEXISTS' })
  await ensurePersistentPath(client.session, '/x/y/z')
  loseAnswerOf.add('delete')
  assert.equal(await deleteNode(client.session, '/x/y/z'), false)
  assert.equal(await client.session.exists('/x/y/z'), null)
})

test('a conditional setData whose answer was lost: done if the data is ours, else BADVERSION', async () => {
  await createPersistent(client.session, '/a', null)
  loseAnswerOf.add('setData')
  assert.equal(await setData(client.session, '/a', Buffer.from('1'), 0), 1)
  await assert.rejects(setData(client.session, '/a', Buffer.from('1'), 0), { code: 'BADVERSION' })
})

test('a fenced write whose answer was lost: create, setData and delete', async () => {
  await createPersistent(client.session, '/controller_epoch', Buffer.from('1'))
  loseAnswerOf.add('multi')
  const created = await fencedWrite(client.session, 0, { kind: 'create', path: '/f', data: Buffer.from('1') })
  assert.equal(created.kind, 'create')
  loseAnswerOf.add('multi')
  await fencedWrite(client.session, 0, { kind: 'setData', path: '/f', data: Buffer.from('2'), version: 0 })
  loseAnswerOf.add('multi')
  await fencedWrite(client.session, 0, { kind: 'delete', path: '/f', version: 1 })
  assert.equal(await client.session.exists('/f'), null)
  await assert.rejects(fencedWrite(client.session, 0, { kind: 'delete', path: '/f', version: 1 }), { code: 'NONODE' })
  await assert.rejects(fencedWrite(client.session, 5, { kind: 'create', path: '/f', data: null }), {
    code: 'CONTROLLER_MOVED',
  })
})

test('an election whose answer was lost was won; a lost one is CONTROLLER_MOVED', async () => {
  loseAnswerOf.add('multi')
  assert.deepEqual(await client.controller.elect(1, 5), { epoch: 1, zkVersion: 1 })
  assert.equal(await client.controller.getControllerId(), 1)
  const other = await openClient()
  await assert.rejects(other.controller.elect(2, 5), { code: 'CONTROLLER_MOVED' })
  await client.controller.resign(1)
  assert.deepEqual(await other.controller.elect(2, 5), { epoch: 2, zkVersion: 2 })
  await assert.rejects(client.controller.resign(1), { code: 'CONTROLLER_MOVED' })
  await other.close()
})

const broker = {
  id: 3,
  rack: null,
  endpoints: [{ listener: 'PLAINTEXT', host: 'h', port: 9092, securityProtocol: 'PLAINTEXT' }],
} as const
const format = { version: 5, jmxPort: -1, timestampMs: 1 } as const

test('registration: data version 1, czxid as epoch, once though its answer was lost', async () => {
  await client.createTopLevelPaths()
  loseAnswerOf.add('multi')
  const epoch = await client.brokers.registerBroker(broker, format)
  const stat = await client.session.exists(`${BROKER_IDS_PATH}/3`)
  assert.equal(stat?.version, 1)
  assert.equal(stat?.ephemeralOwner, client.session.sessionId)
  assert.equal(BigInt(epoch), stat?.czxid)
  assert.deepEqual((await client.brokers.getBroker(broker.id))?.registration.endpoints, broker.endpoints)
  const other = await openClient()
  await assert.rejects(other.brokers.registerBroker(broker, format), { code: 'BROKER_ID_TAKEN' })
  await other.close()
})

test('cluster ids, generated broker ids, producer id blocks', async () => {
  await client.createTopLevelPaths()
  const other = await openClient()
  const proposals = await Promise.all([
    client.brokers.createOrGetClusterId('first'),
    other.brokers.createOrGetClusterId('second'),
  ])
  assert.equal(proposals[0], proposals[1])
  assert.equal(await client.brokers.generateBrokerId(1000), 1001)
  assert.equal(await other.brokers.generateBrokerId(1000), 1002)
  const blocks = await Promise.all([client, other, client].map((one, id) => one.producerIds.allocateBlock(id)))
  assert.deepEqual(
    blocks.map((block) => block.firstProducerId).sort((a, b) => a - b),
    [0, 1000, 2000],
  )
  assert.equal((blocks[0]?.lastProducerId ?? 0) - (blocks[0]?.firstProducerId ?? 0), 999)
  await other.close()
})

test('handlers: watches only where one is registered, re-armed by the reads of handlers', async () => {
  const other = await openClient()
  await client.createTopLevelPaths()
  const assignment = { topicId: undefined, partitions: new Map([[0, stableAssignment([1])]]) }
  let changes = 0
  await client.topics.getTopics()
  await other.topics.create('a', assignment)
  await turns()
  client.session.registerChildHandler('/brokers/topics', () => changes++)
  await client.topics.getTopics()
  await client.topics.getTopics()
  await other.topics.create('b', assignment)
  await other.topics.create('c', assignment)
  await turns()
  assert.equal(changes, 1)
  await client.topics.getTopics()
  client.session.unregisterChildHandler('/brokers/topics')
  await other.topics.create('d', assignment)
  await turns()
  assert.equal(changes, 1)
  const events: string[] = []
  client.session.registerNodeHandler(topicPath('e'), {
    onCreated: () => events.push('created'),
    onDataChanged: () => events.push('changed'),
    onDeleted: () => events.push('deleted'),
  })
  await client.topics.exists('e')
  await other.topics.create('e', assignment)
  await turns()
  await client.topics.getAssignment('e')
  await other.topics.setAssignment('e', assignment)
  await turns()
  await client.topics.getAssignment('e')
  await deleteNode(other.session, topicPath('e'))
  await turns()
  assert.deepEqual(events, ['created', 'changed', 'deleted'])
  await other.close()
})

test('expiry: handlers before, then a new session, then handlers after', async () => {
  const order: string[] = []
  const before = client.session.sessionId
  client.session.registerStateHandler({
    beforeInitializingSession: async () => {
      await turns()
      order.push(`before in ${client.session.sessionId === before ? 'old' : 'new'}`)
    },
    afterInitializingSession: async () => {
      order.push(`after in ${client.session.sessionId === before ? 'old' : 'new'}`)
    },
  })
  server.expireSession(before)
  for (let round = 0; round < 5; round++) await turns()
  assert.deepEqual(order, ['before in old', 'after in new'])
  assert.equal(await client.topics.exists('t'), false)
})

test('config changes: told in order, from all notices at the start, bad ones passed over, old ones removed', async () => {
  await client.createTopLevelPaths()
  const writer = await openClient()
  await writer.configs.change('topics', 'early', new Map([['retention.ms', '1']]))
  const seen: string[] = []
  const listener = new ConfigChangeListener({
    session: client.session,
    clock: ports.clock,
    logger: new MemoryLogger(),
    onChange: async ({ type, name }) => {
      const config = await client.configs.get(type, name)
      seen.push(`${type}/${name} ${[...config].join(';')}`)
      if (name === 'bad') throw new Error('cannot be applied')
    },
  })
  await listener.start()
  assert.deepEqual(seen, ['topics/early retention.ms,1'])
  await writer.configs.change('topics', 'bad', new Map())
  await writer.configs.change('brokers', '<default>', new Map([['a', 'b']]))
  await writer.session.write(
    (zooKeeper) =>
      zooKeeper.create(`${CONFIG_CHANGES_PATH}/config_change_`, Buffer.from('no json'), {
        mode: 'persistent-sequential',
      }),
    async () => undefined,
  )
  await turns()
  assert.deepEqual(seen.slice(1), ['topics/bad ', 'brokers/<default> a,b'])
  ports.advance(15 * 60 * 1000 + 1)
  await writer.configs.change('topics', 'late', new Map())
  await turns()
  assert.deepEqual(seen.slice(3), ['topics/late '])
  assert.equal((await writer.session.getChildren(CONFIG_CHANGES_PATH))?.length, 1)
  assert.deepEqual(await writer.configs.get('brokers', '<default>'), new Map([['a', 'b']]))
  await listener.close()
  await writer.configs.change('topics', 'unheard', new Map())
  await turns()
  assert.equal(seen.length, 4)
  await writer.close()
})

test('config changes: one more costs the same however many notices there are', async () => {
  await client.createTopLevelPaths()
  for (let count = 0; count < 50; count++) await client.configs.change('topics', 'busy', new Map())
  const listener = new ConfigChangeListener({
    session: client.session,
    clock: ports.clock,
    logger: new MemoryLogger(),
    onChange: async () => {},
  })
  await listener.start()
  calls.clear()
  await client.configs.change('topics', 'busy', new Map())
  await turns()
  assert.equal(calls.get('getChildren'), 1)
  assert.ok((calls.get('exists') ?? 0) <= 3, `${calls.get('exists')} questions`)
  await listener.close()
})
