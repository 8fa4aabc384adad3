// Three real Kafka brokers in ZooKeeper mode on our ZooKeeper, below a chroot, through a whole day's work: topics, configs,
// reassignments and elections by their own tools; brokers that are stopped and killed; our server killed and restarted. A
// producer and a group go on all the while, and nothing that was acknowledged is lost.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Tools } from '../apache-tools/tools.mjs'
import { until } from '../lib/programs.mjs'
import { startServer } from '../zookeeper/servers.mjs'
import { ApacheCluster } from './apache-cluster.mjs'
import { inReverse } from './in-reverse.mjs'
import { Load } from './load.mjs'

export function wholeDay(kind) {
  test(`a whole day of three brokers of ${kind} on our ZooKeeper`, async (t) => {
    const after = inReverse(t)
    const server = await startServer('millrace')
    after(() => server.dispose())
    const connectString = `${server.address}/kafka/${kind}`
    const cluster = await ApacheCluster.start(kind, connectString)
    after(() => cluster.dispose())
    const tools = await Tools.of(kind.replace('apache', 'kafka'))
    after(() => tools.close())
    const day = { t, kind, server, cluster, tools, connectString, old: kind === 'apache-2.5' }
    day.bootstrap = ['--bootstrap-server', cluster.bootstrap]
    // What 2.5 still does by way of ZooKeeper.
    day.at = day.old ? ['--zookeeper', connectString] : day.bootstrap

    await topics(day)
    day.load = new Load(tools, { topic: 'day', group: 'readers', bootstrap: cluster.bootstrap, home: server.home })
    after(() => day.load.dispose())
    await configs(day)
    await clients(day)
    await reassignment(day)
    await brokersGo(day)
    await serverGoes(day)
    await evening(day)
  })
}

async function topics({ t, cluster, tools, at, bootstrap }) {
  const create = (topic, ...args) => tools.must('kafka-topics', [...at, '--create', '--topic', topic, ...args])
  const shape = (partitions, replicas) => ['--partitions', partitions, '--replication-factor', replicas]

  await t.test('topics are created, grow and are deleted', async () => {
    await create('day', ...shape('6', '3'), '--config', 'min.insync.replicas=2')
    await create('brief', ...shape('2', '2'))
    await tools.must('kafka-topics', [...at, '--alter', '--topic', 'brief', '--partitions', '4'])
    await until(async () => (await cluster.states('brief')).length === 4, { what: 'more partitions' })
    await tools.must('kafka-topics', [...at, '--delete', '--topic', 'brief'])
    for (const path of ['/brokers/topics/brief', '/config/topics/brief', '/admin/delete_topics/brief']) {
      await until(async () => (await cluster.zooKeeper.exists(path)) === null, { what: `the end of ${path}` })
    }
    const described = await tools.must('kafka-topics', [...bootstrap, '--describe', '--topic', 'day'])
    assert.equal(described.match(/Leader: [123]/g)?.length, 6, described)
    assert.match(described, /min.insync.replicas=2/)
  })
}

async function configs({ t, cluster, tools, at, bootstrap }) {
  const configure = async (where, entity, config, shown) => {
    await tools.must('kafka-configs', [...where, '--alter', ...entity, '--add-config', config])
    await until(async () => shown.test(await tools.must('kafka-configs', [...where, '--describe', ...entity])), {
      what: `${config} of ${entity}`,
    })
  }

  await t.test('configs of topics, brokers and users, whom all brokers hear of', async () => {
    const of = (type, name) => ['--entity-type', type, '--entity-name', name]
    await configure(at, of('topics', 'day'), 'segment.bytes=1048576', /segment.bytes=1048576/)
    await configure(bootstrap, of('brokers', '2'), 'log.cleaner.threads=2', /log.cleaner.threads=2/)
    const all = ['--entity-type', 'brokers', '--entity-default']
    await configure(bootstrap, all, 'log.retention.ms=86400000', /log.retention.ms=86400000/)
    await configure(at, of('users', 'alice'), 'SCRAM-SHA-512=[password=secret]', /SCRAM-SHA-512=.*iterations=4096/)
    await configure(at, of('users', 'alice'), 'consumer_byte_rate=10485760', /consumer_byte_rate=1/)
    const { config } = await cluster.json('/config/users/alice')
    assert.deepEqual(Object.keys(config).sort(), ['SCRAM-SHA-512', 'consumer_byte_rate'])
  })
}

