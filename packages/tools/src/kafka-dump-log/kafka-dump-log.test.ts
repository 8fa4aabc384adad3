import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { runTool } from '../command-line/run-tool.js'
import {
  groupRecords,
  logOf,
  oldLog,
  producerSnapshot,
  SEGMENT,
  transactionRecords,
  writeSegmentFiles,
} from '../testing/segment-files.js'
import { fill, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaDumpLog } from './kafka-dump-log.js'

/** Recorded from DumpLogSegments of Apache Kafka 3.9.1 with --print-data-log. */
const logLines = [
  'Log starting offset: 0',
  'baseOffset: 0 lastOffset: 1 count: 2 baseSequence: -1 lastSequence: -1 producerId: -1 producerEpoch: -1 partitionLeaderEpoch: -1 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: 1700000000001 size: 90 magic: 2 compresscodec: none crc: 3880681582 isvalid: true',
  '| offset: 0 CreateTime: 1700000000000 keySize: 2 valueSize: 2 sequence: -1 headerKeys: [] key: k1 payload: v1',
  '| offset: 1 CreateTime: 1700000000001 keySize: -1 valueSize: 2 sequence: -1 headerKeys: [h1,h2] payload: é',
  'baseOffset: 2 lastOffset: 3 count: 2 baseSequence: 5 lastSequence: 6 producerId: 9 producerEpoch: 1 partitionLeaderEpoch: 3 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 90 CreateTime: 1700000000003 size: 85 magic: 2 compresscodec: none crc: 996920810 isvalid: true',
  '| offset: 2 CreateTime: 1700000000002 keySize: 1 valueSize: -1 sequence: 5 headerKeys: [] key: k',
  '| offset: 3 CreateTime: 1700000000003 keySize: -1 valueSize: 9 sequence: 6 headerKeys: [] payload: vvvvvvvvv',
  'baseOffset: 4 lastOffset: 4 count: 1 baseSequence: 2147483647 lastSequence: 2147483647 producerId: 9 producerEpoch: 1 partitionLeaderEpoch: 3 isTransactional: true isControl: false deleteHorizonMs: OptionalLong.empty position: 175 CreateTime: 1700000000004 size: 70 magic: 2 compresscodec: none crc: 3364514127 isvalid: true',
  '| offset: 4 CreateTime: 1700000000004 keySize: -1 valueSize: 2 sequence: 2147483647 headerKeys: [] payload: tx',
  'baseOffset: 5 lastOffset: 5 count: 1 baseSequence: -1 lastSequence: -1 producerId: 9 producerEpoch: 1 partitionLeaderEpoch: 3 isTransactional: true isControl: true deleteHorizonMs: OptionalLong.empty position: 245 CreateTime: 1700000000005 size: 78 magic: 2 compresscodec: none crc: 1655311533 isvalid: true',
  '| offset: 5 CreateTime: 1700000000005 keySize: 4 valueSize: 6 sequence: -1 headerKeys: [] endTxnMarker: COMMIT coordinatorEpoch: 7',
  'baseOffset: 6 lastOffset: 6 count: 1 baseSequence: -1 lastSequence: -1 producerId: 9 producerEpoch: 1 partitionLeaderEpoch: 3 isTransactional: true isControl: true deleteHorizonMs: OptionalLong.empty position: 323 CreateTime: 1700000000005 size: 78 magic: 2 compresscodec: none crc: 2526337765 isvalid: true',
  '| offset: 6 CreateTime: 1700000000005 keySize: 4 valueSize: 6 sequence: -1 headerKeys: [] endTxnMarker: ABORT coordinatorEpoch: 7',
  'baseOffset: 8 lastOffset: 8 count: 1 baseSequence: -1 lastSequence: -1 producerId: -1 producerEpoch: -1 partitionLeaderEpoch: -1 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 401 LogAppendTime: 1700000000050 size: 76 magic: 2 compresscodec: none crc: 2839651274 isvalid: true',
  '| offset: 8 LogAppendTime: 1700000000050 keySize: -1 valueSize: 8 sequence: -1 headerKeys: [] payload: appended',
  'baseOffset: 9 lastOffset: 9 count: 1 baseSequence: -1 lastSequence: -1 producerId: -1 producerEpoch: -1 partitionLeaderEpoch: -1 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 477 CreateTime: 1700000000006 size: 75 magic: 2 compresscodec: none crc: 2962975552 isvalid: false',
  '| offset: 9 CreateTime: 1700000000006 keySize: -1 valueSize: 7 sequence: -1 headerKeys: [] payload: damagee',
  'Found 8 invalid bytes at the end of 00000000000000000000.log',
]

