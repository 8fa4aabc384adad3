/** What those who run a broker see: metrics, health, and loggers whose levels change at run time. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Logger } from '@millrace/broker'
import { apis, ErrorCode } from '@millrace/protocol'
import kafkajs from 'kafkajs'
import { root } from './support/broker-process.js'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { RawClient } from './support/raw-client.js'
import { type TemporaryBroker, temporaryBroker } from './support/temporary-broker.js'

const { Kafka, logLevel } = kafkajs
const brokerLogger = 8
const operations = { set: 0, delete: 1 } as const

/** A broker with its HTTP port on, and the lines that it logs. */
async function watchedBroker(t: TestContext, properties: Readonly<Record<string, string>> = {}) {
  const lines: string[] = []
  const keep =
    (level: string): Logger['info'] =>
    (message) =>
      void lines.push(`${level} ${message}`)
  const logger = { debug: keep('DEBUG'), info: keep('INFO'), warn: keep('WARN'), error: keep('ERROR') }
  const temporary = await temporaryBroker(t, { 'millrace.http.port': '0', ...properties }, logger)
  return { ...temporary, lines }
}

async function get({ broker }: TemporaryBroker, path: string): Promise<Response> {
  return await fetch(`http://127.0.0.1:${broker.http?.port}${path}`)
}

/** Every series with its value. Fails on a line that is not of the format. */
async function metrics(broker: TemporaryBroker): Promise<ReadonlyMap<string, number>> {
  const text = await (await get(broker, '/metrics')).text()
  const series = new Map<string, number>()
  let family = ''
  for (const line of text.trimEnd().split('\n')) {
    const [, name] = /^# TYPE (\w+) (?:counter|gauge|histogram|summary)$/.exec(line) ?? []
    if (name !== undefined) family = name
    if (line.startsWith('#')) continue
    const [, key, value] = /^(\w+(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)+\})?) (\S+)$/.exec(line) ?? []
    assert.ok(key !== undefined && value !== undefined && key.startsWith(family), line)
    assert.ok(!series.has(key), `${line} is there twice`)
    series.set(key, Number(value.replace('Inf', 'Infinity')))
  }
  return series
}

async function connectRaw(t: TestContext, bootstrap: string): Promise<RawClient> {
  const client = await RawClient.connect(bootstrap)
  defer(t, () => client.close())
  return client
}

test('traffic, sizes, requests and lag are told under the names that dashboards know', async (t) => {
  const broker = await watchedBroker(t)
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 2 }] })
  const producer = kafka.producer()
  await producer.connect()
  const messages = Array.from({ length: 10 }, (_, i) => ({ value: `order ${i}`, partition: 0 }))
  await producer.send({ topic: 'orders', messages })
  const consumer = kafka.consumer({ groupId: 'shop' })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  let seen = 0
  await consumer.run({
    eachMessage: () => {
      seen += 1
      return Promise.resolve()
    },
  })
  await eventually(() => assert.equal(seen, 10))
  await consumer.disconnect()
  await admin.setOffsets({ groupId: 'shop', topic: 'orders', partitions: [{ partition: 0, offset: '4' }] })

  const series = await metrics(broker)
  const expected: Readonly<Record<string, number>> = {
    kafka_server_kafkaserver_brokerstate: 3,
    kafka_controller_kafkacontroller_activecontrollercount: 1,
    'kafka_server_brokertopicmetrics_messagesin_total{topic="orders"}': 10,
    'kafka_log_log_logendoffset{topic="orders",partition="0"}': 10,
    'kafka_log_log_logstartoffset{topic="orders",partition="1"}': 0,
    'kafka_topic_partitions{topic="orders"}': 2,
    kafka_server_replicamanager_underreplicatedpartitions: 0,
    kafka_log_logmanager_offlinelogdirectorycount: 0,
    'kafka_consumergroup_current_offset{consumergroup="shop",topic="orders",partition="0"}': 4,
    'kafka_consumergroup_lag{consumergroup="shop",topic="orders",partition="0"}': 6,
    kafka_coordinator_group_groupmetadatamanager_numgroups: 1,
  }
  for (const [key, value] of Object.entries(expected)) assert.equal(series.get(key), value, key)
  const positive = [
    'kafka_server_brokertopicmetrics_bytesin_total',
    'kafka_server_brokertopicmetrics_bytesin_total{topic="orders"}',
    'kafka_server_brokertopicmetrics_bytesout_total{topic="orders"}',
    'kafka_log_log_size{topic="orders",partition="0"}',
    'kafka_network_requestmetrics_totaltimems{request="Produce",quantile="0.99"}',
    'kafka_network_requestmetrics_totaltimems_count{request="Fetch"}',
    'kafka_network_requestmetrics_requestqueuetimems_count{request="Produce"}',
    'kafka_network_requestmetrics_responsesendtimems_count{request="Produce"}',
    'millrace_request_duration_seconds_bucket{request="Produce",le="+Inf"}',
    'kafka_server_socket_server_metrics_connection_count{listener="PLAINTEXT"}',
    'kafka_server_socket_server_metrics_incoming_byte_total{listener="PLAINTEXT"}',
    'millrace_eventloop_delay_seconds_count',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_heap_size_used_bytes',
  ]
  for (const key of positive) assert.ok((series.get(key) ?? 0) > 0, key)
  assert.ok(
    [...series.keys()].some((key) => key.startsWith('kafka_network_requestmetrics_requests_total{request="Metadata"')),
  )
  assert.ok(series.has('millrace_memory_bytes{use="requests"}'))
  assert.ok(series.has('millrace_log_flush_lag_seconds'))
  await Promise.all([producer.disconnect(), admin.disconnect()])
})

