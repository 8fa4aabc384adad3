// Apache's tools that speak to ZooKeeper, not to brokers, on the nodes of our broker: Kafka 2.5's with --zookeeper, and the
// shells of both lines. The ZooKeeper is the one inside `millrace start`; in the second test it is a server of its own, for what
// is done while no broker runs.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectZooKeeper } from '../../packages/zookeeper/dist/index.js'
import { Tools } from '../apache-tools/tools.mjs'
import { startBroker } from '../lib/brokers.mjs'
import { freePort, waitUntilReady } from '../lib/network.mjs'
import { rootDir } from '../lib/paths.mjs'
import { startProgram, until } from '../lib/programs.mjs'
import { startServer } from '../zookeeper/servers.mjs'
import { inReverse } from './in-reverse.mjs'

const scramConfig = 'SCRAM-SHA-256=[iterations=4096,password=secret]'

export function oldTools() {
  test("Apache's old tools on the ZooKeeper inside `millrace start`", async (t) => {
    const after = inReverse(t)
    const started = await millraceStart(after)
    const old = await toolsOf(after, 'kafka-2.5')
    const zooKeeper = await connectZooKeeper({ connectString: started.address })
    after(() => zooKeeper.close())
    const tell = (tool, ...args) => old.must(tool, ['--zookeeper', started.address, ...args], { fresh: false })
    const newer = await toolsOf(after, 'kafka-3.9')
    const context = { t, old, newer, tell, zooKeeper, ...started }
    await topics(context)
    await topicConfigs(context)
    await otherConfigs(context)
    await elections(context)
    await reassignments(context)
    await shells(context)
    await cluster(context)
    assert.doesNotMatch(started.program.stdout + started.program.stderr, / (ERROR|FATAL) /)
  })

  test("what Kafka 2.5's kafka-configs --zookeeper says while our broker is stopped holds when it starts", async (t) => {
    const after = inReverse(t)
    const server = await startServer('millrace')
    after(() => server.dispose())
    const connectString = `${server.address}/a/chroot`
    const broker = await startBroker({ kind: 'millrace', properties: { 'zookeeper.connect': connectString } })
    after(() => broker.dispose())
    await broker.stop()
    const tools = await toolsOf(after, 'kafka-2.5')
    const alter = ['--zookeeper', connectString, '--alter', '--entity-type', 'brokers']
    const configs = (...args) => tools.must('kafka-configs', args, { fresh: false })
    await configs(...alter, '--entity-name', '0', '--add-config', 'log.retention.ms=7200000')
    await configs(...alter, '--entity-default', '--add-config', 'log.segment.bytes=20000000,log.retention.ms=1')
    await broker.start()
    const describe = (...entity) =>
      configs('--bootstrap-server', broker.bootstrap, '--describe', '--entity-type', 'brokers', ...entity)
    const own = await describe('--entity-name', '0')
    assert.match(own, /log.retention.ms=7200000 .*DYNAMIC_BROKER_CONFIG:log.retention.ms=7200000/)
    assert.match(own, /DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=1/)
    assert.match(await describe('--entity-default'), /log.segment.bytes=20000000/)
  })
}

async function toolsOf(after, line) {
  const tools = await Tools.of(line)
  after(() => tools.close())
  return tools
}

async function millraceStart(after) {
  const data = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
  mkdirSync(join(data, 'files'))
  const [port, zooKeeperPort] = [await freePort(), await freePort()]
  const overrides = { 'zookeeper.embedded.port': zooKeeperPort, 'millrace.http.port': await freePort() }
  const given = Object.entries(overrides).flatMap(([key, value]) => ['--override', `${key}=${value}`])
  const args = ['start', '--data', data, '--port', port, ...given]
  const program = startProgram(join(rootDir, 'bin', 'millrace'), args, { input: '' })
  after(async () => {
    program.kill()
    await program.exited
    rmSync(data, { recursive: true, force: true })
  })
  await waitUntilReady(port, program)
  return {
    program,
    bootstrap: `127.0.0.1:${port}`,
    address: `127.0.0.1:${zooKeeperPort}`,
    /** Writes a file for a tool to read; returns its path. */
    file(name, content) {
      const path = join(data, 'files', name)
      writeFileSync(path, JSON.stringify(content))
      return path
    },
  }
}

