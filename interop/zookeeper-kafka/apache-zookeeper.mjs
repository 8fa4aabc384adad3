// Our broker on Apache ZooKeeper 3.8: one server, and an ensemble of three whose leader is killed.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectZooKeeper } from '../../packages/zookeeper/dist/index.js'
import { Tools } from '../apache-tools/tools.mjs'
import { startBroker } from '../lib/brokers.mjs'
import { until } from '../lib/programs.mjs'
import { startEnsemble, startServer } from '../zookeeper/servers.mjs'
import { inReverse } from './in-reverse.mjs'
import { Load } from './load.mjs'

const chroot = '/kafka/ours'
/** Longer than the outage. */
const sessionTimeoutMs = 12_000
const outageMs = 10_000

export function apacheZooKeeper() {
  test('our broker on Apache ZooKeeper', async (t) => {
    const after = inReverse(t)
    const server = await startServer('apache')
    after(() => server.dispose())
    const run = await Run.start(after, `${server.address}${chroot}`)
    await work(t, run)
    await restarts(t, run)
    await outage(t, run, server)
  })

  test('our broker on an ensemble of Apache ZooKeeper, whose leader is killed', async (t) => {
    const after = inReverse(t)
    const ensemble = await startEnsemble()
    after(() => ensemble.dispose())
    const run = await Run.start(after, `${ensemble.connectString}${chroot}`)
    await leaderKilled(t, after, run, ensemble)
  })
}

/** The broker, a client of the same ZooKeeper, and tools. */
class Run {
  broker
  zooKeeper
  tools

  static async start(after, connectString) {
    const run = new Run()
    run.broker = await startBroker({
      kind: 'millrace',
      properties: { 'zookeeper.connect': connectString, 'zookeeper.session.timeout.ms': sessionTimeoutMs },
    })
    after(() => run.broker.dispose())
    run.connectString = connectString
    run.zooKeeper = await connectZooKeeper({ connectString, sessionTimeoutMs: 30_000 })
    after(() => run.zooKeeper.close())
    run.tools = await Tools.of('kafka-3.9')
    after(() => run.tools.close())
    return run
  }

  tell(tool, args, options) {
    return this.tools.must(tool, ['--bootstrap-server', this.broker.bootstrap, ...args], { fresh: false, ...options })
  }

  async createTopic(topic, ...more) {
    await this.tell('kafka-topics', ['--create', '--topic', topic, '--partitions', '3', ...more])
    const { data } = await this.zooKeeper.getData(`/brokers/topics/${topic}/partitions/2/state`)
    assert.equal(JSON.parse(data).leader, 0)
  }

  async write(topic, ...values) {
    await this.tell('kafka-console-producer', ['--topic', topic], {
      input: values.map((value) => `${value}\n`).join(''),
    })
  }

  async read(topic, count) {
    const wanted = ['--topic', topic, '--from-beginning', '--max-messages', String(count), '--timeout-ms', '30000']
    return (await this.tell('kafka-console-consumer', wanted, { fresh: true })).trim().split('\n').sort()
  }

  /** Of the registration, and who holds the office. */
  async registration() {
    const { ephemeralOwner, czxid } = await this.zooKeeper.exists('/brokers/ids/0')
    const controller = await this.zooKeeper.exists('/controller')
    assert.equal(controller.ephemeralOwner, ephemeralOwner, 'one session')
    return { session: ephemeralOwner, epoch: czxid }
  }

  /** Until the broker has registered later than `epoch`, and is the controller. */
  async registeredAfter(epoch) {
    await until(
      async () => {
        const stat = await this.zooKeeper.exists('/brokers/ids/0')
        const controller = await this.zooKeeper.exists('/controller')
        return stat?.czxid > epoch && controller?.ephemeralOwner === stat.ephemeralOwner
      },
      { what: 'another registration' },
    )
  }
}

