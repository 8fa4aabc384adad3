import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerFixture, tp } from '../testing/consumer-fixture.js'
import { freshName } from '../testing/temporary-broker.js'
import type { ConsumerRecord } from './consumer-record.js'
import type { DeadLetterProducer } from './run-options.js'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index))
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('run', async (t) => {
  const kafka = await ConsumerFixture.start(t)
  const committed = async (group: string, topic: string, partition = 0) => {
    const reader = kafka.consumer({ 'group.id': group })
    const found = (await reader.committed([tp(topic, partition)])).get(tp(topic, partition))
    await reader.close()
    return found?.offset
  }

  await t.test(
    'ordering partition: one after the other in each, partitions at the same time; ends by its signal',
    async () => {
      const topic = await kafka.createTopic(3)
      for (const partition of [0, 1, 2]) await kafka.produce(topic, partition, numbers(20))
      const group = freshName('group')
      const consumer = kafka.consumer({ 'group.id': group })
      consumer.subscribe(topic)
      const controller = new AbortController()
      const seen: Record<number, number[]> = { 0: [], 1: [], 2: [] }
      const running = new Set<number>()
      let most = 0
      let count = 0
      await consumer.run({
        signal: controller.signal,
        async eachRecord({ partition, offset }) {
          assert.equal(running.has(partition), false)
          running.add(partition)
          most = Math.max(most, running.size)
          await pause(1)
          running.delete(partition)
          seen[partition]?.push(offset)
          if (++count === 60) controller.abort()
        },
      })
      for (const partition of [0, 1, 2]) assert.deepEqual(seen[partition], numbers(20).map(Number))
      assert.equal(most, 3)
      await consumer.close()
      assert.equal(await committed(group, topic), 20)
    },
  )

  await t.test('ordering key: order in each key, keys at the same time, never more than maxConcurrency', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(
      topic,
      0,
      numbers(60).map((value) => ({ key: Buffer.from(`k${Number(value) % 6}`), value: Buffer.from(value) })),
    )
    const consumer = kafka.consumer()
    consumer.assign([tp(topic)])
    const controller = new AbortController()
    const byKey = new Map<string, number[]>()
    let running = 0
    let most = 0
    let count = 0
    await consumer.run({
      ordering: 'key',
      maxConcurrency: 4,
      signal: controller.signal,
      async eachRecord({ key, offset }) {
        running++
        most = Math.max(most, running)
        await pause(offset % 3)
        running--
        byKey.set(String(key), [...(byKey.get(String(key)) ?? []), offset])
        if (++count === 60) controller.abort()
      },
    })
    assert.equal(most, 4)
    assert.equal(byKey.size, 6)
    for (const offsets of byKey.values())
      assert.deepEqual(
        offsets,
        [...offsets].sort((a, b) => a - b),
      )
  })

  await t.test('unordered: only what is finished without a gap is committed', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, numbers(10))
    const group = freshName('group')
    const consumer = kafka.consumer({ 'group.id': group })
    consumer.subscribe(topic)
    let release = () => {}
    const blocked = new Promise<void>((resolve) => {
      release = resolve
    })
    let finished = 0
    const running = consumer.run({
      ordering: 'unordered',
      async eachRecord({ offset }) {
        if (offset === 4) await blocked
        finished++
      },
    })
    while (finished < 9) await pause(5)
    const closing = consumer.close({ timeoutMs: 10_000 })
    await pause(20)
    assert.equal(await committed(group, topic), undefined)
    release()
    await closing
    await running
    assert.equal(await committed(group, topic), 10)
  })

  await t.test('close does not wait for a handler longer than its time, and commits what is below it', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, numbers(5))
    const group = freshName('group')
    const consumer = kafka.consumer({ 'group.id': group, 'auto.commit.interval.ms': 10 })
    consumer.subscribe(topic)
    let finished = 0
    void consumer
      .run({
        async eachRecord({ offset }) {
          if (offset === 3) await new Promise(() => {})
          finished++
        },
      })
      .catch(() => {})
    while (finished < 3) await pause(5)
    while ((await consumer.committed([tp(topic)])).get(tp(topic))?.offset !== 3) await pause(10)
    const start = performance.now()
    await consumer.close({ timeoutMs: 300 })
    assert.ok(performance.now() - start < 1500)
    assert.equal(await committed(group, topic), 3)
  })

  await t.test('onError: retry, skip, dead letter; without it, run rejects and the record comes again', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, [
      'ok',
      'flaky',
      'skip',
      { key: Buffer.from('k'), value: Buffer.from('dead'), headers: [{ key: 'h', value: Buffer.from('1') }] },
      'fatal',
      'after',
    ])
    const group = freshName('group')
    const consumer = kafka.consumer({ 'group.id': group, 'retry.backoff.ms': 5 })
    consumer.subscribe(topic)
    const letters: Parameters<DeadLetterProducer['send']>[0][] = []
    const seen: string[] = []
    const eachRecord = ({ value }: ConsumerRecord, { attempt }: { attempt: number }) => {
      seen.push(`${value} ${attempt}`)
      if (value.toString() === 'flaky' && attempt < 3) throw new Error('flaky')
      if (['skip', 'dead', 'fatal'].includes(value.toString())) throw new TypeError(`cannot ${value}`)
    }
    const run = consumer.run({
      eachRecord,
      onError(error, { value }) {
        if (value.toString() === 'flaky') return 'retry'
        if (value.toString() === 'skip') return 'skip'
        if (value.toString() === 'dead') return { deadLetter: 'letters' }
        throw error
      },
      deadLetterProducer: {
        async send(record) {
          letters.push(record)
        },
      },
    })
    await assert.rejects(run, { message: 'cannot fatal' })
    assert.deepEqual(seen, ['ok 1', 'flaky 1', 'flaky 2', 'flaky 3', 'skip 1', 'dead 1', 'fatal 1'])
    assert.equal(letters[0]?.topic, 'letters')
    assert.equal(letters[0]?.key?.toString(), 'k')
    const headers = new Map([...(letters[0]?.headers ?? [])].map(([key, value]) => [key, String(value)]))
    assert.equal(headers.get('h'), '1')
    assert.equal(headers.get('dead-letter.offset'), '3')
    assert.equal(headers.get('dead-letter.error'), 'TypeError: cannot dead')
    assert.equal(await consumer.position(tp(topic)), 4)
    const controller = new AbortController()
    await consumer.run({
      signal: controller.signal,
      eachRecord({ value }) {
        seen.push(`again ${value}`)
        if (value.toString() === 'after') controller.abort()
      },
    })
    assert.deepEqual(seen.slice(-2), ['again fatal', 'again after'])
    await consumer.close()
    assert.equal(await committed(group, topic), 6)
  })

  await t.test('eachBatch: markProcessed is kept when the handler throws', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, numbers(6))
    const consumer = kafka.consumer({ 'group.id': freshName('group'), 'retry.backoff.ms': 5 })
    consumer.subscribe(topic)
    const controller = new AbortController()
    const batches: number[][] = []
    await consumer.run({
      signal: controller.signal,
      eachBatch(batch, { markProcessed, attempt }) {
        batches.push(batch.records.map(({ offset }) => offset))
        if (attempt === 1) {
          markProcessed(batch.records[2] as ConsumerRecord)
          throw new Error('half of it')
        }
        controller.abort()
      },
      onError: () => 'retry',
    })
    assert.deepEqual(batches, [
      [0, 1, 2, 3, 4, 5],
      [3, 4, 5],
    ])
    assert.equal(await consumer.position(tp(topic)), 6)
  })

  await t.test('a rebalance waits for handlers of partitions that go, and drops what has not begun', async () => {
    const topic = await kafka.createTopic(2)
    for (const partition of [0, 1]) await kafka.produce(topic, partition, numbers(50))
    const group = freshName('group')
    const handled: string[] = []
    const signals: AbortSignal[] = []
    const start = (name: string) => {
      const controller = new AbortController()
      const consumer = kafka.consumer({ 'group.id': group, 'heartbeat.interval.ms': 50 })
      consumer.subscribe(topic)
      const done = consumer.run({
        signal: controller.signal,
        async eachRecord({ partition, offset }, { signal }) {
          signals.push(signal)
          await pause(10)
          handled.push(`${partition}:${offset}`)
        },
      })
      return { name, controller, done, consumer }
    }
    const first = start('first')
    while (handled.length < 5) await pause(5)
    const second = start('second')
    while (new Set(handled).size < 100) await pause(10)
    assert.equal(handled.length, 100, 'nothing was handled twice')
    for (const { controller, done } of [first, second]) {
      controller.abort()
      await done
    }
    assert.ok(signals.some((signal) => signal.aborted))
  })

  await t.test('handlers that never wait: many records, and timers still have their turn', async () => {
    const topic = await kafka.createTopic()
    for (let batch = 0; batch < 10; batch++) await kafka.produce(topic, 0, numbers(1000))
    const consumer = kafka.consumer()
    consumer.assign([tp(topic)])
    const controller = new AbortController()
    let count = 0
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await consumer.run({
      signal: controller.signal,
      eachRecord() {
        const end = performance.now() + 0.02
        while (performance.now() < end) {
          // Works without waiting.
        }
        if (++count === 10_000) controller.abort()
      },
    })
    clearInterval(timer)
    assert.ok(turns >= 5, `${turns} turns`)
  })
})
