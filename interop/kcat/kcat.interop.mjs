// kcat (librdkafka 2.0): metadata, produce with every codec, headers and keys, consume, a group of two with a rebalance
// and resumption, offsets by time.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { brokerForFile } from '../lib/brokers.mjs'
import { mustRun, runProgram, startProgram } from '../lib/programs.mjs'

const broker = await brokerForFile({ after }, { properties: { 'num.partitions': 2 } })

function kcat(args, options) {
  return mustRun('kcat', ['-b', broker.bootstrap, '-q', ...args], { timeoutMs: 60_000, ...options })
}

function produce(topic, args, lines) {
  return kcat(['-P', '-t', topic, ...args], { input: lines.map((line) => `${line}\n`).join('') })
}

async function consume(topic, args = []) {
  const text = await kcat(['-C', '-t', topic, '-e', '-f', '%p %o %k %s\n', ...args])
  return text.split('\n').filter((line) => line !== '')
}

const valuesOf = (lines) => lines.map((line) => line.split(' ')[3])

function numbers(prefix, count) {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}

test('-L names the broker, and a topic that it makes by asking for it', async () => {
  const all = JSON.parse(await kcat(['-L', '-J']))
  assert.equal(all.brokers.length, 1)
  assert.equal(all.brokers[0].name, broker.bootstrap)
  await produce('listed', [], ['x'])
  const one = JSON.parse(await kcat(['-L', '-J', '-t', 'listed']))
  assert.equal(one.topics.length, 1)
  assert.equal(one.topics[0].topic, 'listed')
  assert.deepEqual(one.topics[0].partitions.map(({ partition }) => partition).sort(), [0, 1])
  assert.deepEqual(one.topics[0].partitions[0].replicas, [{ id: 0 }])
})

test('-Q and -C of a topic that is not there fail, where topics are not made by asking', async () => {
  const { code, stderr } = await runProgram('kcat', [
    '-b',
    broker.bootstrap,
    '-C',
    '-t',
    'nowhere',
    '-p',
    '0',
    '-e',
    '-X',
    'allow.auto.create.topics=false',
  ])
  assert.notEqual(code, 0)
  assert.match(stderr, /[Uu]nknown topic or partition/)
})

for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
  test(`produces and consumes with ${codec}`, async () => {
    const values = numbers(`${codec}-`, 1000)
    await produce(`codec-${codec}`, ['-p', '0', '-z', codec], values)
    const lines = await consume(`codec-${codec}`, ['-p', '0', '-X', 'check.crcs=true'])
    assert.deepEqual(valuesOf(lines), values)
    assert.deepEqual(
      lines.map((line) => Number(line.split(' ')[1])),
      values.map((_, i) => i),
    )
  })
}

test('keys and headers come back; the key chooses the partition', async () => {
  const pairs = numbers('k', 50).map((key, i) => `${key}=v${i}`)
  await produce('keyed', ['-K', '=', '-H', 'first=one', '-H', 'second=two', '-X', 'enable.idempotence=true'], pairs)
  const text = await kcat(['-C', '-t', 'keyed', '-e', '-f', '%p|%k|%s|%h\n'])
  const lines = text.trim().split('\n')
  assert.equal(lines.length, 50)
  for (const line of lines) {
    const [, key, value, headers] = line.split('|')
    assert.equal(key.slice(1), value.slice(1))
    assert.equal(headers, 'first=one,second=two')
  }
  assert.equal(new Set(lines.map((line) => line[0])).size, 2)
})

test('null values (-Z) and empty values are told apart', async () => {
  await produce('nulls', ['-p', '0', '-Z', '-K', '='], ['a=', 'b=x'])
  const text = await kcat(['-C', '-t', 'nulls', '-p', '0', '-e', '-f', '%k %S\n'])
  assert.deepEqual(text.trim().split('\n'), ['a -1', 'b 1'])
})

test('acks 0 and 1', async () => {
  for (const acks of ['0', '1']) await produce(`acks-${acks}`, ['-p', '0', '-X', `acks=${acks}`], numbers('a', 20))
  assert.equal((await consume('acks-1')).length, 20)
  assert.equal((await consume('acks-0')).length, 20)
})

