// Segments written by Apache brokers (2.5 and 3.9 with ZooKeeper, 4.x with KRaft) read by our log: every record of every
// codec, transactions and who aborted, producer state, leader epochs, offsets by time. Once as the broker left it after
// a clean stop, and once with the indexes and snapshots thrown away, so that recovery makes them anew. Then our broker
// serves them, with the offsets that groups committed to Apache's.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Tools } from '../apache-tools/tools.mjs'
import { startBroker } from '../lib/brokers.mjs'
import { rootDir } from '../lib/paths.mjs'
import { codecs, transactionPartition, writeRound } from '../lib/writer.mjs'

const { DEFAULT_LOG_CONFIG, nodeEnvironment, PartitionLog } = await import(
  join(rootDir, 'packages', 'log', 'dist', 'index.js')
)
const protocol = await import(join(rootDir, 'packages', 'protocol', 'dist', 'index.js'))

const config = { ...DEFAULT_LOG_CONFIG, segmentBytes: 1_048_576, retentionMs: -1 }
const topic = 'written-by-apache'
const count = 2500
const group = 'committed-to-apache'
const committed = 123
const derived = /\.(index|timeindex|txnindex|snapshot)$/

for (const kind of ['apache-2.5', 'apache-3.9', 'apache-4.x']) {
  test(`segments of ${kind}`, async (t) => {
    const tools = await Tools.of('kafka-3.9')
    t.after(() => tools.close())
    const { home, written } = await fill(kind, tools)
    t.after(() => rmSync(home, { recursive: true, force: true }))
    for (const state of ['as it was closed', 'without indexes and snapshots']) {
      for (const [partition, records] of written.entries()) {
        const title = `${codecs[partition] ?? 'transactions'}, ${state}`
        await t.test(title, (inner) => checkPartition(inner, { kind, home, partition, records, state }))
      }
    }
    await t.test('served by our broker', () => serve({ home, written, tools }))
  })
}

/** Two rounds of writing with a restart between them, which may begin a leader epoch; then a clean stop. */
async function fill(kind, tools) {
  const broker = await startBroker({ kind })
  const home = mkdtempSync(join(tmpdir(), 'millrace-segments-'))
  try {
    const line = kind.replace('apache-', 'kafka-')
    const first = await writeRound({ line, broker, topic, round: 0, count, transactions: true })
    await broker.stop()
    await broker.start()
    const second = await writeRound({ line, broker, topic, round: 1, count, transactions: true })
    await commit(tools, broker, group)
    await broker.stop()
    cpSync(broker.dataDir, home, { recursive: true })
    return { home, written: first.map((records, partition) => [...records, ...second[partition]]) }
  } finally {
    await broker.dispose()
  }
}

async function commit(tools, broker, group) {
  const whose = ['--bootstrap-server', broker.bootstrap, '--group', group, '--topic', `${topic}:0`]
  await tools.must('kafka-consumer-groups', [
    ...whose,
    '--reset-offsets',
    '--to-offset',
    String(committed),
    '--execute',
  ])
}

/** Our broker makes the topics, and is given the files of Apache's partitions while it is down. */
async function serve({ home, written, tools }) {
  const broker = await startBroker({ kind: 'millrace' })
  try {
    const server = ['--bootstrap-server', broker.bootstrap]
    const create = ['--create', '--topic', topic, '--partitions', String(written.length), '--config', 'retention.ms=-1']
    await tools.must('kafka-topics', [...server, ...create])
    await commit(tools, broker, 'another') // makes __consumer_offsets
    await broker.stop()
    for (const name of readdirSync(home).filter((entry) => /-\d+$/.test(entry))) {
      const directory = join(broker.dataDir, name)
      if (!existsSync(directory)) continue // __transaction_state
      const metadata = readFileSync(join(directory, 'partition.metadata'))
      rmSync(directory, { recursive: true })
      cpSync(join(home, name), directory, { recursive: true })
      writeFileSync(join(directory, 'partition.metadata'), metadata)
    }
    await broker.start()
    for (const [partition, records] of written.entries()) {
      const committedOnly = records.filter(({ outcome }) => outcome === '-' || outcome === 'committed')
      await consume(tools, server, partition, committedOnly)
    }
    const described = await tools.must('kafka-consumer-groups', [...server, '--describe', '--group', group])
    assert.match(described, new RegExp(`${group} +${topic} +0 +${committed} +${written[0].length} `))
  } finally {
    await broker.dispose()
  }
}

async function consume(tools, server, partition, records) {
  const where = [...server, '--topic', topic, '--partition', String(partition), '--offset', 'earliest']
  const limit = [
    '--max-messages',
    String(records.length),
    '--timeout-ms',
    '30000',
    '--isolation-level',
    'read_committed',
  ]
  const shown = ['print.offset', 'print.key'].flatMap((property) => ['--property', `${property}=true`])
  const lines = (await tools.must('kafka-console-consumer', [...where, ...limit, ...shown])).trim().split('\n')
  assert.deepEqual(
    lines,
    records.map(({ offset, key, value }) => `Offset:${offset}\t${key}\t${value}`),
  )
}

