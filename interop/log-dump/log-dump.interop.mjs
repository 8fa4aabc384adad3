// Our log directory in Apache's hands. DumpLogSegments (3.9) reads every file of it without a complaint and finds the
// records that were written, every codec, over several segments; our kafka-dump-log prints the same of them, to the letter. Then a real Apache 3.9 broker (ZooKeeper mode, as its
// meta.properties and ours are version 0) starts on a copy, serves all of it and writes to it.
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Tools } from '../apache-tools/tools.mjs'
import { brokerForFile, startBroker } from '../lib/brokers.mjs'
import { rootDir } from '../lib/paths.mjs'
import { runProgram } from '../lib/programs.mjs'
import { codecs, writeRound } from '../lib/writer.mjs'

const line = 'kafka-3.9'
const topic = 'dumped'
const group = 'dumped-group'
const count = 2000
const consumed = 123

const broker = await brokerForFile({ after })
const tools = await Tools.of(line)
after(() => tools.close())
const written = await writeTwoRounds()
await broker.stop()

test('DumpLogSegments: every segment has the records that were written, with keys, values and headers', async (t) => {
  for (const [partition, codec] of codecs.entries()) {
    await t.test(codec, async () => {
      const segments = filesOf(partitionDir(partition), '.log')
      assert.ok(segments.length > 2, `${segments.length} segments`)
      const text = await dump(segments, '--deep-iteration', '--print-data-log')
      const batches = text.match(/^baseOffset: .*/gm)
      for (const batch of batches) {
        assert.match(batch, / isvalid: true/)
        assert.match(batch, new RegExp(`compresscodec: ${codec}`, 'i'))
        assert.match(batch, /partitionLeaderEpoch: \d+ isTransactional: false isControl: false/)
      }
      const records = text.match(/^\| offset: .*/gm).map(parseRecord)
      assert.deepEqual(records, written[partition].map(expectedRecord))
    })
  }
})

test('DumpLogSegments: offset indexes, time indexes and producer snapshots are sane', async (t) => {
  for (const name of readdirSync(broker.dataDir)
    .filter((entry) => /-\d+$/.test(entry))
    .sort()) {
    const folder = join(broker.dataDir, name)
    // An index without an entry is a file of no bytes, for which the tool has nothing but a remark.
    const all = [...filesOf(folder, '.index'), ...filesOf(folder, '.timeindex')]
    const indexes = all.filter((file) => statSync(file).size > 0)
    await t.test(name, async () => {
      assert.equal(all.length, 2 * filesOf(folder, '.log').length)
      if (indexes.length === 0) return
      const sane = await dump(indexes, '--index-sanity-check')
      assert.equal(sane.match(/passed sanity check/g)?.length, indexes.length, sane)
      const entries = await dump(indexes, '--verify-index-only')
      assert.doesNotMatch(entries, /^offset:/m)
      const content = await dump(indexes)
      if (name.startsWith(topic) && !name.endsWith('-5')) assert.match(content, /^offset: \d+ position: \d+$/m)
      const snapshots = filesOf(folder, '.snapshot')
      if (snapshots.length > 0) checkSnapshots(await dump(snapshots), name)
    })
  }
})

test('DumpLogSegments --offsets-decoder: the commits and the group are in __consumer_offsets', async () => {
  const logs = readdirSync(broker.dataDir)
    .filter((name) => name.startsWith('__consumer_offsets-'))
    .flatMap((name) => filesOf(join(broker.dataDir, name), '.log'))
  const text = await dump(logs, '--offsets-decoder', '--deep-iteration')
  assert.match(text, new RegExp(`"group":"${group}","topic":"${topic}","partition":0.*"offset":${consumed},`))
  assert.match(text, new RegExp(`"type":"2","data":\\{"group":"${group}"\\}.*"protocolType":"consumer"`))
})

test('an Apache 3.9 broker starts on a copy of the directory, serves it and goes on writing', async () => {
  const apache = await startBroker({
    kind: 'apache-3.9',
    prepare: async (home) => cpSync(broker.dataDir, join(home, 'data'), { recursive: true }),
    zookeeperCommands: metadataCommands(),
  })
  try {
    const server = ['--bootstrap-server', apache.bootstrap]
    for (const [partition, records] of written.entries()) {
      if (records.length > 0) await readBack(apache, partition, records)
    }
    const lag = await tools.must('kafka-consumer-groups', [...server, '--describe', '--group', group])
    assert.match(lag, new RegExp(`${group} +${topic} +0 +${consumed} +${written[0].length} `))
    const more = await writeRound({ line, broker: apache, topic, round: 2, count: 50 })
    assert.equal(more[0][0].offset, written[0].length)
    assert.doesNotMatch(
      apache.output,
      new RegExp(` (WARN|ERROR) .*(${topic}-|corrupt|recover|mismatch|[Ss]equence|Inconsistent)`, 'i'),
    )
  } finally {
    await apache.dispose()
  }
})

async function writeTwoRounds() {
  const first = await writeRound({ line, broker, topic, round: 0, count })
  // What recovery makes is looked at too. (Apache's broker would find its own node still in ZooKeeper.)
  await (broker.kind === 'millrace' ? broker.kill() : broker.stop())
  await broker.start()
  const second = await writeRound({ line, broker, topic, round: 1, count })
  const member = ['--bootstrap-server', broker.bootstrap, '--topic', topic, '--group', group]
  await tools.must('kafka-console-consumer', [
    ...member,
    '--max-messages',
    '1',
    '--from-beginning',
    '--timeout-ms',
    '30000',
  ])
  await tools.must('kafka-consumer-groups', [
    ...member,
    '--reset-offsets',
    '--to-offset',
    String(consumed),
    '--execute',
  ])
  return first.map((records, partition) => [...records, ...second[partition]])
}

