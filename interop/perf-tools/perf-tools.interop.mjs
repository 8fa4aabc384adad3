// Apache's perf tools of 3.9 and ours on one broker. How fast they are is not compared: what they print is of the same form,
// and their figures agree with each other, with what is on the broker, and with what was asked for.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Tools } from '../apache-tools/tools.mjs'
import { brokerForFile } from '../lib/brokers.mjs'
import { rootDir } from '../lib/paths.mjs'
import { runProgram } from '../lib/programs.mjs'
import { createTopics, listOffset, RawClient } from '../lib/raw.mjs'
import {
  checkConsumer,
  checkIntervals,
  checkLatencies,
  checkProducer,
  consumerFigures,
  intervalFigures,
  latencyFigures,
  producerFigures,
} from './figures.mjs'

const broker = await brokerForFile({ after })
const tools = await Tools.of('kafka-3.9')
const client = await RawClient.connect(broker.bootstrap)
after(() => {
  client.close()
  tools.close()
})

const many = { records: 20_000, size: 100 }
const slow = { records: 1000, size: 100, throughput: 200 }
const trips = { records: 200, size: 100 }

const sides = {
  Apache: { prefix: 'apache', run: (tool, args) => tools.run(tool, args, { fresh: true }) },
  ours: { prefix: 'ours', run: (tool, args) => runProgram(join(rootDir, 'bin', tool), args) },
}

/** Runs a tool that must succeed without a word on stderr; resolves to `{ stdout, tookMs }`. */
async function run({ run: runTool }, tool, ...args) {
  const startedAt = performance.now()
  const { code, stdout, stderr } = await runTool(tool, args)
  assert.deepEqual([code, withoutLog(stderr)], [0, ''], stdout)
  return { stdout, tookMs: performance.now() - startedAt }
}

/** Java's log is on stderr. */
function withoutLog(stderr) {
  return stderr
    .split('\n')
    .filter((line) => !/^(\[?\d{4}-\d\d-\d\d|SLF4J|log4j)/i.test(line))
    .join('\n')
}

const producing = (topic, { records, size, throughput = -1 }) => [
  ...['--topic', topic, '--num-records', String(records), '--record-size', String(size)],
  ...['--throughput', String(throughput), '--producer-props', `bootstrap.servers=${broker.bootstrap}`],
]
const consuming = (topic, { records }) => [
  ...['--bootstrap-server', broker.bootstrap, '--topic', topic, '--messages', String(records)],
]
const endOf = (topic) => listOffset(client, topic, 0, -1)

before(async () => {
  const names = Object.values(sides).flatMap(({ prefix }) =>
    ['many', 'slow', 'trips'].map((kind) => `${prefix}-${kind}`),
  )
  await createTopics(
    client,
    names.map((name) => ({ name })),
  )
})

for (const [name, side] of Object.entries(sides)) {
  const topicOf = (kind) => `${side.prefix}-${kind}`

  test(`${name}: kafka-producer-perf-test as fast as it goes`, async () => {
    const { stdout, tookMs } = await run(side, 'kafka-producer-perf-test', ...producing(topicOf('many'), many))
    checkProducer(producerFigures(stdout), { ...many, tookMs })
    assert.equal(await endOf(topicOf('many')), many.records)
  })

  test(`${name}: kafka-producer-perf-test --throughput keeps to it`, async () => {
    const { stdout, tookMs } = await run(side, 'kafka-producer-perf-test', ...producing(topicOf('slow'), slow))
    const figures = producerFigures(stdout)
    checkProducer(figures, { ...slow, tookMs })
    for (const { rate } of [...figures.windows, figures.total]) {
      assert.ok(Math.abs(rate - slow.throughput) <= slow.throughput / 10, stdout)
    }
    assert.equal(await endOf(topicOf('slow')), slow.records)
  })

  test(`${name}: kafka-producer-perf-test --print-metrics counts the same records`, async () => {
    const args = [...producing(topicOf('many'), many), '--print-metrics']
    const { stdout } = await run(side, 'kafka-producer-perf-test', ...args)
    const sent = stdout.match(
      /^producer-metrics:record-send-total:\{client-id=perf-producer-client\} +: (\d+\.\d{3})$/m,
    )
    assert.equal(Number(sent?.[1]), many.records, stdout)
  })
}

for (const [name, side] of Object.entries(sides)) {
  for (const [writer, { prefix }] of Object.entries(sides)) {
    const whose = writer === 'ours' ? 'our records' : 'Apache’s records'
    // Twice as many: those of --print-metrics too.
    const there = { ...many, records: 2 * many.records }

    test(`${name}: kafka-consumer-perf-test of ${whose}`, async () => {
      const { stdout, tookMs } = await run(side, 'kafka-consumer-perf-test', ...consuming(`${prefix}-many`, there))
      checkConsumer(consumerFigures(stdout), { ...there, tookMs })
    })

    test(`${name}: kafka-consumer-perf-test --show-detailed-stats of ${whose}`, async () => {
      const detailed = ['--show-detailed-stats', '--reporting-interval', '1']
      const args = [...consuming(`${prefix}-many`, there), ...detailed]
      const { stdout } = await run(side, 'kafka-consumer-perf-test', ...args)
      checkIntervals(intervalFigures(stdout), there)
    })
  }
}

for (const [name, side] of Object.entries(sides)) {
  test(`${name}: kafka-e2e-latency`, async () => {
    const { records, size } = trips
    const topic = `${side.prefix}-trips`
    const words = [broker.bootstrap, topic, String(records), 'all', String(size)]
    const { stdout, tookMs } = await run(side, 'kafka-e2e-latency', ...words)
    checkLatencies(latencyFigures(stdout), { records, tookMs })
    assert.equal(await endOf(topic), records)
  })
}