/** The same of indexes and a snapshot. */
const indexLines = [
  'Dumping DIR/a/00000000000000000000.index',
  'offset: 3 position: 90',
  'offset: 7 position: 90',
  'Dumping DIR/a/00000000000000000000.timeindex',
  'timestamp: 1700000000001 offset: 1',
  'timestamp: 1700000000009 offset: 3',
  'timestamp: 1700000000005 offset: 5',
  'timestamp: 1700000000006 offset: 7',
  'Dumping DIR/a/00000000000000000000.txnindex',
  'version: 0 producerId: 9 firstOffset: 4 lastOffset: 6 lastStableOffset: 7',
  'Dumping DIR/a/00000000000000000000.snapshot',
  'producerId: 9 producerEpoch: 1 coordinatorEpoch: -1 currentTxnFirstOffset: OptionalLong[2] lastTimestamp: 1700000000003 firstSequence: 5 lastSequence: 6 lastOffset: 3 offsetDelta: 1 timestamp: 1700000000003',
  'producerId: 10 producerEpoch: 1 coordinatorEpoch: 7 currentTxnFirstOffset: OptionalLong.empty lastTimestamp: 1700000000003 ',
  'Dumping DIR/a/x.y',
]

/** What it said of them on stderr. */
const indexFindings = [
  'Ignoring unknown file DIR/a/x.y',
  'Mismatches in :DIR/a/00000000000000000000.index',
  '  Index offset: 7, log offset: 3',
  'Found timestamp mismatch in :DIR/a/00000000000000000000.timeindex',
  '  Index timestamp: 1700000000009, log timestamp: 1700000000003',
  'Found out of order timestamp in :DIR/a/00000000000000000000.timeindex',
  '  Index timestamp: 1700000000005, Previously indexed timestamp: 1700000000009',
  'The following indexed offsets are not found in the log.',
  'Indexed offset: 7, found log offset: 8',
]

/** Messages of the formats 0 and 1. */
const oldLines = [
  'Log starting offset: 0',
  'offset: 0 position: 0 NoTimestampType: -1 size: 30 magic: 0 compresscodec: none crc: 713803801 isvalid: true',
  '| offset: 0 NoTimestampType: -1 keySize: -1 valueSize: 4 isValid: true crc: 713803801} payload: zero',
  'offset: 1 position: 30 CreateTime: 1700000000001 size: 38 magic: 1 compresscodec: none crc: 4084390893 isvalid: true',
  '| offset: 1 CreateTime: 1700000000001 keySize: 1 valueSize: 3 isValid: true crc: 4084390893} key: k payload: one',
  'offset: 2 position: 68 CreateTime: 1700000000002 size: 35 magic: 1 compresscodec: none crc: 2266776059 isvalid: true',
  '| offset: 2 CreateTime: 1700000000002 keySize: 1 valueSize: -1 isValid: true crc: 2266776059} key: k',
]

/** A folder `DIR` in texts. */
function folder(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-dump-log-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const masked = (text: string) => text.replaceAll(dir, 'DIR')
  const segment = (folderName: string, bytes: Buffer) => {
    mkdirSync(join(dir, folderName))
    writeFileSync(join(dir, folderName, `${SEGMENT}.log`), bytes)
    return join(dir, folderName, `${SEGMENT}.log`)
  }
  const dump = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runCommand(kafkaDumpLog, args)
    return { code, lines: masked(stdout).split('\n').slice(0, -1), complaints: masked(stderr).split('\n').slice(0, -1) }
  }
  const written = () => {
    mkdirSync(join(dir, 'a'))
    writeSegmentFiles(join(dir, 'a'))
    return (...suffixes: readonly string[]) => suffixes.map((suffix) => join(dir, 'a', `${SEGMENT}${suffix}`)).join(',')
  }
  return { dir, dump, segment, written }
}

const isBatch = (line: string) => line.startsWith('baseOffset:')
const isRecord = (line: string) => line.startsWith('|')

test('a log: batches, records, control records, damage, what is behind the end', async (t) => {
  const { dump, written } = folder(t)
  const file = written()('.log')
  const { code, lines, complaints } = await dump('--files', file, '--print-data-log')
  assert.deepEqual(lines, ['Dumping DIR/a/00000000000000000000.log', ...logLines])
  assert.deepEqual(complaints, ['Non-consecutive offsets in DIR/a/00000000000000000000.log', '  6 is followed by 8'])
  assert.equal(code, 0)
})

test('a log: without an option only batches, with --deep-iteration sizes, with --skip-record-metadata keys and values', async (t) => {
  const { dump, written } = folder(t)
  const file = written()('.log')
  const shallow = await dump('--files', file)
  assert.deepEqual(
    shallow.lines.slice(1),
    logLines.filter((line) => !isRecord(line)),
  )
  assert.deepEqual(shallow.complaints, [])

  const deep = await dump('--files', file, '--deep-iteration')
  assert.deepEqual(
    deep.lines.slice(1),
    logLines.map((line) => (isBatch(line) ? line : line.replace(/ (?:key|payload): .*/, ''))),
  )

  const bare = await dump('--files', file, '--print-data-log', '--skip-record-metadata')
  const records = bare.lines.slice(2, -1).filter((line) => !isBatch(line))
  const payloads = ['| key: k1 payload: v1', ' payload: é', '| key: k', ' payload: vvvvvvvvv', ' payload: tx', '', '']
  assert.deepEqual(records, [...payloads, ' payload: appended', ' payload: damagee'])
})