async function topics({ t, old, tell, bootstrap }) {
  const describe = async (topic) => await tell('kafka-topics', '--describe', '--topic', topic)
  const untilDescribed = async (topic, pattern) =>
    await until(async () => pattern.test(await describe(topic)), { what: `${topic} as ${pattern}` })

  await t.test('kafka-topics --create, and records', async () => {
    const shape = ['--partitions', '2', '--replication-factor', '1', '--config', 'retention.ms=3600000']
    assert.match(await tell('kafka-topics', '--create', '--topic', 'old', ...shape), /Created topic old/)
    await untilDescribed('old', /Partition: 1\s+Leader: 0\s+Replicas: 0\s+Isr: 0/)
    assert.match(await describe('old'), /PartitionCount: 2\s+ReplicationFactor: 1\s+Configs: retention.ms=3600000/)
    await old.must('kafka-console-producer', ['--broker-list', bootstrap, '--topic', 'old'], { input: 'a\nb\n' })
    const read = ['--bootstrap-server', bootstrap, '--topic', 'old', '--from-beginning']
    const records = await old.must('kafka-console-consumer', [...read, '--max-messages', '2', '--timeout-ms', '30000'])
    assert.deepEqual(records.trim().split('\n').sort(), ['a', 'b'])
  })

  await t.test('kafka-topics --create --replica-assignment', async () => {
    await tell('kafka-topics', '--create', '--topic', 'assigned', '--replica-assignment', '0,0,0')
    await untilDescribed('assigned', /Partition: 2\s+Leader: 0/)
  })

  await t.test('kafka-topics --alter: partitions and configs', async () => {
    await tell('kafka-topics', '--alter', '--topic', 'old', '--partitions', '5')
    await untilDescribed('old', /Partition: 4\s+Leader: 0/)
    await tell('kafka-topics', '--alter', '--topic', 'old', '--config', 'max.message.bytes=5000')
    await tell('kafka-topics', '--alter', '--topic', 'old', '--delete-config', 'retention.ms')
    assert.match(await describe('old'), /Configs: max.message.bytes=5000\s/)
    const fromBroker = ['--bootstrap-server', bootstrap, '--describe', '--topic', 'old']
    await until(async () => /Configs:.*max.message.bytes=5000/.test(await old.must('kafka-topics', fromBroker)), {
      what: 'the config at the broker',
    })
  })

  await t.test('kafka-topics --list, and what is wrong: nothing', async () => {
    const list = await tell('kafka-topics', '--list')
    assert.deepEqual(list.trim().split('\n').sort(), ['__consumer_offsets', 'assigned', 'old'])
    for (const filter of ['--under-replicated-partitions', '--unavailable-partitions']) {
      assert.equal((await tell('kafka-topics', '--describe', filter)).trim(), '')
    }
  })

  await t.test('kafka-topics --delete', async () => {
    await tell('kafka-topics', '--create', '--topic', 'gone', '--partitions', '2', '--replication-factor', '1')
    await untilDescribed('gone', /Partition: 1\s+Leader: 0/)
    assert.match(await tell('kafka-topics', '--delete', '--topic', 'gone'), /marked for deletion/)
    await until(async () => !(await tell('kafka-topics', '--list')).includes('gone'), { what: 'the deletion' })
    const fromBroker = await old.must('kafka-topics', ['--bootstrap-server', bootstrap, '--list'])
    assert.ok(!fromBroker.includes('gone'), fromBroker)
  })
}

async function topicConfigs({ t, old, tell, bootstrap }) {
  await t.test('kafka-configs of a topic: add, describe, delete', async () => {
    const topic = ['--entity-type', 'topics', '--entity-name', 'old']
    const fromBroker = () => old.must('kafka-configs', ['--bootstrap-server', bootstrap, '--describe', ...topic])
    await tell(
      'kafka-configs',
      '--alter',
      ...topic,
      '--add-config',
      'segment.bytes=2000000,cleanup.policy=[compact,delete]',
    )
    await until(async () => /segment.bytes=2000000/.test(await fromBroker()), { what: 'the config at the broker' })
    const described = await tell('kafka-configs', '--describe', ...topic)
    assert.match(described, /cleanup.policy=compact,delete/)
    await tell('kafka-configs', '--alter', ...topic, '--delete-config', 'segment.bytes,cleanup.policy')
    await until(async () => !/segment.bytes=2000000/.test(await fromBroker()), { what: 'the default at the broker' })
  })
}

