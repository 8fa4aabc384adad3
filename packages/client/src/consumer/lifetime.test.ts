/** Whole processes: what a killed one leaves for the next, that a finished one ends, and how much memory one takes. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { KafkaAdminClient } from '../admin/kafka-admin-client.js'
import { ConsumerFixture, readAll, text, tp } from '../testing/consumer-fixture.js'
import { freshName } from '../testing/temporary-broker.js'
import { until } from '../testing/until.js'

const isOurs = (process.env['MILLRACE_TEST_BOOTSTRAP'] ?? '') === ''
const SESSION = { 'session.timeout.ms': isOurs ? 500 : 6000, 'heartbeat.interval.ms': 100 } as const

/** A process that runs `body` with a consumer of that config. Its output is collected. */
function program(config: object, body: string): ChildProcess & { output: string } {
  const index = new URL('../index.js', import.meta.url).href
  const code = `import { KafkaConsumer } from ${JSON.stringify(index)}
    const consumer = new KafkaConsumer(${JSON.stringify(config)})
    ${body}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const collecting = Object.assign(child, { output: '' })
  child.stdout.on('data', (chunk: Buffer) => {
    collecting.output += chunk.toString()
  })
  return collecting
}

test('processes', async (t) => {
  const kafka = await ConsumerFixture.start(t, { 'group.min.session.timeout.ms': '100' })

  await t.test('killed between delivery and the end of the handler: the record comes again', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['0', '1', '2', '3', '4', '5'])
    const group = freshName('group')
    const config = {
      'bootstrap.servers': kafka.bootstrap,
      'group.id': group,
      'auto.offset.reset': 'earliest',
      'auto.commit.interval.ms': 5,
      ...SESSION,
    }
    const child = program(
      config,
      `consumer.subscribe('${topic}')
      for await (const { value } of consumer) {
        await new Promise((resolve) => setTimeout(resolve, 30))
        if (value.toString() === '3') {
          console.log('at three')
          await new Promise(() => setInterval(() => {}, 1000))
        }
      }`,
    )
    while (!child.output.includes('at three')) await once(child.stdout as NodeJS.ReadableStream, 'data')
    const reader = kafka.consumer({ 'group.id': group })
    for (let tries = 0; (await reader.committed([tp(topic)])).get(tp(topic))?.offset !== 3; tries++) {
      assert.ok(tries < 1000, 'what was finished is committed')
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    const next = kafka.consumer({ 'group.id': group, ...SESSION })
    next.subscribe(topic)
    assert.deepEqual(text(await readAll(next, 3, 30_000)), ['3', '4', '5'])
  })

  await t.test('a process that waits for records stays, and ends when its consumer is closed', async () => {
    const topic = await kafka.createTopic()
    const group = freshName('group')
    const config = { 'bootstrap.servers': kafka.bootstrap, 'group.id': group, 'auto.offset.reset': 'earliest' }
    const child = program(
      config,
      `consumer.subscribe('${topic}')
      const records = await consumer.poll()
      console.log(records.count)
      await consumer.close()`,
    )
    const exited = once(child, 'exit')
    const admin = new KafkaAdminClient({ 'bootstrap.servers': kafka.bootstrap })
    await until(async () => {
      const outcome = (await admin.describeConsumerGroups([group]).settled()).get(group)
      return outcome !== undefined && 'value' in outcome && outcome.value.state === 'Stable'
    }, 'it waits for records')
    await admin.close()
    assert.equal(child.exitCode, null)
    await kafka.produce(topic, 0, ['a'])
    assert.deepEqual(await exited, [0, null])
    assert.equal(child.output.trim(), '1')
  })

  await t.test('many partitions and a slow reader: no more is buffered than buffer.memory', async () => {
    const topic = await kafka.createTopic(60)
    const value = Buffer.alloc(100_000)
    for (let partition = 0; partition < 60; partition++) await kafka.produce(topic, partition, [{ value }, { value }])
    const limit = 2_000_000
    const consumer = kafka.consumer({ 'buffer.memory': limit, 'max.poll.records': 4 })
    consumer.assign(Array.from({ length: 60 }, (_, partition) => tp(topic, partition)))
    let most = 0
    let count = 0
    while (count < 120) {
      count += (await consumer.poll()).count
      await new Promise((resolve) => setTimeout(resolve, 2))
      most = Math.max(most, consumer.metrics().get('buffered-bytes') ?? 0)
    }
    assert.equal(count, 120)
    // The first batch of an answer is sent whole, however little was asked for.
    assert.ok(most <= limit + 201_000, `${most} bytes were buffered`)
    assert.ok(most > limit / 4, 'it reads ahead')
  })

  await t.test('many partitions and slow handlers: what waits for them counts', async () => {
    const topic = await kafka.createTopic(60)
    const bytes = 100_000
    const value = Buffer.alloc(bytes)
    for (let partition = 0; partition < 60; partition++) await kafka.produce(topic, partition, [{ value }, { value }])
    const limit = 2_000_000
    const consumer = kafka.consumer({ 'buffer.memory': limit })
    consumer.assign(Array.from({ length: 60 }, (_, partition) => tp(topic, partition)))
    const controller = new AbortController()
    let most = 0
    let finished = 0
    await consumer.run({
      ordering: 'unordered',
      maxConcurrency: 2,
      signal: controller.signal,
      async eachRecord() {
        const taken = consumer.metrics().get('bytes-consumed-total') ?? 0
        most = Math.max(most, taken - finished * bytes)
        await new Promise((resolve) => setTimeout(resolve, 10))
        if (++finished === 120) controller.abort()
      },
    })
    assert.equal(finished, 120)
    // An answer of which some is taken counts as a whole, and what is taken of it once more.
    assert.ok(most <= limit + 201_000, `handlers had ${most} bytes before them`)
    assert.ok(most > limit / 4, 'it reads ahead')
    assert.equal(consumer.metrics().get('buffered-bytes'), 0)
  })

  for (const compression of ['none', 'gzip'] as const) {
    await t.test(`one slow handler keeps all of its answer, which counts until it ends (${compression})`, async () => {
      const topic = await kafka.createTopic()
      const records = Array.from({ length: 20 }, () => ({ value: Buffer.alloc(50_000) }))
      await kafka.produce(topic, 0, records, { compression })
      const consumer = kafka.consumer()
      consumer.assign([tp(topic)])
      const buffered = () => consumer.metrics().get('buffered-bytes') ?? 0
      const controller = new AbortController()
      let finished = 0
      let letSlowOneGo = () => {}
      const slow = new Promise<void>((resolve) => {
        letSlowOneGo = resolve
      })
      const running = consumer.run({
        ordering: 'unordered',
        signal: controller.signal,
        async eachRecord({ offset }) {
          if (offset === 7) await slow
          finished++
        },
      })
      await until(() => finished === 19, 'all others are finished')
      assert.ok(buffered() >= 1_000_000 && buffered() < 1_100_000, `${buffered()} bytes count`)
      letSlowOneGo()
      await until(() => buffered() === 0, 'nothing counts any more')
      assert.equal(finished, 20)
      controller.abort()
      await running
    })
  }
})