async function checkPartition(t, { kind, home, partition, records, state }) {
  const copy = mkdtempSync(join(tmpdir(), 'millrace-partition-'))
  t.after(() => rmSync(copy, { recursive: true, force: true }))
  const directory = join(copy, `${topic}-${partition}`)
  cpSync(join(home, `${topic}-${partition}`), directory, { recursive: true })
  const clean = state === 'as it was closed'
  const segments = readdirSync(directory).filter((file) => file.endsWith('.log')).length
  const epochs = epochsOf(directory)
  if (!clean) for (const file of readdirSync(directory)) if (derived.test(file)) rmSync(join(directory, file))

  const log = await PartitionLog.open({ environment: nodeEnvironment(), directory, config, cleanShutdown: clean })
  try {
    assert.equal(log.segmentCount, segments)
    assert.equal(log.recovery.truncation, undefined)
    assert.equal(log.recovery.recoveredSegments, clean ? 0 : segments)
    assert.equal(log.logEndOffset, await checkRecords(log, records))
    checkProducers(log, partition, records)
    checkEpochs(log, epochs, kind)
    if (partition !== transactionPartition) await checkTimes(log, records) // Markers have the time of the broker.
    if (partition === transactionPartition) await checkTransactions(log, records)
    else assert.ok(segments > 2, `${segments} segments`)
  } finally {
    await log.close()
  }
}

/** Compares all data records with what was written; returns the offset behind the last batch. */
async function checkRecords(log, expected) {
  const found = []
  let offset = log.logStartOffset
  while (offset < log.logEndOffset) {
    const { records, nextOffset } = await log.read(offset, { maxBytes: 300_000, minOneBatch: true, upTo: 'logEnd' })
    for (let at = 0; at < records.length; at += protocol.batchSizeInBytes(records, at)) {
      assert.ok(protocol.isCrcValid(records, at), `CRC of the batch at ${offset}`)
      if (!protocol.isControl(protocol.batchAttributes(records, at))) found.push(...protocol.readRecords(records, at))
    }
    assert.ok(nextOffset > offset)
    offset = nextOffset
  }
  assert.equal(found.length, expected.length)
  for (const [i, record] of found.entries()) {
    const { offset, timestamp, key, value, headers } = expected[i]
    assert.deepEqual(
      {
        offset: record.offset,
        timestamp: record.timestamp,
        key: text(record.key),
        value: text(record.value),
        headers: record.headers.map((header) => ({ key: text(header.key), value: text(header.value) })),
      },
      { offset, timestamp, key, value, headers },
    )
  }
  return offset
}

function text(bytes) {
  return bytes === null ? null : bytes.toString()
}

function checkProducers(log, partition, records) {
  const producers = log.describeProducers().sort((a, b) => a.producerId - b.producerId)
  assert.equal(producers.length, 2)
  const open = records.find(({ outcome }) => outcome === 'open')
  if (partition === transactionPartition) {
    assert.deepEqual(
      producers.map(({ currentTxnStartOffset }) => currentTxnStartOffset),
      [-1, open.offset],
    )
    return
  }
  for (const producer of producers) {
    assert.equal(producer.lastSequence, count - 1)
    assert.equal(producer.producerEpoch, 0)
    assert.equal(producer.currentTxnStartOffset, -1)
  }
}

/** leader-epoch-checkpoint: a version, a count, then epoch and start offset on each line. */
function epochsOf(directory) {
  const [, , ...lines] = readFileSync(join(directory, 'leader-epoch-checkpoint'), 'utf8').trim().split('\n')
  return lines.map((line) => line.split(' ').map(Number))
}

function checkEpochs(log, epochs, kind) {
  // With ZooKeeper the only replica stays the leader over a restart, in the same epoch.
  assert.ok(epochs.length >= (kind === 'apache-4.x' ? 2 : 1), `only ${epochs.length} leader epochs`)
  for (const [i, [epoch]] of epochs.entries()) {
    const endOffset = epochs[i + 1]?.[1] ?? log.logEndOffset
    assert.deepEqual(log.endOffsetForEpoch(epoch), { epoch, endOffset })
  }
  assert.equal(log.latestEpoch, epochs.at(-1)[0])
}

async function checkTimes(log, records) {
  const times = records.filter((_, i) => i % 97 === 0).map(({ timestamp }) => timestamp)
  for (const timestamp of [0, ...times.flatMap((time) => [time, time + 1])]) {
    const expected = records.find((record) => record.timestamp >= timestamp)
    const found = await log.offsetForTimestamp(timestamp)
    if (expected !== undefined) assert.equal(found?.offset, expected.offset, `time ${timestamp}`)
  }
}

async function checkTransactions(log, records) {
  log.updateHighWatermark(log.logEndOffset)
  const open = records.find(({ outcome }) => outcome === 'open')
  assert.equal(log.lastStableOffset, open.offset)
  const { abortedTransactions } = await log.read(0, { maxBytes: 2 ** 30, minOneBatch: true, upTo: 'lastStable' })
  const aborted = records.filter(({ outcome }, i) => outcome === 'aborted' && records[i - 1].outcome !== 'aborted')
  assert.equal(aborted.length, 6)
  assert.deepEqual(
    abortedTransactions.map(({ firstOffset }) => firstOffset),
    aborted.map(({ offset }) => offset),
  )
}