async function work(t, run) {
  await t.test('topics, records and configs, below a chroot that was not there', async () => {
    await run.createTopic('kept', '--config', 'retention.ms=3600000')
    await run.write('kept', 'one', 'two')
    assert.deepEqual(await run.read('kept', 2), ['one', 'two'])
    await run.createTopic('gone')
    await run.tell('kafka-topics', ['--delete', '--topic', 'gone'])
    await until(async () => (await run.zooKeeper.exists('/brokers/topics/gone')) === null, { what: 'the deletion' })
  })
}

async function restarts(t, run) {
  await t.test('kill -9: it starts again at once, though its session lives', async () => {
    const { epoch } = await run.registration()
    await run.broker.kill()
    assert.notEqual(await run.zooKeeper.exists('/brokers/ids/0'), null, 'nobody has ended the session')
    const startedAt = performance.now()
    await run.broker.start()
    const tookMs = performance.now() - startedAt
    assert.ok(tookMs < sessionTimeoutMs / 2, `it took ${tookMs} ms`)
    await run.registeredAfter(epoch)
    await run.write('kept', 'three')
    assert.deepEqual(await run.read('kept', 3), ['one', 'three', 'two'])
  })

  await t.test('its session ends: it registers again, is elected, and goes on', async () => {
    const { epoch } = await run.registration()
    const note = readFileSync(join(run.broker.dataDir, '.millrace-session'), 'utf8')
    const [id, password] = note.split(/\s/)
    const session = { id: BigInt.asIntN(64, BigInt(`0x${id}`)), password: Buffer.from(password, 'hex') }
    const thief = await connectZooKeeper({ connectString: run.connectString, session })
    await thief.close()
    await run.registeredAfter(epoch)
    await run.createTopic('after-expiry')
    await run.write('after-expiry', 'written')
    assert.deepEqual(await run.read('after-expiry', 1), ['written'])
  })

  await t.test('its process stands still for longer than its session lives: the same', async () => {
    const { epoch } = await run.registration()
    run.broker.signal('SIGSTOP')
    try {
      await until(async () => (await run.zooKeeper.exists('/brokers/ids/0')) === null, {
        what: 'the end of the session',
      })
    } finally {
      run.broker.signal('SIGCONT')
    }
    await run.registeredAfter(epoch)
    await run.createTopic('after-standstill')
    await run.write('after-standstill', 'written')
    assert.deepEqual(await run.read('after-standstill', 1), ['written'])
  })
}

async function outage(t, run, server) {
  await t.test('ZooKeeper is away for ten seconds: records go on, and the session lives', async () => {
    const before = await run.registration()
    const home = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
    t.after(() => rmSync(home, { recursive: true, force: true }))
    const load = new Load(run.tools, { topic: 'kept', group: 'readers', bootstrap: run.broker.bootstrap, home })
    try {
      await load.more(50)
      await server.stop()
      const stoppedAt = performance.now()
      while (performance.now() - stoppedAt < outageMs) await load.more(100)
      await server.start()
      assert.deepEqual(await run.registration(), before)
      await run.createTopic('after-outage')
      await load.more(50)
      assert.deepEqual(await run.registration(), before)
      await load.allRead()
    } finally {
      await load.dispose()
    }
  })
}

async function leaderKilled(t, after, run, ensemble) {
  const home = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
  after(() => rmSync(home, { recursive: true, force: true }))
  await run.createTopic('kept')
  const load = new Load(run.tools, { topic: 'kept', group: 'readers', bootstrap: run.broker.bootstrap, home })
  after(() => load.dispose())
  await load.more(50)
  const before = await run.registration()

  await t.test('the same session, topics can be made, and no record is lost', async () => {
    const leader = await ensemble.leader()
    await leader.kill()
    await run.createTopic('while-two')
    assert.deepEqual(await run.registration(), before)
    await load.more(100)
    await leader.start()
    await run.createTopic('with-three')
    assert.deepEqual(await run.registration(), before)
    assert.ok((await load.allRead()) > 150)
  })
}
