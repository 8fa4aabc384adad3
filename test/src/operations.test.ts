/** What docs/OPERATIONS.md promises to those who run the broker: the HTTP port, the log as JSON, a backup that can be restored. */
import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { freePort, listening, ToolProcess } from './support/broker-process.js'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { serverFiles, startServer } from './support/server-process.js'
import { bootstrapOf, brokerOn, temporaryBroker } from './support/temporary-broker.js'

const { Kafka, logLevel } = kafkajs

test('millrace start says where metrics are, also when the usual port is taken', async (t) => {
  const { dir, port } = await serverFiles(t)
  // Whether it is this test or another program that has the port makes no difference.
  const other = createServer().on('error', () => {})
  other.listen(9404, '127.0.0.1')
  defer(t, () => other.close())
  const tool = new ToolProcess('millrace', ['start', '--data', join(dir, 'data'), '--port', String(port)])
  defer(t, () => tool.end())
  await eventually(() => assert.match(tool.output, /Metrics and health: http:\/\/127\.0\.0\.1:\d+\/metrics/))
  const [, url = ''] = /(http:\/\/127\.0\.0\.1:\d+)\/metrics/.exec(tool.output) ?? []
  assert.notEqual(url, 'http://127.0.0.1:9404')
  assert.match(await (await fetch(`${url}/metrics`)).text(), /^kafka_server_kafkaserver_brokerstate 3$/m)
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
})

test('a port for metrics that was named and is taken is one sentence, and exit code 1', async (t) => {
  const { file } = await serverFiles(t)
  const httpPort = await freePort()
  const other = createServer().listen(httpPort, '127.0.0.1')
  defer(t, () => other.close())
  const tool = startServer(t, [file, '--override', `millrace.http.port=${httpPort}`])
  assert.equal((await tool.exited).code, 1)
  assert.match(tool.output, new RegExp(`Port ${httpPort} is taken by `))
})

test('the log as JSON is one object in each line, to the last one', async (t) => {
  const { port, file } = await serverFiles(t)
  const tool = startServer(t, [file, '--override', 'millrace.log.format=json'])
  await listening(tool, port)
  tool.kill('SIGTERM')
  assert.equal((await tool.exited).code, 0)
  const lines = tool.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.ok(lines.some(({ logger, message }) => logger === 'millrace.broker' && message === 'Broker started'))
  for (const { time, level } of lines) {
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    assert.match(String(level), /^(?:INFO|WARN)$/)
  }
})

test('a copy of the stopped broker, both folders together, is a backup: it starts elsewhere with all records and offsets', async (t) => {
  const first = await temporaryBroker(t)
  const kafka = new Kafka({ brokers: [first.bootstrap], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  const admin = kafka.admin()
  await Promise.all([producer.connect(), admin.connect()])
  await admin.createTopics({
    topics: [{ topic: 'kept', numPartitions: 1, configEntries: [{ name: 'retention.ms', value: '3600000' }] }],
  })
  await producer.send({ topic: 'kept', messages: [{ value: 'a' }, { value: 'b' }] })
  await admin.setOffsets({ groupId: 'readers', topic: 'kept', partitions: [{ partition: 0, offset: '1' }] })
  await Promise.all([producer.disconnect(), admin.disconnect()])
  await first.broker.close()

  const copy = `${first.dir}/restored`
  for (const folder of ['kafka-logs', 'zookeeper']) {
    await cp(join(first.dir, folder), join(copy, folder), { recursive: true, preserveTimestamps: true })
  }
  const restored = await brokerOn(t, copy)
  const again = new Kafka({ brokers: [bootstrapOf(restored.broker)], logLevel: logLevel.NOTHING }).admin()
  await again.connect()
  assert.equal((await again.fetchTopicOffsets('kept'))[0]?.high, '2')
  // kafkajs does not ask again while the group is being loaded.
  await eventually(async () => {
    const [offsets] = await again.fetchOffsets({ groupId: 'readers', topics: ['kept'] })
    assert.equal(offsets?.partitions[0]?.offset, '1')
  })
  assert.equal(restored.broker.clusterId, first.broker.clusterId)
  await again.disconnect()
})
