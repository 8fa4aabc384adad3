// What our broker writes into ZooKeeper beside what Apache's writes for the same configuration and the same calls: node by
// node, byte for byte, while both run, when both have stopped, and when both run again.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Tools } from '../apache-tools/tools.mjs'
import { startBroker } from '../lib/brokers.mjs'
import { freePort } from '../lib/network.mjs'
import { until } from '../lib/programs.mjs'
import { startServer } from '../zookeeper/servers.mjs'
import { excusesOf } from './excuses.mjs'
import { inReverse } from './in-reverse.mjs'
import { differences, readTree } from './trees.mjs'

const topicConfigs = {
  'retention.ms': '3600000',
  'segment.bytes': '1048576',
  'cleanup.policy': 'compact,delete',
  'max.message.bytes': '5000',
  'min.insync.replicas': '1',
  'segment.ms': '60000',
  'compression.type': 'lz4',
  'leader.replication.throttled.replicas': '0:0,1:0',
}

export function sameNodes(kind) {
  test(`our broker's nodes are those of ${kind}`, async (t) => {
    const after = inReverse(t)
    const tools = await Tools.of('kafka-3.9')
    after(() => tools.close())
    const old = await Tools.of('kafka-2.5')
    after(() => old.close())
    const pair = new Pair(kind)
    after(() => pair.dispose())
    await pair.start()

    await t.test('when they have started', () => pair.compare())
    await t.test('after work with topics, configs and records', async () => {
      for (const { broker } of pair.sides) await work(tools, broker.bootstrap)
      await pair.compare()
    })
    await t.test('after what an old tool asks for below /admin', async () => {
      for (const { connectString } of pair.sides) await ask(old, connectString)
      await pair.compare()
    })
    await t.test('when they have stopped', async () => {
      for (const { broker } of pair.sides) await broker.stop()
      await pair.compare()
    })
    await t.test('when they have started again', async () => {
      await Promise.all(pair.sides.map(({ broker }) => broker.start()))
      await pair.compare()
    })
    await t.test('for a broker id that is made up', async () => {
      const ids = new Pair(kind, { chroot: '/ids', servers: pair.servers, properties: { 'broker.id': -1 } })
      try {
        await ids.start()
        await ids.compare()
      } finally {
        await ids.dispose()
      }
    })
    await t.test('no exception is there in vain', () => {
      const used = pair.excused
      assert.deepEqual(
        excusesOf(kind).filter((excuse) => !used.has(excuse)),
        [],
      )
    })
  })
}

/** A broker of Apache's and one of ours, each with a ZooKeeper: of Apache's, and of ours. */
class Pair {
  sides = []
  servers
  /** Exceptions that were needed. */
  excused = new Set()
  #kind
  #chroot
  #properties
  #ownsServers

  constructor(kind, { chroot = '/kafka/one', servers, properties = {} } = {}) {
    this.#kind = kind
    this.#chroot = chroot
    this.#properties = properties
    this.#ownsServers = servers === undefined
    this.servers = servers ?? []
  }

