import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerFixture, readAll, type TestConfig, text, tp, withCode } from '../testing/consumer-fixture.js'
import { faultyProxy } from '../testing/faulty-proxy.js'
import { freshName } from '../testing/temporary-broker.js'
import { until } from '../testing/until.js'
import type { KafkaConsumer } from './kafka-consumer.js'
import type { RebalanceListener } from './rebalance-listener.js'

/** Polls in the background, as a program does, until it is stopped; keeps what it read. */
class Polling {
  readonly values: string[] = []
  readonly errors: unknown[] = []
  readonly events: string[] = []
  readonly consumer: KafkaConsumer
  #isStopped = false
  readonly #done: Promise<void>

  constructor(consumer: KafkaConsumer, topics: string | readonly string[] | RegExp, listener: RebalanceListener = {}) {
    this.consumer = consumer
    const names = (list: readonly { readonly partition: number }[]) =>
      list
        .map(({ partition }) => partition)
        .sort()
        .join()
    consumer.subscribe(topics, {
      onPartitionsAssigned: async (partitions, at) => {
        this.events.push(`assigned ${names(partitions)}`)
        await listener.onPartitionsAssigned?.(partitions, at)
      },
      onPartitionsRevoked: async (partitions, at) => {
        this.events.push(`revoked ${names(partitions)}`)
        await listener.onPartitionsRevoked?.(partitions, at)
      },
      onPartitionsLost: async (partitions, at) => {
        this.events.push(`lost ${names(partitions)}`)
        await listener.onPartitionsLost?.(partitions, at)
      },
    })
    this.#done = this.#run()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        const records = await this.consumer.poll({ timeoutMs: 100 })
        this.values.push(...[...records].map(({ value }) => value.toString()))
      } catch (error) {
        this.errors.push(error)
        if ((error as { readonly fatal?: boolean }).fatal === true) return
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#done
  }

  get partitions(): number[] {
    return this.consumer
      .assignment()
      .map(({ partition }) => partition)
      .sort()
  }
}

const isOurs = (process.env['MILLRACE_TEST_BOOTSTRAP'] ?? '') === ''
const FAST = { 'heartbeat.interval.ms': 100 } as const

