import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { kafkaConsumerPerfTest } from '../kafka-consumer-perf-test/kafka-consumer-perf-test.js'
import { fill, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaProducerPerfTest } from './kafka-producer-perf-test.js'

/** Volatile numbers as N. */
const masked = (text: string) => text.replaceAll(/\d+(\.\d+)?/g, 'N')

const TOTAL =
  'N records sent, N records/sec (N MB/sec), N ms avg latency, N ms max latency, N ms Nth, N ms Nth, N ms Nth, N ms Nth.\n'

test('what was sent is what the consumer reads, and figures are in the lines of Kafka’s tools', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const props = ['--producer-props', `bootstrap.servers=${bootstrap}`, 'client.id=x']
  const load = ['--topic', 'perf', '--num-records', '20000', '--throughput', '-1', '--record-size', '100']
  const sent = await runCommand(kafkaProducerPerfTest, [...load, ...props])
  assert.deepEqual([sent.code, sent.stderr], [0, ''])
  // A slow machine has lines about the time before, too.
  assert.ok(masked(sent.stdout).endsWith(TOTAL), sent.stdout)
  assert.match(sent.stdout, /^20000 records sent, .*\n$/m)

  const reading = ['--bootstrap-server', bootstrap, '--topic', 'perf', '--messages']
  const read = await runCommand(kafkaConsumerPerfTest, [...reading, '20000'])
  assert.deepEqual([read.code, read.stderr], [0, ''])
  const [header, figures, ...rest] = read.stdout.split('\n')
  assert.equal(
    header,
    'start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec',
  )
  assert.match(
    figures ?? '',
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}, .{23}, 1\.9073, [\d.]+, 20000, [\d.]+, \d+, \d+, /,
  )
  assert.deepEqual(rest, [''])

  const short = await runCommand(kafkaConsumerPerfTest, [
    ...reading,
    '20001',
    '--timeout',
    '3000',
    '--hide-header',
    '--broker-list',
    'x:1',
  ])
  assert.deepEqual([short.code, short.stderr], [0, ''])
  assert.match(
    short.stdout,
    /^WARNING: Exiting before consuming the expected number of messages: timeout \(3000 ms\) exceeded\. You can use the --timeout option to increase the timeout\.\n.*, 20000, .*\n$/,
  )

  const detailed = await runCommand(kafkaConsumerPerfTest, [
    ...[...reading, '20000', '--show-detailed-stats', '--reporting-interval', '1', '--date-format', 'yyyy'],
    '--print-metrics',
  ])
  assert.match(detailed.stdout, /^time, threadId, data.*\n\d{4}, 0, 0\.0001, .*, 1, .*\n/)
  assert.match(detailed.stdout, /\n\nMetric Name +Value\nconsumer-coordinator-metrics:/)
})

test('payloads of a file and numbers; metrics; JSON', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const dir = mkdtempSync(join(tmpdir(), 'millrace-perf-'))
  t.after(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'payloads'), 'a,b')
  writeFileSync(join(dir, 'producer.properties'), `bootstrap.servers=${bootstrap}\nlinger.msx=1\n`)
  const common = [
    '--topic',
    'p',
    '--num-records',
    '10',
    '--throughput',
    '100000',
    '--producer.config',
    join(dir, 'producer.properties'),
  ]
  const file = ['--payload-file', join(dir, 'payloads'), '--payload-delimiter', ',']
  const fromFile = await runCommand(kafkaProducerPerfTest, [...common, ...file, '--print-metrics'])
  assert.match(
    fromFile.stdout,
    /^Reading payloads from: .*\nNumber of messages read: 2\n10 records sent, .*\n\nMetric Name /,
  )
  assert.match(fromFile.stdout, /\nproducer-metrics:record-send-total:\{client-id=perf-producer-client\} +: 10\.000\n/)
  assert.match(fromFile.stderr, /^Property linger\.msx is not known and is ignored\. Did you mean linger\.ms\?\n$/)

  const numbers = await runCommand(kafkaProducerPerfTest, [...common, '--payload-monotonic', '--output', 'json'])
  const total = JSON.parse(numbers.stdout) as Record<string, unknown>
  assert.equal(total['kind'], 'total')
  assert.equal(total['records'], 10)

  const json = await runCommand(kafkaConsumerPerfTest, [
    '--broker-list',
    bootstrap,
    '--topic',
    'p',
    '--messages',
    '20',
    '--output',
    'json',
  ])
  const { records, bytes } = JSON.parse(json.stdout) as { records: number; bytes: number }
  assert.deepEqual([records, bytes], [20, 20])
})

test('records that fail are told once for each reason; they are not counted', async (t) => {
  const { bootstrap } = await toolBroker(t, { 'message.max.bytes': '200' })
  const { code, stdout, stderr } = await runCommand(kafkaProducerPerfTest, [
    ...['--topic', 'small', '--num-records', '3', '--throughput', '-1', '--record-size', '500'],
    ...['--producer-props', `bootstrap.servers=${bootstrap}`, 'batch.size=1'],
  ])
  assert.equal(code, 0)
  assert.match(stdout, /^0 records sent, 0\.000000 records\/sec \(0\.00 MB\/sec\), NaN ms avg latency/)
  const [first, ...more] = stderr.trim().split('\n')
  assert.match(first ?? '', /more than the maximum of 200$/)
  assert.deepEqual(more, [`3 records failed: ${first}`])
})

test('Ctrl-C ends it with the figures until then', async (t) => {
  const { bootstrap } = await toolBroker(t)
  await fill(bootstrap, 'long', 0, ['there already'])
  const interruption = AbortSignal.timeout(1000)
  const load = ['--topic', 'long', '--num-records', '1000000', '--throughput', '50', '--record-size', '10']
  const props = ['--producer-props', `bootstrap.servers=${bootstrap}`]
  const { code, stdout } = await runCommand(kafkaProducerPerfTest, [...load, ...props], { interruption })
  assert.equal(code, 0)
  assert.equal(masked(stdout), TOTAL)
})

test('options that do not go together are one sentence', async () => {
  const load = ['--topic', 'x', '--num-records', '1', '--throughput', '-1']
  const props = ['--producer-props', 'bootstrap.servers=localhost:1']
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['--topic', 'x', '--throughput', '1'], 'argument --num-records is required'],
    [[...load, ...props], 'one of the arguments --record-size --payload-file --payload-monotonic is required'],
    [
      [...load, ...props, '--record-size', '1', '--payload-monotonic'],
      'argument --payload-monotonic: not allowed with argument --record-size',
    ],
    [[...load, '--record-size', '1'], 'Either --producer-props or --producer.config must be specified.'],
    [[...load, '--record-size', '1', '--producer-props', 'a=b=c'], 'Invalid property: a=b=c'],
  ]
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await runCommand(kafkaProducerPerfTest, args)
    assert.deepEqual([code, stdout, stderr.split('\n')[0]], [1, '', expected])
  }
  const reading: readonly (readonly [readonly string[], string])[] = [
    [['--topic', 'x'], 'Missing required option(s) [bootstrap-server]'],
    [['--bootstrap-server', 'x'], 'Missing required argument "[topic]"'],
  ]
  for (const [args, expected] of reading) {
    const { code, stderr } = await runCommand(kafkaConsumerPerfTest, args)
    assert.deepEqual([code, stderr.split('\n')[0]], [1, expected])
  }
})