async function clients({ t, cluster, tools, bootstrap, old, load }) {
  await t.test('producers, consumers and a group of two', async () => {
    const { bootstrap: brokers } = cluster
    const sizes = ['--num-records', '20000', '--record-size', '100', '--throughput', '-1']
    const producer = ['--producer-props', `bootstrap.servers=${brokers}`, 'acks=all']
    const written = await tools.must('kafka-producer-perf-test', ['--topic', 'day-perf', ...sizes, ...producer])
    assert.match(written, /20000 records sent/)
    const reader = [...(old ? ['--broker-list', brokers] : bootstrap), '--topic', 'day-perf', '--messages', '20000']
    const read = await tools.must('kafka-consumer-perf-test', [...reader, '--group', 'perf', '--timeout', '60000'])
    assert.match(read, /, 20000, /)
    await until(() => load.read.size > 100, { what: 'the group to read' })
    const group = () => tools.must('kafka-consumer-groups', [...bootstrap, '--describe', '--group', 'readers'])
    const members = async () =>
      new Set((await group()).match(/console[\w-]+-[0-9a-f]{8}-[\w-]+|consumer-readers-[\w-]+/g))
    await until(async () => (await members()).size >= 2, { what: 'two members' })
  })
}

async function reassignment({ t, server, cluster, tools, at }) {
  await t.test('partitions move to other brokers', async () => {
    const created = [...at, '--create', '--topic', 'moved', '--replica-assignment', '1:2,2:3']
    await tools.must('kafka-topics', created)
    await until(async () => (await cluster.states('moved')).length === 2, { what: 'the topic' })
    const target = { 0: [3, 1], 1: [1, 2] }
    const partitions = Object.entries(target).map(([number, replicas]) => {
      return { topic: 'moved', partition: Number(number), replicas }
    })
    const plan = join(server.home, 'plan.json')
    writeFileSync(plan, JSON.stringify({ version: 1, partitions }))
    const reassign = (...args) =>
      tools.must('kafka-reassign-partitions', [...at, '--reassignment-json-file', plan, ...args])
    assert.match(await reassign('--execute'), /Successfully started/)
    await until(
      async () => (await reassign('--verify')).match(/ (completed successfully|is complete(d)?)/g)?.length === 2,
      {
        what: 'the reassignment',
        everyMs: 500,
      },
    )
    const { partitions: now } = await cluster.json('/brokers/topics/moved')
    assert.deepEqual(now, target)
    const leaders = (await cluster.states('moved')).map(({ leader, isr }) => [leader, isr.length])
    assert.ok(
      leaders.every(([leader, inSync]) => leader > 0 && inSync === 2),
      JSON.stringify(leaders),
    )
    await until(async () => (await cluster.zooKeeper.exists('/admin/reassign_partitions')) === null, {
      what: 'the end of the request',
    })
  })
}