async function otherConfigs({ t, tell, newer, address }) {
  const keeps = async (type, name, config, pattern) => {
    const entity = ['--entity-type', type, '--entity-name', name]
    await tell('kafka-configs', '--alter', ...entity, '--add-config', config)
    assert.match(await tell('kafka-configs', '--describe', ...entity), pattern)
  }

  await t.test('kafka-configs of a broker that runs', async () => {
    await keeps('brokers', '0', 'leader.replication.throttled.rate=1000000', /throttled.rate=1000000/)
  })

  await t.test('kafka-configs of users and clients', async () => {
    await keeps('users', 'alice ü/*', scramConfig, /SCRAM-SHA-256=salt=.*iterations=4096/)
    await keeps('users', 'alice ü/*', 'producer_byte_rate=1024', /producer_byte_rate=1024/)
    await keeps('clients', 'c', 'request_percentage=50', /request_percentage=50/)
  })

  await t.test('kafka-configs of 3.9, which has --zookeeper for users still', async () => {
    const bob = ['--zookeeper', address, '--entity-type', 'users', '--entity-name', 'bob']
    await newer.must('kafka-configs', [...bob, '--alter', '--add-config', scramConfig])
    const described = await newer.must('kafka-configs', [...bob, '--describe'])
    assert.match(described, /SCRAM-SHA-256=salt=.*iterations=4096/)
  })
}

async function elections({ t, tell, zooKeeper, file }) {
  const untilDone = () =>
    until(async () => (await zooKeeper.exists('/admin/preferred_replica_election')) === null, { what: 'the election' })

  await t.test('kafka-preferred-replica-election, of all partitions and of some', async () => {
    assert.match(await tell('kafka-preferred-replica-election'), /Successfully started preferred replica election/)
    await untilDone()
    const some = file('some.json', { partitions: [{ topic: 'old', partition: 1 }] })
    assert.match(await tell('kafka-preferred-replica-election', '--path-to-json-file', some), /Successfully started/)
    await untilDone()
  })
}

async function reassignments({ t, tell, bootstrap, zooKeeper, file }) {
  await t.test('kafka-reassign-partitions --generate, --execute, --verify: of one broker to itself', async () => {
    const tool = (...args) => tell('kafka-reassign-partitions', '--bootstrap-server', bootstrap, ...args)
    const topics = file('topics.json', { version: 1, topics: [{ topic: 'old' }] })
    const generated = await tool('--generate', '--topics-to-move-json-file', topics, '--broker-list', '0')
    const proposed = JSON.parse(generated.slice(generated.lastIndexOf('{"version"')))
    assert.equal(proposed.partitions.length, 5)
    const plan = file('plan.json', proposed)
    assert.match(await tool('--execute', '--reassignment-json-file', plan), /Successfully started reassignment/)
    await until(async () => (await zooKeeper.exists('/admin/reassign_partitions')) === null, { what: 'the request' })
    const verified = await tool('--verify', '--reassignment-json-file', plan)
    assert.equal(verified.match(/completed successfully/g)?.length, 5, verified)
  })
}

async function shells({ t, old, newer, zooKeeper, address }) {
  const registration = (await zooKeeper.getData('/brokers/ids/0')).data.toString()
  for (const [line, tools] of [
    ['2.5', old],
    ['3.9', newer],
  ]) {
    for (const shell of ['zookeeper-shell', 'zkCli']) {
      await t.test(`${shell} of ${line}`, async () => {
        const run = (input, ...args) => tools.must(shell, ['-server', address, ...args], { input, fresh: true })
        const lines = (await run('', 'get', '/brokers/ids/0')).split('\n')
        assert.ok(lines.includes(registration), lines.join('\n'))
        const typed = await run('ls /brokers/topics\nget /controller_epoch\nstat /controller\nquit\n')
        assert.match(typed, /\[__consumer_offsets, assigned, old\]/)
        assert.match(typed, /^1$/m)
        assert.match(typed, /ephemeralOwner = 0x[1-9a-f]/)
      })
    }
  }
}

async function cluster({ t, old, newer, bootstrap, zooKeeper }) {
  await t.test(
    'kafka-cluster cluster-id says what /cluster/id says; kafka-broker-api-versions names the broker',
    async () => {
      const { id } = JSON.parse((await zooKeeper.getData('/cluster/id')).data.toString())
      const said = await newer.must('kafka-cluster', ['cluster-id', '--bootstrap-server', bootstrap])
      assert.match(said, new RegExp(`Cluster ID: ${id}\\s`))
      for (const tools of [old, newer]) {
        assert.match(
          await tools.must('kafka-broker-api-versions', ['--bootstrap-server', bootstrap]),
          /\(id: 0 rack: null\)/,
        )
      }
    },
  )
}