function partitionDir(partition) {
  return join(broker.dataDir, `${topic}-${partition}`)
}

function filesOf(folder, ending) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name))
}

/** Runs the tool over files; its complaints about them are failures, and so is a difference to what ours prints. */
async function dump(files, ...options) {
  const args = ['--files', files.join(','), ...options]
  const { code, stdout, stderr } = await tools.run('kafka-dump-log', args)
  assert.equal(code, 0, stdout + stderr)
  const ours = await runProgram(join(rootDir, 'bin', 'kafka-dump-log'), args, { timeoutMs: 90_000 })
  assert.equal(ours.code, code, ours.stderr)
  const [theirs, own] = [stdout, ours.stdout].map((text) => text.split('\n'))
  for (const [at, text] of theirs.entries()) assert.equal(own[at], text, `line ${at + 1} of ${args.join(' ')}`)
  assert.equal(own.length, theirs.length)
  const complaints = /isvalid: false|[Mm]ismatch|Non-consecutive|[Ee]xception|corrupt|out of order|not found|truncat/
  assert.doesNotMatch(stdout.replaceAll(/ payload: .*/g, '') + stderr, complaints)
  return stdout
}

/** `| offset: 0 CreateTime: 1 keySize: 5 valueSize: 3 sequence: 0 headerKeys: [a,b] key: k payload: v` */
function parseRecord(text) {
  const [, offset, timestamp, sequence, headers, rest] = text.match(
    /^\| offset: (\d+) CreateTime: (\d+) keySize: -?\d+ valueSize: -?\d+ sequence: (\d+) headerKeys: \[(.*?)\](.*)$/,
  )
  const [, key = null] = rest.match(/ key: (\S+)/) ?? []
  const [, value = null] = rest.match(/ payload: (\S+)/) ?? []
  return { offset: Number(offset), timestamp: Number(timestamp), sequence: Number(sequence), headers, key, value }
}

/** Each round has a producer of its own. */
function expectedRecord({ offset, timestamp, key, value, headers }) {
  return {
    offset,
    timestamp,
    sequence: offset % count,
    headers: headers.map((header) => header.key).join(','),
    key,
    value,
  }
}

function checkSnapshots(text, name) {
  const producers = text.match(/^producerId: .*/gm) ?? []
  if (!name.startsWith(topic) || name.endsWith('-5')) return
  assert.match(
    producers.at(-1),
    new RegExp(`producerEpoch: 0 .*currentTxnFirstOffset: (None|OptionalLong.empty).*lastSequence: ${count - 1}`),
  )
}

/** What the Apache controller must find in ZooKeeper for these directories: the cluster's id and the topics' ids. */
function metadataCommands() {
  const clusterId = readFileSync(join(broker.dataDir, 'meta.properties'), 'utf8').match(/^cluster\.id=(.*)$/m)[1]
  // The ids that were given out are in the producer snapshots: the next ones must be others.
  const producerIds = { version: 1, broker: 0, block_start: '0', block_end: '9999' }
  const commands = [
    `create /latest_producer_id_block '${JSON.stringify(producerIds)}'`,
    "create /cluster ''",
    `create /cluster/id '${JSON.stringify({ version: '1', id: clusterId })}'`,
    "create /brokers ''",
    "create /brokers/topics ''",
  ]
  for (const name of [topic, '__consumer_offsets']) {
    const folders = readdirSync(broker.dataDir).filter((entry) => entry.replace(/-\d+$/, '') === name)
    const id = readFileSync(join(broker.dataDir, folders[0], 'partition.metadata'), 'utf8').match(/topic_id: (\S+)/)[1]
    const partitions = Object.fromEntries(folders.map((_, partition) => [partition, [0]]))
    const state = { version: 3, topic_id: id, partitions, adding_replicas: {}, removing_replicas: {} }
    commands.push(`create /brokers/topics/${name} '${JSON.stringify(state)}'`)
  }
  // Without these the default of a week would let the older segments go.
  const configs = { version: 1, config: { 'retention.ms': '-1', 'segment.bytes': '1048576' } }
  commands.push("create /config ''", "create /config/topics ''")
  commands.push(`create /config/topics/${topic} '${JSON.stringify(configs)}'`)
  return commands
}

async function readBack(apache, partition, records) {
  const where = ['--bootstrap-server', apache.bootstrap, '--topic', topic, '--partition', String(partition)]
  const limit = ['--offset', 'earliest', '--max-messages', String(records.length), '--timeout-ms', '30000']
  const shown = ['print.offset', 'print.key'].flatMap((property) => ['--property', `${property}=true`])
  const text = await tools.must('kafka-console-consumer', [...where, ...limit, ...shown])
  const expected = records.map(
    ({ offset, timestamp, key, value }) => `CreateTime:${timestamp}\tOffset:${offset}\t${key}\t${value}`,
  )
  assert.deepEqual(
    text.trim().split('\n'),
    expected.map((row) => row.replace(/^CreateTime:\d+\t/, '')),
  )
}