test('errors are counted by API and name', async (t) => {
  const broker = await watchedBroker(t)
  const client = await connectRaw(t, broker.bootstrap)
  await client.call(apis.Heartbeat, 4, { groupId: 'g', generationId: 1, memberId: 'm' })
  const series = await metrics(broker)
  const [error] = [...series.keys()].filter((key) => key.startsWith('kafka_network_requestmetrics_errors_total'))
  assert.match(error ?? '', /request="Heartbeat",error="[A-Z_]+"/)
  assert.equal(series.get('millrace_requests_in_flight{request="Heartbeat"}'), 0)
})

test('a broker that runs is well and ready; without the port it tells nothing', async (t) => {
  const broker = await watchedBroker(t)
  for (const path of ['/healthz', '/readyz']) {
    const response = await get(broker, path)
    assert.deepEqual([path, response.status], [path, 200])
    assert.equal(((await response.json()) as { status: string }).status, 'ok')
  }
  const silent = await temporaryBroker(t)
  assert.equal(silent.broker.http, undefined)
})

test('a loop that is held shows in the metrics and in the log', async (t) => {
  const broker = await watchedBroker(t, { 'millrace.loop.warn.ms': '50' })
  const untilMs = performance.now() + 200
  while (performance.now() < untilMs);
  await eventually(() => assert.ok(broker.lines.includes('WARN The event loop was held')))
  const series = await metrics(broker)
  assert.ok((series.get('millrace_eventloop_delay_max_seconds') ?? 0) > 0.1)
  assert.ok(
    (series.get('millrace_eventloop_delay_seconds_bucket{le="0.128"}') ?? 0) <
      (series.get('millrace_eventloop_delay_seconds_count') ?? 0),
  )
})