test('from an offset, from the end, by count', async () => {
  await produce('offsets', ['-p', '0'], numbers('o', 100))
  assert.deepEqual(valuesOf(await consume('offsets', ['-p', '0', '-o', '98'])), ['o98', 'o99'])
  assert.deepEqual(valuesOf(await consume('offsets', ['-p', '0', '-o', '-3'])), ['o97', 'o98', 'o99'])
  assert.deepEqual(valuesOf(await consume('offsets', ['-p', '0', '-o', 'beginning', '-c', '2'])), ['o0', 'o1'])
  assert.deepEqual(await consume('offsets', ['-p', '0', '-o', 'end']), [])
})

test('by time: -Q answers the offset, -o s@ starts there, and e@ ends there', async () => {
  await produce('timed', ['-p', '0'], numbers('early', 10))
  const stamps = await kcat(['-C', '-t', 'timed', '-p', '0', '-e', '-f', '%T\n'])
  const between = Math.max(...stamps.trim().split('\n').map(Number)) + 1
  while (Date.now() <= between) await new Promise((resolve) => setTimeout(resolve, 2))
  await produce('timed', ['-p', '0', '-z', 'lz4'], numbers('late', 10))
  const offset = (at) => kcat(['-Q', '-t', `timed:0:${at}`])
  assert.match(await offset(between), /timed \[0\] offset 10/)
  assert.match(await offset(1), /timed \[0\] offset 0/)
  assert.match(await offset(-2), /timed \[0\] offset 0/)
  assert.match(await offset(-1), /timed \[0\] offset 20/)
  assert.deepEqual(valuesOf(await consume('timed', ['-p', '0', '-o', `s@${between}`])), numbers('late', 10))
  const early = await consume('timed', ['-p', '0', '-o', 's@1', '-o', `e@${between}`])
  assert.deepEqual(valuesOf(early), numbers('early', 10))
})

test('a group of two: the second takes over a partition, and what was committed is not read again', async () => {
  await produce('grouped', ['-p', '0'], numbers('p0-', 10))
  await produce('grouped', ['-p', '1'], numbers('p1-', 10))
  const member = () => {
    const options = [
      '-X',
      'auto.offset.reset=earliest',
      '-X',
      'session.timeout.ms=6000',
      '-X',
      'auto.commit.interval.ms=100',
    ]
    return startProgram('kcat', [
      '-b',
      broker.bootstrap,
      '-u',
      '-f',
      '%p %o %s\n',
      ...options,
      '-G',
      'kcat-group',
      'grouped',
    ])
  }
  const count = (program) => program.stdout.split('\n').length - 1
  const first = member()
  await first.waitFor((program) => count(program) === 20, { what: '20 records' })
  assert.match(first.stderr, /rebalanced.*assigned: grouped \[0\], grouped \[1\]/s)

  const second = member()
  await second.waitFor(({ stderr }) => /assigned: grouped \[[01]\]/.test(stderr), { what: 'its assignment' })
  await produce('grouped', ['-p', '0'], ['p0-late'])
  await produce('grouped', ['-p', '1'], ['p1-late'])
  await Promise.all(
    [first, second].map((program) => program.waitFor(({ stdout }) => /late\n/.test(stdout), { what: 'its record' })),
  )
  assert.equal(count(first) + count(second), 22, `${first.describe()}${second.describe()}`)

  for (const program of [first, second]) program.kill('SIGTERM')
  await Promise.all([first.exited, second.exited])
  await produce('grouped', ['-p', '0'], ['resumed'])
  const third = member()
  await third.waitFor(({ stdout }) => stdout.includes('resumed\n'), { what: 'the new record' })
  assert.equal(count(third), 1, third.describe())
  third.kill('SIGTERM')
  await third.exited
})

test('records close to the largest size pass; larger ones are refused by the broker', async () => {
  await produce('large', ['-p', '0'], ['x'.repeat(900_000)])
  const [line] = await consume('large', ['-p', '0'])
  assert.equal(line.length > 900_000, true)
  const input = `${'y'.repeat(1_500_000)}\n`
  const args = ['-b', broker.bootstrap, '-P', '-t', 'large', '-p', '0', '-X', 'message.max.bytes=2000000']
  const { code, stderr } = await runProgram('kcat', args, { input })
  assert.notEqual(code, 0)
  assert.match(stderr, /Message size too large/)
})
