import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaConsumer, KafkaProducer } from '@millrace/client'
import { fill, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaE2eLatency } from './kafka-e2e-latency.js'
import { roundTrip } from './round-trip.js'

test('a topic that is not there is created, and each record found; what was there before is not read', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const { code, stdout, stderr } = await runCommand(kafkaE2eLatency, [bootstrap, 'latency', '5', 'all', '20'])
  assert.deepEqual([code, stderr], [0, ''])
  const [created, progress, average, percentiles, ...rest] = stdout.split('\n')
  assert.equal(
    created,
    'Topic "latency" does not exist. Will create topic with 1 partition(s) and replication factor = 1',
  )
  assert.match(progress ?? '', /^0\t\d+\.\d+$/)
  assert.match(average ?? '', /^Avg latency: \d+\.\d{4} ms$/)
  assert.match(percentiles ?? '', /^Percentiles: 50th = \d+, 99th = \d+, 99\.9th = \d+$/)
  assert.deepEqual(rest, [''])

  await fill(bootstrap, 'latency', 0, ['old'])
  const again = await runCommand(kafkaE2eLatency, [bootstrap, 'latency', '2', '1', '3', '', '--output', 'json'])
  assert.equal(again.code, 0)
  const [, total] = again.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; messages: number })
  assert.deepEqual([total?.kind, total?.messages], ['total', 2])
})

test('Ctrl-C ends it with the figures until then', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const words = [bootstrap, 'latency', '1000000', '1', '10']
  const { code, stdout } = await runCommand(kafkaE2eLatency, words, { interruption: AbortSignal.timeout(1000) })
  assert.equal(code, 0)
  assert.match(stdout, /\nAvg latency: \d+\.\d{4} ms\nPercentiles: 50th = \d+, 99th = \d+, 99\.9th = \d+\n$/)
  const before = await runCommand(kafkaE2eLatency, words, { interruption: AbortSignal.abort() })
  assert.deepEqual([before.code, before.stdout], [0, ''])
})

test('Ctrl-C ends the wait for a record that does not come', async (t) => {
  const { bootstrap } = await toolBroker(t)
  await fill(bootstrap, 'empty', 0, ['before'])
  await using producer = new KafkaProducer({ 'bootstrap.servers': bootstrap })
  await using consumer = new KafkaConsumer({ 'bootstrap.servers': bootstrap, 'auto.offset.reset': 'latest' })
  consumer.assign([{ topic: 'empty', partition: 0 }])
  const interruption = new AbortController()
  interruption.signal.addEventListener('abort', () => consumer.wakeup())
  const sent = async () => {
    await producer.flush()
    interruption.abort()
  }
  const trip = roundTrip(producer, consumer, {
    topic: 'other',
    message: Buffer.from('x'),
    signal: interruption.signal,
  })
  await sent()
  assert.equal(await trip, undefined)
})

test('words that are missing or wrong are one sentence', async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [
      ['a', 'b'],
      'USAGE: kafka-e2e-latency broker_list topic num_messages producer_acks message_size_bytes [optional] properties_file',
    ],
    [['a', 'b', '1', '0', '1'], 'Latency testing requires synchronous acknowledgement. Please use 1 or all'],
    [['a', 'b', 'x', '1', '1'], "num_messages: 'x' is not a whole number"],
  ]
  for (const [words, expected] of cases) {
    const { code, stdout, stderr } = await runCommand(kafkaE2eLatency, words)
    assert.deepEqual([code, stdout, stderr], [1, '', `${expected}\n`])
  }
})