async function brokersGo({ t, cluster, tools, at, bootstrap, old, load }) {
  await t.test('a broker is stopped and comes back; the preferred leaders lead again', async () => {
    const id = await cluster.someOtherThanController()
    await cluster.untilInSync('day')
    await cluster.broker(id).stop()
    assert.equal(await cluster.zooKeeper.exists(`/brokers/ids/${id}`), null, 'it ended its session')
    const states = await cluster.states('day')
    assert.ok(
      states.every(({ leader }) => leader > 0 && leader !== id),
      JSON.stringify(states),
    )
    await load.more(100)
    await cluster.broker(id).start()
    await cluster.untilInSync('day')
    if (old) await tools.must('kafka-preferred-replica-election', at)
    else {
      const all = ['--election-type', 'preferred', '--all-topic-partitions']
      await tools.must('kafka-leader-election', [...bootstrap, ...all])
    }
    await cluster.untilLedByPreferred('day')
  })

  await t.test('kill -9 of the controller: another takes over, and it comes back', async () => {
    const id = await cluster.controllerId()
    const epoch = await cluster.json('/controller_epoch')
    await cluster.broker(id).kill()
    await until(async () => ![undefined, id].includes(await cluster.controllerId()), { what: 'another controller' })
    assert.equal(await cluster.json('/controller_epoch'), epoch + 1)
    await cluster.untilGone(id)
    await until(async () => (await cluster.states('day')).every(({ leader }) => leader > 0 && leader !== id), {
      what: 'leaders for all partitions',
    })
    await load.more(200)
    await cluster.broker(id).start()
    await cluster.untilInSync('day')
  })
}

async function serverGoes({ t, server, cluster, tools, at, load }) {
  const goesAndReturns = async (goes, name) => {
    const before = await cluster.registrations()
    const controllerId = await cluster.controllerId()
    assert.equal(before.length, 3)
    await goes()
    // A few seconds, in which the brokers do what needs no ZooKeeper.
    await load.more(300)
    await server.start()
    assert.deepEqual(await cluster.registrations(), before, 'the same sessions')
    assert.equal(await cluster.controllerId(), controllerId)
    await tools.must('kafka-topics', [
      ...at,
      '--create',
      '--topic',
      name,
      '--partitions',
      '3',
      '--replication-factor',
      '3',
    ])
    await until(async () => (await cluster.states(name)).length === 3, { what: name })
    await load.more(100)
    assert.deepEqual(await cluster.registrations(), before)
  }

  await t.test('kill -9 of our server under load: sessions and all else survive', () =>
    goesAndReturns(() => server.kill(), 'after-kill'),
  )

  await t.test('our server is stopped and started: the same', () => goesAndReturns(() => server.stop(), 'after-stop'))

  await t.test('kill -9 of our server while it is written to: what was answered is there', async () => {
    const create = (topic) => cluster.zooKeeper.create(`/${topic}`, Buffer.from(topic))
    const answered = []
    let going = true
    const writing = (async () => {
      for (let number = 0; going; number++) {
        await create(`written-${number}`).then(
          () => answered.push(`written-${number}`),
          (error) => assert.equal(error.code, 'CONNECTIONLOSS'),
        )
      }
    })()
    await until(() => answered.length > 100, { what: 'some writes', everyMs: 10 })
    await server.kill()
    const before = answered.length
    await server.start()
    await until(() => answered.length > before + 100, { what: 'more writes', everyMs: 10 })
    going = false
    await writing
    const { children } = await cluster.zooKeeper.getChildren('/')
    const there = new Set(children)
    assert.deepEqual(
      answered.filter((name) => !there.has(name)),
      [],
    )
  })
}

async function evening({ t, cluster, load }) {
  await t.test('every acknowledged record came to the group; no broker lost its session', async () => {
    const count = await load.allRead()
    t.diagnostic(`${count} records acknowledged`)
    assert.ok(count > 1000, `${count} acknowledged`)
    for (const output of cluster.outputs) assert.doesNotMatch(output, /session 0x[0-9a-f]+ has expired/)
  })

  await t.test('the brokers stop, and leave nothing ephemeral', async () => {
    await cluster.stopBrokers()
    await until(async () => (await cluster.registrations()).length === 0, { what: 'the end of the sessions' })
    assert.equal(await cluster.zooKeeper.exists('/controller'), null)
  })
}