test('a log: --max-bytes ends before the batch that does not fit, and says nothing of what follows', async (t) => {
  const { dump, written } = folder(t)
  const { lines } = await dump('--files', written()('.log'), '--max-bytes', '300')
  assert.deepEqual(lines.slice(1), logLines.filter((line) => !isRecord(line)).slice(0, 4))
})

test('indexes and a snapshot: what lies there, and what does not fit the log', async (t) => {
  const { dump, written } = folder(t)
  const files = written()('.index', '.timeindex', '.txnindex', '.snapshot')
  const { code, lines, complaints } = await dump('--files', `${files},/nowhere//x.y`)
  assert.deepEqual(lines, [...indexLines.slice(0, -1), 'Dumping /nowhere/x.y'])
  assert.deepEqual(complaints, ['Ignoring unknown file /nowhere/x.y', ...indexFindings.slice(1)])
  assert.equal(code, 0)
})

test('indexes: --verify-index-only shows only what does not fit, --index-sanity-check what a broker would not take', async (t) => {
  const { dir, dump, written } = folder(t)
  const files = written()('.index', '.timeindex')
  const verified = await dump('--files', files, '--verify-index-only')
  assert.deepEqual(
    verified.lines,
    indexLines.filter((line) => line.endsWith('index') && !line.endsWith('txnindex')),
  )
  assert.deepEqual(verified.complaints, indexFindings.slice(1))

  const sane = await dump('--files', files, '--index-sanity-check')
  assert.deepEqual(sane.lines.slice(1, 2), ['DIR/a/00000000000000000000.index passed sanity check.'])
  assert.deepEqual(sane.complaints, [
    'Corrupt time index found, time index file (DIR/a/00000000000000000000.timeindex) has non-zero size but the last timestamp is 0 which is less than the first timestamp 1700000000001',
  ])
  assert.equal(sane.code, 1)

  writeFileSync(join(dir, 'a', `${SEGMENT}.index`), '')
  const empty = await dump('--files', join(dir, 'a', `${SEGMENT}.index`))
  assert.deepEqual(empty.lines.slice(1), ['DIR/a/00000000000000000000.index is empty.'])
})

test('an index that points beyond its log is a mismatch with -1', async (t) => {
  const { dir, dump, written } = folder(t)
  const file = written()('.index')
  writeFileSync(join(dir, 'a', `${SEGMENT}.log`), '')
  const { complaints } = await dump('--files', file)
  assert.deepEqual(complaints.slice(1), ['  Index offset: 7, log offset: -1', '  Index offset: 3, log offset: -1'])
})

test('a damaged snapshot is told', async (t) => {
  const { dir, dump } = folder(t)
  const bytes = producerSnapshot()
  bytes[20]! ^= 1
  const file = join(dir, `${SEGMENT}.snapshot`)
  writeFileSync(file, bytes)
  const { complaints } = await dump('--files', file)
  assert.match(
    complaints[0] ?? '',
    /^Snapshot is corrupt \(CRC is no longer valid\)\. Stored crc: \d+\. Computed crc: \d+$/,
  )
  bytes.writeInt16BE(7, 0)
  writeFileSync(file, bytes)
  assert.deepEqual((await dump('--files', file)).complaints, ['Snapshot contained an unknown file version 7'])
})

test('messages from before batches', async (t) => {
  const { dump, segment } = folder(t)
  const { lines } = await dump('--files', segment('old', oldLog()), '--print-data-log')
  assert.deepEqual(lines.slice(1), oldLines)
})

test('compressed batches are opened, and their size is that in the file', async (t) => {
  const { dump, segment } = folder(t)
  const records = [{ value: Buffer.from('v'.repeat(5000)) }, { value: Buffer.from('w') }]
  const log = logOf(records, { compression: 'gzip' })
  const { lines } = await dump('--files', segment('gzip', log), '--print-data-log')
  assert.match(lines[2] ?? '', new RegExp(` size: ${log.length} magic: 2 compresscodec: gzip crc: `))
  assert.match(lines[4] ?? '', / valueSize: 1 .* payload: w$/)
})

