/** close() in the middle of whatever: it ends in its time, commits what is finished, and lets the process end. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { ConsumerFixture, readAll, tp } from '../testing/consumer-fixture.js'
import { faultyProxy } from '../testing/faulty-proxy.js'
import { freshName } from '../testing/temporary-broker.js'
import { until } from '../testing/until.js'
import type { KafkaConsumer } from './kafka-consumer.js'

const FAST = { 'heartbeat.interval.ms': 100 } as const
const closeMs = 300
/** What comes before the last request of a member takes its time, too. */
const leaveMs = 2000
/** For a loop that has other things to do as well. */
const graceMs = 2000

async function closesInTime(consumer: KafkaConsumer, timeoutMs = closeMs): Promise<void> {
  const startMs = performance.now()
  await consumer.close({ timeoutMs })
  assert.ok(performance.now() - startMs < timeoutMs + graceMs)
}

test('close', async (t) => {
  const kafka = await ConsumerFixture.start(t)

  /** One that has read everything of a new topic of two partitions, and does not poll any more. */
  const reader = async (records: number) => {
    const topic = await kafka.createTopic(2)
    const group = freshName('group')
    const consumer = kafka.consumer({ 'group.id': group, 'auto.commit.interval.ms': 60_000, ...FAST })
    consumer.subscribe(topic)
    for (let n = 0; n < records; n++) await kafka.produce(topic, 0, [String(n)])
    await readAll(consumer, records)
    // Asking for more says that these are finished.
    await consumer.poll({ timeoutMs: 20 })
    return { topic, group, consumer }
  }
  const committed = async (group: string, topic: string) => {
    const watcher = kafka.consumer({ 'group.id': group })
    return (await watcher.committed([tp(topic)])).get(tp(topic))?.offset
  }

  await t.test('while it waits for others to join: the group goes on without it', async () => {
    const { topic, group, consumer: slow } = await reader(1)
    const joining = kafka.consumer({ 'group.id': group, ...FAST })
    joining.subscribe(topic)
    const poll = joining.poll({ timeoutMs: 60_000 }).catch((error: { readonly code: string }) => error.code)
    await until(() => joining.state().phase === 'rebalancing', 'it joins')
    await closesInTime(joining)
    assert.equal(await poll, 'CLOSED')
    await until(async () => {
      await slow.poll({ timeoutMs: 20 })
      return slow.state().phase === 'stable' && slow.assignment().length === 2
    }, 'the other one has all')
  })

  for (const api of ['JoinGroup', 'SyncGroup', 'LeaveGroup']) {
    await t.test(`while ${api} is not answered`, async (st) => {
      const topic = await kafka.createTopic()
      const proxy = await faultyProxy(st, kafka.bootstrap)
      const consumer = kafka.consumer({ 'bootstrap.servers': proxy.bootstrap, 'group.id': freshName('group'), ...FAST })
      let isStruck = false
      proxy.onRequest = (request) => {
        if (request.api !== api) return 'pass'
        isStruck = true
        return 'silence'
      }
      consumer.subscribe(topic)
      if (api === 'LeaveGroup') await until(() => isAssigned(consumer), 'it is a member')
      else {
        consumer.poll({ timeoutMs: 60_000 }).catch(() => {})
        await until(() => isStruck, 'it hangs')
      }
      await closesInTime(consumer, api === 'LeaveGroup' ? leaveMs : closeMs)
      assert.ok(isStruck, 'it asked')
    })
  }

  await t.test('during a rebalance: what is finished is committed', async () => {
    const { topic, group, consumer } = await reader(5)
    const other = kafka.consumer({ 'group.id': group, ...FAST })
    other.subscribe(topic)
    const poll = other.poll({ timeoutMs: 60_000 }).catch(() => {})
    await until(() => consumer.state().phase === 'rebalancing', 'it hears of the rebalance')
    await closesInTime(consumer)
    assert.equal(await committed(group, topic), 5)
    await other.close({ timeoutMs: 0 })
    await poll
  })

  for (const callback of ['onPartitionsAssigned', 'onPartitionsRevoked'] as const) {
    await t.test(`while ${callback} does not come to its end`, async () => {
      const topic = await kafka.createTopic()
      const consumer = kafka.consumer({ 'group.id': freshName('group'), ...FAST })
      let isCalled = false
      consumer.subscribe(topic, {
        [callback]: () => {
          isCalled = true
          return new Promise<void>(() => {})
        },
      })
      const poll = consumer.poll({ timeoutMs: 60_000 }).catch((error: { readonly code: string }) => error.code)
      if (callback === 'onPartitionsAssigned') await until(() => isCalled, 'it is called')
      else await until(() => consumer.assignment().length === 1, 'it has its partition')
      await closesInTime(consumer)
      assert.ok(isCalled)
      assert.equal(await poll, 'CLOSED')
    })
  }

  await t.test('producer, consumer and admin, to whom nobody answers any more: their process ends', async (st) => {
    const topic = await kafka.createTopic()
    const unread = await kafka.createTopic()
    await kafka.produce(topic, 0, ['a'])
    const proxy = await faultyProxy(st, kafka.bootstrap)
    const index = new URL('../index.js', import.meta.url).href
    const config = JSON.stringify({ 'bootstrap.servers': proxy.bootstrap })
    const code = `
      import { KafkaAdminClient, KafkaConsumer, KafkaProducer } from '${index}'
      const producer = new KafkaProducer(${config})
      const consumer = new KafkaConsumer({ ...${config}, 'group.id': '${freshName('group')}', 'auto.offset.reset': 'earliest' })
      const admin = new KafkaAdminClient(${config})
      const joining = new KafkaConsumer({ ...${config}, 'group.id': '${freshName('group')}' })
      const reading = new KafkaConsumer(${config})
      consumer.subscribe('${topic}')
      joining.subscribe('${topic}')
      await producer.send({ topic: '${topic}', value: 'b' })
      for (let count = 0; count < 2; ) count += (await consumer.poll()).count
      await admin.describeCluster()
      process.stdout.write('ready')
      process.stdin.once('data', async () => {
        reading.assign([{ topic: '${topic}', partition: 0 }])
        const codes = Promise.all([
          producer.send({ topic: '${unread}', value: 'c' }),
          consumer.commitSync(),
          consumer.poll({ timeoutMs: 60_000 }),
          consumer.committed(consumer.assignment()),
          consumer.endOffsets(consumer.assignment()),
          joining.poll(),
          reading.position({ topic: '${topic}', partition: 0 }),
          producer.partitionsFor('another'),
          admin.describeCluster(),
          admin.listTopics(),
        ].map((call) => call.then(() => 'done', (error) => error.code)))
        setTimeout(async () => {
          await Promise.all([producer, consumer, joining, reading, admin].map((client) => client.close({ timeoutMs: ${closeMs} })))
          process.stdout.write(JSON.stringify(await codes))
          process.stdin.unref()
          setTimeout(() => process.stdout.write(' kept by ' + process.getActiveResourcesInfo()), 4000).unref()
        }, 50)
      })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
    // It may have gone before what it wrote last is looked at.
    const exited = once(child, 'exit')
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    st.after(() => child.kill('SIGKILL'))
    await until(() => output === 'ready', 'it has read and written')
    proxy.onRequest = () => 'silence'
    child.stdin.write('now')
    await until(() => output.endsWith(']'), 'all are closed')
    const lateMs = 5000
    const late = new Promise<string>((resolve) => setTimeout(resolve, lateMs, 'it is still there').unref())
    assert.deepEqual(await Promise.race([exited, late]), [0, null], output)
    assert.deepEqual(
      JSON.parse(output.slice('ready'.length)),
      Array.from({ length: 10 }, () => 'CLOSED'),
    )
  })
})

async function isAssigned(consumer: KafkaConsumer): Promise<boolean> {
  await consumer.poll({ timeoutMs: 20 })
  return consumer.assignment().length > 0
}