test('groups', async (t) => {
  const kafka = await ConsumerFixture.start(t, { 'group.min.session.timeout.ms': '100' })
  const polling = (
    group: string,
    topics: string | readonly string[] | RegExp,
    config: TestConfig<Buffer, Buffer> = {},
  ) => new Polling(kafka.consumer({ 'group.id': group, ...FAST, ...config }), topics)

  await t.test('setRebalanceListener: the new listener hears of what comes, the old one does not', async () => {
    const topic = await kafka.createTopic()
    const consumer = kafka.consumer({ 'group.id': freshName('group'), ...FAST })
    const events: string[] = []
    consumer.subscribe(topic, { onPartitionsAssigned: () => void events.push('old') })
    consumer.setRebalanceListener({
      onPartitionsAssigned: (partitions, at) => {
        assert.deepEqual(at.assignment(), partitions)
        events.push('assigned')
      },
      onPartitionsRevoked: async () => void events.push('revoked'),
    })
    while (events.length === 0) await consumer.poll({ timeoutMs: 50 })
    consumer.setRebalanceListener({ onPartitionsRevoked: () => void events.push('revoked too') })
    await consumer.unsubscribe()
    assert.deepEqual(events, ['assigned', 'revoked too'])
  })

  await t.test('eager: two members share, and each hears of it in order', async () => {
    const topic = await kafka.createTopic(4)
    const group = freshName('group')
    const first = polling(group, topic)
    await until(() => first.partitions.length === 4, 'the first has all')
    const second = polling(group, topic)
    await until(() => first.partitions.length === 2 && second.partitions.length === 2, 'they share')
    assert.deepEqual([...first.partitions, ...second.partitions].sort(), [0, 1, 2, 3])
    for (const partition of [0, 1, 2, 3]) await kafka.produce(topic, partition, [`p${partition}`])
    await until(() => first.values.length + second.values.length === 4, 'all was read')
    await second.stop()
    await second.consumer.close()
    await until(() => first.partitions.length === 4, 'the first has all again')
    assert.deepEqual(first.events.slice(0, 3), [
      'assigned 0,1,2,3',
      'revoked 0,1,2,3',
      `assigned ${second.partitions.length === 0 ? first.events[2]?.slice(9) : ''}`,
    ])
    assert.deepEqual(first.events.slice(3), [first.events[2]?.replace('assigned', 'revoked'), 'assigned 0,1,2,3'])
    assert.equal(second.events.at(-1), second.events[0]?.replace('assigned', 'revoked'))
    await first.stop()
  })

  await t.test('a member that waits for others longer than request.timeout.ms joins with them', async (st) => {
    const topic = await kafka.createTopic(2)
    const group = freshName('group')
    const slow = kafka.consumer({ 'group.id': group, ...FAST })
    slow.subscribe(topic)
    await until(async () => {
      await slow.poll({ timeoutMs: 20 })
      return slow.assignment().length === 2
    }, 'the slow one has all')
    const proxy = await faultyProxy(st, kafka.bootstrap)
    let joins = 0
    proxy.onRequest = ({ api }) => {
      if (api === 'JoinGroup') joins++
      return 'pass'
    }
    const waiting = polling(group, topic, { 'bootstrap.servers': proxy.bootstrap, 'request.timeout.ms': 200 })
    // The slow one does not poll, and the first two joins were answered by an id, and not at all.
    await until(() => joins >= 5, 'it asks again')
    await until(async () => {
      await slow.poll({ timeoutMs: 20 })
      return slow.assignment().length === 1 && waiting.partitions.length === 1
    }, 'they share')
    assert.equal(slow.groupMetadata().generationId, 2)
    assert.equal(waiting.consumer.groupMetadata().generationId, 2)
    assert.deepEqual(waiting.errors, [])
    assert.equal(waiting.consumer.metrics().get('failed-rebalance-total'), 0)
    await waiting.stop()
  })

  await t.test('cooperative: what a member has is read while it waits for others to join', async () => {
    const topic = await kafka.createTopic(4)
    const group = freshName('group')
    const config = { 'partition.assignment.strategy': ['cooperative-sticky'] } as const
    const slow = kafka.consumer({ 'group.id': group, ...FAST, ...config })
    slow.subscribe(topic)
    const busy = polling(group, topic, config)
    await until(async () => {
      await slow.poll({ timeoutMs: 20 })
      return slow.assignment().length === 2 && busy.partitions.length === 2
    }, 'they share')
    const newcomer = polling(group, topic, config)
    await until(() => busy.consumer.state().phase === 'rebalancing', 'it hears of the newcomer')
    // The slow one does not ask for records, so that the rebalance waits for it.
    for (let round = 0; round < 3; round++) {
      for (const partition of busy.partitions) await kafka.produce(topic, partition, ['meanwhile'])
      await until(() => busy.values.length === 2 * (round + 1), 'it is read')
    }
    assert.equal(busy.consumer.state().phase, 'rebalancing')
    await until(async () => {
      await slow.poll({ timeoutMs: 20 })
      return newcomer.partitions.length > 0
    }, 'the newcomer has its part')
    await Promise.all([busy.stop(), newcomer.stop()])
  })

  await t.test('cooperative: what does not move stays, and is read afterwards', async () => {
    const topic = await kafka.createTopic(4)
    const group = freshName('group')
    const config = { 'partition.assignment.strategy': ['cooperative-sticky'] } as const
    const first = polling(group, topic, config)
    await until(() => first.partitions.length === 4, 'the first has all')
    const second = polling(group, topic, config)
    await until(() => first.partitions.length === 2 && second.partitions.length === 2, 'they share')
    const revoked = first.events.filter((event) => event.startsWith('revoked'))
    assert.equal(revoked.length, 1)
    assert.equal(revoked[0]?.length, 'revoked 0,1'.length, 'only two were revoked')
    assert.equal(
      first.events.some((event) => event.startsWith('lost')),
      false,
    )
    // With empty buffers, after the rebalance: all partitions are fetched.
    for (const partition of [0, 1, 2, 3]) await kafka.produce(topic, partition, [`p${partition}`])
    await until(() => first.values.length + second.values.length === 4, 'all was read')
    await first.stop()
    await second.stop()
  })

  for (const strategy of ['roundrobin', 'sticky'] as const) {
    await t.test(`${strategy}: three members, one of which leaves`, async () => {
      const topic = await kafka.createTopic(6)
      const group = freshName('group')
      const config = { 'partition.assignment.strategy': [strategy] } as const
      const members = [polling(group, topic, config), polling(group, topic, config), polling(group, topic, config)]
      await until(() => members.every(({ partitions }) => partitions.length === 2), 'two each')
      const [, , third] = members
      await third?.stop()
      await third?.consumer.unsubscribe()
      await until(() => members.slice(0, 2).every(({ partitions }) => partitions.length === 3), 'three each')
      for (const member of members) await member.stop()
    })
  }

  await t.test('static member: comes back without a rebalance, and its twin is fenced', async () => {
    const topic = await kafka.createTopic(2)
    const group = freshName('group')
    const config = { 'group.instance.id': 'one' } as const
    const other = polling(group, topic, { 'group.instance.id': 'two' })
    await until(() => other.partitions.length === 2, 'the other has all')
    const first = polling(group, topic, config)
    await until(() => first.partitions.length === 1 && other.partitions.length === 1, 'they share')
    const events = other.events.length
    await first.stop()
    await first.consumer.close()
    const again = polling(group, topic, config)
    await until(() => again.partitions.length === 1, 'it is back')
    assert.equal(other.events.length, events)
    const twin = polling(group, topic, config)
    await until(() => again.errors.length > 0, 'the older one is fenced')
    assert.equal((again.errors[0] as { code: string }).code, 'FENCED_INSTANCE_ID')
    assert.equal(again.consumer.state().phase, 'failed')
    for (const member of [other, again, twin]) await member.stop()
  })

  await t.test('a pattern follows new topics, and partitions that are added are read', async () => {
    const prefix = freshName('pattern')
    const created = await kafka.createTopic(1, {}, `${prefix}.a`)
    const member = polling(freshName('group'), new RegExp(`^${prefix}\\.`), { 'metadata.max.age.ms': 200 })
    await until(() => member.partitions.length === 1, 'the first topic')
    await kafka.createTopic(2, {}, `${prefix}.b`)
    await until(() => member.partitions.length === 3, 'the second topic')
    assert.deepEqual([...member.consumer.subscription()].sort(), [`${prefix}.a`, `${prefix}.b`])
    await kafka.addPartitions(created, 2)
    await until(() => member.partitions.length === 4, 'the new partition')
    await kafka.produce(created, 1, ['new'])
    await until(() => member.values.includes('new'), 'its record')
    await member.stop()
  })

  await t.test('a topic that is created later is found', async () => {
    const topic = freshName('later')
    const member = polling(freshName('group'), [topic], { 'allow.auto.create.topics': false })
    await until(() => member.consumer.state().phase === 'stable', 'joined')
    await kafka.createTopic(1, {}, topic)
    await kafka.produce(topic, 0, ['here'])
    await until(() => member.values.length === 1, 'the record')
    assert.deepEqual(member.errors, [])
    await member.stop()
  })

  await t.test(
    'listener: positions from outside, errors reach the program, use after the callback is refused',
    async () => {
      const topic = await kafka.createTopic()
      await kafka.produce(topic, 0, ['a', 'b', 'c'])
      const consumer = kafka.consumer({ 'group.id': freshName('group') })
      let kept: Parameters<NonNullable<RebalanceListener['onPartitionsAssigned']>>[1] | undefined
      consumer.subscribe(topic, {
        async onPartitionsAssigned(partitions, at) {
          kept = at
          await new Promise((resolve) => setImmediate(resolve))
          for (const partition of partitions) at.seek(partition, 2)
          throw new Error('from the listener')
        },
      })
      await assert.rejects(readAll(consumer, 1), { message: 'from the listener' })
      assert.deepEqual(text(await readAll(consumer, 1)), ['c'])
      assert.throws(() => kept?.assignment(), withCode('ILLEGAL_STATE'))
    },
  )

  await t.test('enforceRebalance, groupMetadata, and a commit as nobody', async () => {
    const topic = await kafka.createTopic()
    const group = freshName('group')
    const member = polling(group, topic)
    await until(() => member.consumer.state().phase === 'stable', 'joined')
    const { generationId, memberId, groupId } = member.consumer.groupMetadata()
    assert.deepEqual([groupId, generationId, memberId !== ''], [group, 1, true])
    member.consumer.enforceRebalance('a test')
    await until(() => member.consumer.groupMetadata().generationId === 2, 'a new generation')
    const outsider = kafka.consumer({ 'group.id': group })
    outsider.assign([tp(topic)])
    await assert.rejects(outsider.commitSync([[tp(topic), { offset: 0 }]]), withCode('UNKNOWN_MEMBER_ID'))
    await member.stop()
  })

  await t.test('a handler of ten session timeouts keeps its partitions', { skip: !isOurs }, async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['slow'])
    const consumer = kafka.consumer({
      'group.id': freshName('group'),
      'session.timeout.ms': 400,
      'heartbeat.interval.ms': 100,
    })
    let rebalances = 0
    consumer.subscribe(topic, {
      onPartitionsAssigned: () => {
        rebalances++
      },
    })
    for await (const record of consumer) {
      // At one in 100 ms: ten times what the session may be silent.
      await until(() => (consumer.metrics().get('heartbeat-total') ?? 0) >= 40, 'forty heartbeats')
      assert.equal(record.value.toString(), 'slow')
      break
    }
    await consumer.commitSync()
    assert.equal(rebalances, 1)
    assert.equal(consumer.state().phase, 'stable')
  })

  await t.test('max.poll.interval.ms: the member leaves, says at which record, and loses its partitions', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a', 'stuck'])
    const group = freshName('group')
    const warnings: string[] = []
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (_fields: object, message: string) => warnings.push(message),
    }
    const consumer = kafka.consumer({
      'group.id': group,
      ...FAST,
      'max.poll.interval.ms': 300,
      'max.poll.records': 1,
      logger,
    })
    const events: string[] = []
    consumer.subscribe(topic, {
      onPartitionsRevoked: () => void events.push('revoked'),
      onPartitionsLost: () => void events.push('lost'),
    })
    await readAll(consumer, 1)
    await readAll(consumer, 1)
    assert.equal(consumer.state().stuckRecord?.offset, 1)
    const other = polling(group, topic)
    await until(() => other.partitions.length === 1, 'the other has it')
    await until(() => warnings.some((text) => text.includes('max.poll.interval.ms')), 'the warning')
    assert.match(warnings.join(), new RegExp(`record of ${topic}-0 at offset 1`))
    await assert.rejects(consumer.commitSync(), withCode('UNKNOWN_MEMBER_ID'))
    // Asking again makes it a member again.
    await Promise.all([consumer.poll({ timeoutMs: 500 }), until(() => events.length > 0, 'the loss')])
    assert.deepEqual(events, ['lost'])
    await other.stop()
  })

  await t.test('a blocked event loop is named', { skip: !isOurs }, async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a'])
    const warnings: string[] = []
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (_fields: object, message: string) => warnings.push(message),
    }
    const consumer = kafka.consumer({ 'group.id': freshName('group'), 'session.timeout.ms': 1000, ...FAST, logger })
    consumer.subscribe(topic)
    await readAll(consumer, 1)
    const end = Date.now() + 700
    while (Date.now() < end) {
      // Works without waiting.
    }
    await until(() => warnings.length > 0, 'the warning')
    assert.match(warnings[0] ?? '', new RegExp(`event loop was blocked for \\d+ ms.*${topic}-0 at offset 0`))
  })

  await t.test('auto-commit in the background, at-least-once', async () => {
    const topic = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a', 'b', 'c'])
    const consumer = kafka.consumer({
      'group.id': freshName('group'),
      'auto.commit.interval.ms': 20,
      'max.poll.records': 2,
    })
    consumer.subscribe(topic)
    await readAll(consumer, 2)
    const committed = async () => (await consumer.committed([tp(topic)])).get(tp(topic))?.offset
    // Where it began is committed, and not what it was given.
    for (let tries = 0; (await committed()) !== 0; tries++) assert.ok(tries < 500, 'the position is committed')
    await readAll(consumer, 1)
    for (let tries = 0; (await committed()) !== 2; tries++)
      assert.ok(tries < 200, 'what was returned before is committed')
  })
})