  async start() {
    if (this.#ownsServers) for (const of of ['apache', 'millrace']) this.servers.push(await startServer(of))
    const kinds = [this.#kind, 'millrace']
    await Promise.all(kinds.map((kind, index) => this.#startSide(kind, this.servers[index])))
  }

  /** Waits a little for the same: some nodes are written after an answer. */
  async compare() {
    let found
    const same = until(
      async () => {
        const trees = [this.#kind, 'millrace'].map((kind) => this.sides.find(({ broker }) => broker.kind === kind))
        const [theirs, ours] = await Promise.all(trees.map(({ connectString }) => readTree(connectString)))
        found = differences(this.#excuse(theirs, ours), ours)
        return found.length === 0
      },
      { timeoutMs: 10_000, everyMs: 500 },
    )
    await same.catch(() => assert.deepEqual(found, []))
  }

  async dispose() {
    for (const { broker } of this.sides) await broker.dispose()
    if (this.#ownsServers) for (const server of this.servers) await server.dispose()
  }

  async #startSide(kind, server) {
    const secondPort = await freePort()
    const connectString = `${server.address}${this.#chroot}`
    const properties = (port) => ({
      'broker.rack': 'rack "a" \\u00fc/1',
      listeners: `PLAINTEXT://127.0.0.1:${port},CLIENT://127.0.0.1:${secondPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CLIENT://[::1]:${secondPort}`,
      'listener.security.protocol.map': 'CLIENT:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'inter.broker.listener.name': 'PLAINTEXT',
      'zookeeper.connect': connectString,
      ...this.#properties,
    })
    this.sides.push({ connectString, broker: await startBroker({ kind, properties }) })
  }

  #excuse(theirs, ours) {
    const tree = new Map(theirs)
    for (const excuse of excusesOf(this.#kind)) {
      for (const [path, text] of excuse.apply(theirs, ours)) {
        if (text !== theirs.get(path)) this.excused.add(excuse)
        tree.set(path, text)
      }
    }
    return tree
  }
}

async function work(tools, bootstrap) {
  const server = ['--bootstrap-server', bootstrap]
  const topics = (...args) => tools.must('kafka-topics', [...server, ...args], { fresh: false })
  const configs = (...args) => tools.must('kafka-configs', [...server, '--alter', ...args], { fresh: false })
  const configsOf = (type, name, ...args) => configs('--entity-type', type, '--entity-name', name, ...args)

  await topics('--create', '--topic', 'plain')
  const given = Object.entries(topicConfigs).flatMap(([key, value]) => ['--config', `${key}=${value}`])
  await topics('--create', '--topic', 'configured', '--partitions', '3', '--replication-factor', '1', ...given)
  await topics('--create', '--topic', 'Assigned.topic_1', '--replica-assignment', Array(14).fill('0').join())
  await topics('--alter', '--topic', 'plain', '--partitions', '7')
  await configsOf('topics', 'plain', '--add-config', 'retention.ms=7200000,segment.bytes=2000000')
  await configsOf('topics', 'configured', '--delete-config', 'segment.ms')
  await configsOf('topics', 'plain', '--delete-config', 'retention.ms,segment.bytes')
  await configsOf('brokers', '0', '--add-config', 'log.retention.ms=7200000,log.segment.bytes=20000000')
  await configs('--entity-type', 'brokers', '--entity-default', '--add-config', 'log.cleaner.threads=2')
  await configs('--entity-type', 'brokers', '--entity-default', '--delete-config', 'log.cleaner.threads')
  await topics('--create', '--topic', 'gone', '--partitions', '2')
  await topics('--delete', '--topic', 'gone')
  const produce = (topic) =>
    tools.must('kafka-console-producer', [...server, '--topic', topic], { input: 'a\nb\n', fresh: false })
  await produce('plain')
  await produce('made-by-producing')
  const group = ['--group', 'readers', '--from-beginning', '--max-messages', '2', '--timeout-ms', '30000']
  await tools.must('kafka-console-consumer', [...server, '--topic', 'plain', ...group])
}

/** A preferred election of all partitions, and a reassignment to where they are. */
async function ask(old, connectString) {
  const at = ['--zookeeper', connectString]
  await old.must('kafka-preferred-replica-election', at, { fresh: false })
  const folder = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
  try {
    const plan = join(folder, 'plan.json')
    const partitions = [0, 5].map((partition) => ({ topic: 'plain', partition, replicas: [0] }))
    writeFileSync(plan, JSON.stringify({ version: 1, partitions }))
    const execute = [...at, '--reassignment-json-file', plan, '--execute']
    await old.must('kafka-reassign-partitions', execute, { fresh: false })
    const isPending = (tree) => [...tree.keys()].some((path) => /^\/admin\/(?!delete_topics)/.test(path))
    await until(async () => !isPending(await readTree(connectString)), { what: 'the end of the requests' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