test('levels of loggers are told and changed while the broker runs', async (t) => {
  const broker = await watchedBroker(t)
  const client = await connectRaw(t, broker.bootstrap)
  const describe = async (name: string) => {
    const { results } = await client.call(apis.DescribeConfigs, 4, {
      resources: [{ resourceType: brokerLogger, resourceName: name, configurationKeys: null }],
    })
    return results[0]
  }
  const alter = async (name: string, operation: number, value: string | null, resourceName = '0') => {
    const { responses } = await client.call(apis.IncrementalAlterConfigs, 1, {
      resources: [{ resourceType: brokerLogger, resourceName, configs: [{ name, configOperation: operation, value }] }],
      validateOnly: false,
    })
    return responses[0]?.errorCode
  }
  const levelOf = async (logger: string) => (await describe('0'))?.configs.find(({ name }) => name === logger)?.value

  assert.equal(await levelOf('root'), 'INFO')
  assert.equal(await levelOf('millrace.request'), 'INFO')
  assert.equal(await alter('millrace.request', operations.set, 'DEBUG'), ErrorCode.NONE)
  assert.equal(await levelOf('millrace.request'), 'DEBUG')
  await eventually(() => assert.ok(broker.lines.includes('DEBUG Request')))
  assert.equal(await alter('millrace.request', operations.delete, null), ErrorCode.NONE)
  assert.equal(await levelOf('millrace.request'), 'INFO')

  assert.equal(await alter('millrace.unknown', operations.set, 'INFO'), ErrorCode.INVALID_CONFIG)
  assert.equal(await alter('root', operations.delete, null), ErrorCode.INVALID_REQUEST)
  assert.equal(await alter('root', operations.set, 'INFO', '7'), ErrorCode.INVALID_REQUEST)
  assert.equal((await describe('7'))?.errorCode, ErrorCode.INVALID_REQUEST)
})

test('AlterConfigs, which replaces all configs, does not know loggers', async (t) => {
  const { bootstrap } = await watchedBroker(t)
  const client = await connectRaw(t, bootstrap)
  const { responses } = await client.call(apis.AlterConfigs, 2, {
    resources: [{ resourceType: brokerLogger, resourceName: '0', configs: [{ name: 'root', value: 'INFO' }] }],
    validateOnly: false,
  })
  assert.equal(responses[0]?.errorCode, ErrorCode.INVALID_REQUEST)
})

test('levels can be set from the start', async (t) => {
  const { lines } = await watchedBroker(t, { 'millrace.log.levels': 'root=ERROR,millrace.controller=INFO' })
  assert.ok(lines.length > 0)
  assert.ok(
    lines.every((line) => line.includes('controller') || line.startsWith('ERROR')),
    lines.join('\n'),
  )
})

test('a client that sends garbage in a loop does not fill the log', async (t) => {
  const broker = await watchedBroker(t)
  const [host, port] = broker.bootstrap.split(':')
  for (let i = 0; i < 200; i++) {
    await new Promise((resolve) => {
      const socket = connect(Number(port), host as string, () => socket.end('\x7f\xff\xff\xff garbage'))
      socket.on('error', () => {})
      socket.on('close', resolve)
    })
  }
  const closed = () => broker.lines.filter((line) => line.includes('Connection closed'))
  assert.ok(closed().length > 0 && closed().length <= 20, `${closed().length} lines`)
  await broker.broker.close()
  assert.ok(closed().some((line) => line.includes('left out')))
})

test('docs/OPERATIONS.md names metrics and loggers that there are', async (t) => {
  const broker = await watchedBroker(t)
  const page = await readFile(join(root, 'docs', 'OPERATIONS.md'), 'utf8')
  const text = await (await get(broker, '/metrics')).text()
  const families = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name))
  const named = new Set([...page.matchAll(/\b(?:kafka|millrace|process)_[a-z_]*[a-z]\b/g)].map(([name]) => name))
  assert.ok(named.size > 15)
  assert.deepEqual(
    [...named].filter((name) => !families.has(name)),
    [],
  )

  const client = await connectRaw(t, broker.bootstrap)
  const { results } = await client.call(apis.DescribeConfigs, 4, {
    resources: [{ resourceType: brokerLogger, resourceName: '0', configurationKeys: null }],
  })
  const loggers = results[0]?.configs.map(({ name }) => name) ?? []
  const rows = page.slice(page.indexOf('| logger | tells of |')).split('\n\n', 1)[0] ?? ''
  const told = [...rows.matchAll(/`(root|millrace[.\w]*)`/g)].map(([, name]) => name)
  assert.deepEqual(told.toSorted(), loggers.toSorted())
})