test('decoders of internal topics imply --print-data-log', async (t) => {
  const { dump, segment } = folder(t)
  const groups = await dump('--files', segment('groups', logOf(groupRecords)), '--offsets-decoder')
  assert.match(groups.lines[6] ?? '', / key: \{"type":"1","data":\{"group":"g",.* payload: <DELETE>$/)
  const transactions = await dump('--files', segment('tx', logOf(transactionRecords)), '--transaction-log-decoder')
  assert.match(transactions.lines[3] ?? '', / key: transaction_metadata::transactionalId=tx payload: producerId:9,/)

  const others = segment('others', logOf([{ value: Buffer.from('v') }]))
  for (const decoder of ['--offsets-decoder', '--transaction-log-decoder']) {
    const { code, complaints } = await dump('--files', others, decoder)
    assert.deepEqual([code, complaints.length], [1, 1])
  }
})

test('decoders by class: old names are told on stdout, wrong ones end it', async (t) => {
  const { dump, segment } = folder(t)
  const long = Buffer.from([0, 0, 0, 0, 0, 0, 1, 0])
  const file = segment('long', logOf([{ key: long, value: long.subarray(4) }]))
  const decoders = ['--key-decoder-class', 'kafka.serializer.LongDecoder', '--value-decoder-class', 'IntegerDecoder']
  const { lines } = await dump('--files', file, ...decoders)
  assert.equal(
    lines[1],
    'kafka.serializer.LongDecoder is deprecated. Please use org.apache.kafka.tools.api.LongDecoder instead',
  )
  assert.match(lines.at(-1) ?? '', / key: 256 payload: 256$/)

  for (const wrong of [
    ['--key-decoder-class', 'x.Y'],
    ['--value-decoder-class', 'LongDecoder'],
    ['--cluster-metadata-decoder'],
  ]) {
    const { code, complaints } = await dump('--files', file, ...wrong)
    assert.equal(code, 1)
    assert.equal(complaints.length, 1)
  }
})

test('--output json: a document a line, with the same data', async (t) => {
  const { dump, written } = folder(t)
  const { lines } = await dump('--files', written()('.log', '.index'), '--print-data-log', '--output', 'json')
  const facts = lines.map((line) => JSON.parse(line) as { kind: string; payload?: string })
  assert.deepEqual(facts[0], { kind: 'file', file: 'DIR/a/00000000000000000000.log' })
  assert.deepEqual(
    facts.flatMap(({ payload = [] }) => payload),
    ['v1', 'é', 'vvvvvvvvv', 'tx', 'appended', 'damagee'],
  )
  assert.deepEqual(facts.at(-1), { kind: 'offset-index-entry', offset: 7, position: 90 })
})

test('what cannot be read is one sentence, after what could be', async (t) => {
  const { dump, segment } = folder(t)
  const cases: readonly (readonly [string, RegExp])[] = [
    ['/nowhere/00000000000000000000.log', /^Cannot read \/nowhere\/.*ENOENT/],
    ['/nowhere/x.log', /begins with its offset/],
    [
      segment('zeros', Buffer.alloc(100)),
      /^Found record size 0 smaller than minimum record overhead \(14\) in file DIR/,
    ],
  ]
  for (const [file, expected] of cases) {
    const { code, lines, complaints } = await dump('--files', file)
    assert.equal(code, 1)
    assert.match(lines[0] ?? '', /^Dumping /)
    assert.equal(complaints.length, 1)
    assert.match(complaints[0] ?? '', expected)
  }
  assert.equal((await dump('--print-data-log')).complaints[0], 'Missing required argument "[files]"')
})

test('a reader that is slow is waited for', async (t) => {
  const { segment } = folder(t)
  const file = segment('long', logOf(Array.from({ length: 5000 }, () => ({ value: Buffer.alloc(100, 'x') }))))
  let waiting = 0
  let largest = 0
  const stdout = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    write(chunk: string, _, done) {
      waiting += 1
      largest = Math.max(largest, waiting, chunk.length / (128 * 1024))
      setImmediate(() => {
        waiting -= 1
        done()
      })
    },
  })
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done() })
  const { stdin } = process
  const io = { stdin, stdout, stderr, env: {}, interruption: () => new AbortController().signal }
  assert.equal(await runTool(kafkaDumpLog, ['--files', file, '--print-data-log'], io), 0)
  assert.equal(largest, 1)
  assert.equal(stdout.writableLength, 0)
})

test('the log of a broker', async (t) => {
  const { bootstrap, logDir } = await toolBroker(t)
  await fill(bootstrap, 'orders', 0, ['a', 'b'], 1_700_000_000_000)
  const { code, stdout, stderr } = await runCommand(kafkaDumpLog, [
    '--files',
    join(logDir, 'orders-0', `${SEGMENT}.log`),
    '--print-data-log',
  ])
  assert.equal(stderr, '')
  assert.equal(code, 0)
  assert.match(stdout, /CreateTime: 1700000000000 keySize: -1 valueSize: 1 sequence: 0 headerKeys: \[\] payload: a\n/)
})
