// `millrace zookeeper-copy`: our broker moves from the ZooKeeper inside it to Apache's, with all that it knows.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Tools } from '../apache-tools/tools.mjs'
import { startBroker } from '../lib/brokers.mjs'
import { freePort, waitUntilReady } from '../lib/network.mjs'
import { rootDir } from '../lib/paths.mjs'
import { mustRun, startProgram } from '../lib/programs.mjs'
import { startServer } from '../zookeeper/servers.mjs'
import { inReverse } from './in-reverse.mjs'
import { differences, readTree } from './trees.mjs'

export function copying() {
  test("our broker moves from its own ZooKeeper to Apache's", async (t) => {
    const after = inReverse(t)
    const tools = await Tools.of('kafka-3.9')
    after(() => tools.close())
    const first = await startBroker({ kind: 'millrace', properties: { 'zookeeper.embedded.port': -1 } })
    after(() => first.dispose())
    await fill(tools, first)
    const before = await seen(tools, first)
    await first.stop()

    const from = await serverOn(after, `${first.dataDir}-zookeeper`)
    const server = await startServer('apache')
    after(() => server.dispose())
    const to = `${server.address}/kafka`
    const said = await mustRun(join(rootDir, 'bin', 'millrace'), ['zookeeper-copy', from, to])
    await t.test('the nodes are the same', async () => {
      const [theirs, ours] = [await readTree(to), await readTree(from)]
      assert.match(said, new RegExp(`Copied \\d+ nodes from ${from} to ${to}\\.`))
      // Versions begin anew, as nobody can set them, and the servers have nodes of their own.
      const withoutVersions = (tree) =>
        new Map([...tree].map(([path, text]) => [path, text.replace(/version \d+: /, '')]))
      const found = differences(withoutVersions(theirs), withoutVersions(ours))
      assert.deepEqual(
        found.filter(({ path }) => path !== '/' && !path.startsWith('/zookeeper')),
        [],
      )
    })

    const second = await startBroker({
      kind: 'millrace',
      properties: { 'log.dirs': first.dataDir, 'zookeeper.connect': to },
    })
    after(() => second.dispose())
    await t.test('topics, configs, records, offsets and the id of the cluster are as before', async () => {
      assert.deepEqual(await seen(tools, second), before)
    })
    await t.test('and it goes on', async () => {
      const at = ['--bootstrap-server', second.bootstrap]
      await tools.must('kafka-topics', [...at, '--create', '--topic', 'later', '--partitions', '2'])
      await tools.must('kafka-console-producer', [...at, '--topic', 'later'], { input: 'x\n' })
      const offsets = await tools.must('kafka-get-offsets', [...at, '--topic', 'later'])
      assert.deepEqual(
        offsets
          .trim()
          .split('\n')
          .map((line) => Number(line.at(-1)))
          .sort(),
        [0, 1],
      )
    })
  })
}

/** The nodes that a broker has left, served by themselves; resolves to the address. */
async function serverOn(after, dataDir) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
  const file = join(folder, 'zookeeper.properties')
  writeFileSync(file, `dataDir=${dataDir}\nclientPort=${port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n`)
  const program = startProgram(join(rootDir, 'bin', 'zookeeper-server-start'), [file], { input: '' })
  after(async () => {
    program.kill()
    await program.exited
    rmSync(folder, { recursive: true, force: true })
  })
  await waitUntilReady(port, program, { kafka: false })
  return `127.0.0.1:${port}`
}

async function fill(tools, { bootstrap }) {
  const at = ['--bootstrap-server', bootstrap]
  const must = (tool, args, options) => tools.must(tool, [...at, ...args], { fresh: false, ...options })
  const create = (topic, ...more) => must('kafka-topics', ['--create', '--topic', topic, ...more])
  await create('wide', '--partitions', '12', '--config', 'segment.bytes=1048576')
  await create('plain')
  await must('kafka-topics', ['--alter', '--topic', 'plain', '--partitions', '4'])
  const entities = [
    ['topics', 'plain', 'retention.ms=7200000'],
    ['brokers', '0', 'log.retention.ms=86400000'],
  ]
  for (const [type, name, config] of entities) {
    await must('kafka-configs', ['--alter', '--entity-type', type, '--entity-name', name, '--add-config', config])
  }
  await must('kafka-console-producer', ['--topic', 'plain'], { input: 'a\nb\nc\n' })
  const two = ['--topic', 'plain', '--group', 'readers', '--from-beginning', '--max-messages', '2']
  await must('kafka-console-consumer', [...two, '--timeout-ms', '30000'], { fresh: true })
}

/** What clients see, as text. */
async function seen(tools, { bootstrap }) {
  const at = ['--bootstrap-server', bootstrap]
  const must = (tool, ...args) => tools.must(tool, args, { fresh: false })
  return {
    cluster: await must('kafka-cluster', 'cluster-id', ...at),
    topics: await must('kafka-topics', ...at, '--describe'),
    configs: await must('kafka-configs', ...at, '--describe', '--entity-type', 'brokers', '--entity-name', '0'),
    ends: await must('kafka-get-offsets', ...at, '--topic', 'plain'),
    offsets: await must('kafka-consumer-groups', ...at, '--describe', '--group', 'readers', '--offsets'),
  }
}
