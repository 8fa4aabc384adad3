import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConsumer, parseEndToEnd, parseProducer } from './java-tools.mjs'

const expected = { meanMs: 29.22, maxMs: 864, p50Ms: 8, p95Ms: 105, p99Ms: 116, p999Ms: 145, perSecond: 4905.567819 }
const whole =
  '20000 records sent, 4905.567819 records/sec (0.47 MB/sec), 29.22 ms avg latency, 864.00 ms max latency, ' +
  '8 ms 50th, 105 ms 95th, 116 ms 99th, 145 ms 99.9th.\n'
const steady =
  '15000 steady state records sent, 4840.271055 records/sec (0.46 MB/sec), 9.07 ms avg latency, 147.00 ms max latency, ' +
  '6 ms 50th, 19 ms 95th, 63 ms 99th, 146 ms 99.9th.\n'

test('ProducerPerformance: the summary; after a warm-up that of the steady state', () => {
  assert.deepEqual(parseProducer(whole), expected)
  assert.deepEqual(parseProducer(`Warmup first 5000 records.\n${whole}${steady}`), {
    ...{ meanMs: 9.07, maxMs: 147, p50Ms: 6, p95Ms: 19, p99Ms: 63, p999Ms: 146 },
    perSecond: 4840.271055,
  })
})

test('ConsumerPerformance: by the names in its header', () => {
  const output = `start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec
2026-01-01 10:00:00:000, 2026-01-01 10:00:02:000, 97.6563, 48.8281, 100352, 50176.0000, 500, 1500, 65.1042, 66901.3333
`
  assert.deepEqual(parseConsumer(output), { perSecond: 66901.3333, records: 100_352 })
})

test('EndToEndLatency: average and percentiles', () => {
  const output = '0\t12.1\nAvg latency: 0.5312 ms\nPercentiles: 50th = 0, 99th = 2, 99.9th = 11\n'
  assert.deepEqual(parseEndToEnd(output), { meanMs: 0.5312, p50Ms: 0, p99Ms: 2, p999Ms: 11 })
})

test('what is no result is an error that shows it', () => {
  assert.throws(() => parseProducer('no broker'), /no broker/)
  assert.throws(() => parseConsumer('no broker'), /no broker/)
  assert.throws(() => parseEndToEnd('no broker'), /no broker/)
})
