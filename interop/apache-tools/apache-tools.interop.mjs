// Apache's command-line tools of 2.5, 3.9 and 4.x, called as their scripts call them.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brokerForFile, target } from '../lib/brokers.mjs'
import { lines } from '../lib/java.mjs'
import { until } from '../lib/programs.mjs'
import { consoleClients, consumerGroups } from './consuming.mjs'
import { formatters } from './formatters.mjs'
import { Tools } from './tools.mjs'

const broker = await brokerForFile({ after })
const server = ['--bootstrap-server', broker.bootstrap]

for (const line of lines) {
  test(`command-line tools of ${line}`, async (t) => {
    const tools = await Tools.of(line)
    t.after(() => tools.close())
    // 2.5 has these options under older names, and no others.
    const old = line === 'kafka-2.5'
    const at = old ? ['--broker-list', broker.bootstrap] : server
    const name = (suffix) => `${line.replace('kafka-', 'tools-')}-${suffix}`
    const context = { t, tools, line, old, at, server, name }
    await topics(context)
    await consoleClients(context)
    await consumerGroups(context)
    await formatters(context)
    await configs(context)
    await offsetsAndRecords(context)
    await perf(context)
    await cluster(context)
  })
}

async function topics({ t, tools, name, old }) {
  const topic = name('topic')
  const create = (...args) => tools.run('kafka-topics', [...server, '--create', '--topic', ...args])

  await t.test('kafka-topics --create, --list, --describe', async () => {
    const { code, stdout, stderr } = await create(
      topic,
      '--partitions',
      '3',
      '--replication-factor',
      '1',
      '--config',
      'retention.ms=3600000',
    )
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /Created topic/)
    const list = await tools.must('kafka-topics', [...server, '--list'])
    assert.ok(list.split('\n').includes(topic), list)
    const described = await tools.must('kafka-topics', [...server, '--describe', '--topic', topic])
    assert.match(described, /PartitionCount: ?3/)
    assert.match(described, /retention.ms=3600000/)
    assert.equal(described.match(/Leader: 0\s+Replicas: 0\s+Isr: 0/g)?.length, 3, described)
  })

  await t.test('kafka-topics: an existing topic, --if-not-exists, too many replicas, an unknown topic', async () => {
    const again = await create(topic, '--partitions', '3')
    assert.notEqual(again.code, 0)
    assert.match(again.stdout + again.stderr, /already exists/)
    if (!old) assert.equal((await create(topic, '--partitions', '3', '--if-not-exists')).code, 0)
    const wide = await create(name('wide'), '--partitions', '1', '--replication-factor', '5')
    assert.notEqual(wide.code, 0)
    assert.match(wide.stdout + wide.stderr, /[Rr]eplication factor/)
    const unknown = await tools.run('kafka-topics', [...server, '--describe', '--topic', name('nowhere')])
    assert.equal(unknown.code, old ? 0 : 1)
    assert.match(unknown.stdout + unknown.stderr, old ? /^$/ : /does not exist/)
  })

  await t.test('kafka-topics --alter --partitions', async () => {
    await tools.must('kafka-topics', [...server, '--alter', '--topic', topic, '--partitions', '5'])
    await until(async () =>
      /PartitionCount: ?5/.test(await tools.must('kafka-topics', [...server, '--describe', '--topic', topic])),
    )
    const fewer = await tools.run('kafka-topics', [...server, '--alter', '--topic', topic, '--partitions', '2'])
    assert.notEqual(fewer.code, 0)
    assert.match(fewer.stdout + fewer.stderr, /InvalidPartitions|currently has 5 partitions/)
  })

  await t.test('kafka-topics --describe with filters for what is wrong: nothing is', async () => {
    for (const filter of ['--under-replicated-partitions', '--unavailable-partitions', '--under-min-isr-partitions']) {
      assert.equal((await tools.must('kafka-topics', [...server, '--describe', filter])).trim(), '')
    }
    const changed = await tools.must('kafka-topics', [...server, '--describe', '--topics-with-overrides'])
    assert.ok(changed.includes(topic), changed)
  })

  await t.test('kafka-topics --delete', async () => {
    await tools.must('kafka-topics', [...server, '--delete', '--topic', topic])
    await until(async () => !(await tools.must('kafka-topics', [...server, '--list'])).split('\n').includes(topic))
  })
}

async function configs({ t, tools, name, old }) {
  const topic = name('console')
  const of = (type, id) => ['--entity-type', type, ...(id === undefined ? ['--entity-default'] : ['--entity-name', id])]
  const configure = (...args) => tools.must('kafka-configs', [...server, ...args])

  await t.test('kafka-configs of a topic: alter, describe, delete, refuse', async () => {
    const entity = of('topics', topic)
    if (!old) {
      await configure('--alter', ...entity, '--add-config', 'max.message.bytes=128000,cleanup.policy=[delete,compact]')
      await until(async () => /max.message.bytes=128000/.test(await configure('--describe', ...entity)))
      assert.match(await configure('--describe', ...entity), /cleanup.policy=delete,compact/)
      await configure('--alter', ...entity, '--delete-config', 'max.message.bytes,cleanup.policy')
      await until(async () => !/max.message.bytes=128000/.test(await configure('--describe', ...entity)))
      const wrong = await tools.run('kafka-configs', [
        ...server,
        '--alter',
        ...entity,
        '--add-config',
        'retention.ms=soon',
      ])
      assert.notEqual(wrong.code, 0)
      assert.match(wrong.stdout + wrong.stderr, /Invalid value soon/)
    }
    assert.match(await configure('--describe', ...of('topics', topic)), /onfigs for topic/)
  })

  await t.test('kafka-configs of a broker, of all brokers, and of loggers', async () => {
    await configure('--alter', ...of('brokers', '0'), '--add-config', 'log.retention.ms=7200000')
    await until(async () => /log.retention.ms=7200000/.test(await configure('--describe', ...of('brokers', '0'))))
    await configure('--alter', ...of('brokers', '0'), '--delete-config', 'log.retention.ms')
    await configure('--alter', ...of('brokers'), '--add-config', 'log.segment.bytes=20000000')
    await until(async () => /log.segment.bytes=20000000/.test(await configure('--describe', ...of('brokers'))))
    await configure('--alter', ...of('brokers'), '--delete-config', 'log.segment.bytes')
    const loggers = of('broker-loggers', '0')
    const logger = target.startsWith('apache') ? 'kafka.server.KafkaServer' : 'millrace.log'
    const levelOf = async () => (await configure('--describe', ...loggers)).split(`${logger}=`)[1]?.split(' ')[0]
    const before = await levelOf()
    await configure('--alter', ...loggers, '--add-config', `${logger}=DEBUG`)
    assert.equal(await levelOf(), 'DEBUG')
    await configure('--alter', ...loggers, '--delete-config', logger)
    assert.equal(await levelOf(), before)
    const unknown = await tools.run('kafka-configs', [...server, '--alter', ...loggers, '--add-config', 'no.such=INFO'])
    assert.notEqual(unknown.code, 0)
    if (!old) {
      const all = await configure('--describe', ...of('brokers', '0'), '--all')
      assert.match(all, /offsets.topic.num.partitions=5 /)
    }
  })
}

async function offsetsAndRecords({ t, tools, at, name, old }) {
  const topic = name('console')
  await t.test('kafka-get-offsets: latest, earliest, by time', async () => {
    const offsets = (time) => tools.must('kafka-get-offsets', [...at, '--topic', topic, '--time', time])
    assert.equal((await offsets('-1')).trim(), `${topic}:0:100`)
    assert.equal((await offsets('-2')).trim(), `${topic}:0:0`)
    assert.equal((await offsets('1000000000000')).trim(), `${topic}:0:0`)
    if (!old) assert.match(await offsets('max-timestamp'), new RegExp(`^${topic}:0:\\d+`))
  })

  await t.test('kafka-delete-records', async () => {
    const file = join(broker.home, `${topic}.json`)
    writeFileSync(file, JSON.stringify({ partitions: [{ topic, partition: 0, offset: 60 }], version: 1 }))
    const text = await tools.must('kafka-delete-records', [...server, '--offset-json-file', file])
    assert.match(text, new RegExp(`partition: ${topic}-0\\s+low_watermark: 60`))
    const earliest = await tools.must('kafka-get-offsets', [...at, '--topic', topic, '--time', '-2'])
    assert.equal(earliest.trim(), `${topic}:0:60`)
  })

  await t.test('kafka-log-dirs --describe', async () => {
    const text = await tools.must('kafka-log-dirs', [...server, '--describe', '--topic-list', topic])
    const answer = JSON.parse(text.split('\n').find((line) => line.startsWith('{')))
    const [folder] = answer.brokers[0].logDirs
    assert.equal(folder.error, null)
    assert.equal(folder.partitions[0].partition, `${topic}-0`)
    assert.ok(folder.partitions[0].size > 0)
  })
}

async function perf({ t, tools, name, at }) {
  await t.test('kafka-producer-perf-test and kafka-consumer-perf-test', async () => {
    const topic = name('perf')
    await tools.must('kafka-topics', [...server, '--create', '--topic', topic, '--partitions', '2'])
    const load = ['--topic', topic, '--num-records', '50000', '--record-size', '100', '--throughput', '-1']
    const props = ['--producer-props', `bootstrap.servers=${broker.bootstrap}`, 'acks=all', 'compression.type=lz4']
    const sent = await tools.must('kafka-producer-perf-test', [...load, ...props])
    assert.match(sent, /50000 records sent/)
    const read = await tools.run('kafka-consumer-perf-test', [
      ...at,
      '--topic',
      topic,
      '--messages',
      '50000',
      '--timeout',
      '20000',
    ])
    assert.equal(read.code, 0, read.stdout + read.stderr)
    const [header, ...rows] = read.stdout.slice(read.stdout.indexOf('start.time')).trim().split('\n')
    const column = header.split(', ').indexOf('data.consumed.in.nMsg')
    assert.equal(rows.at(-1).split(', ')[column], '50000', read.stdout + read.stderr)
  })

  await t.test('kafka-verifiable-producer: every record is acknowledged', async () => {
    const args = ['--topic', name('verifiable'), '--max-messages', '200', '--acks', '-1']
    const text = await tools.must('kafka-verifiable-producer', [...at, ...args])
    const summary = JSON.parse(text.trim().split('\n').at(-1))
    assert.deepEqual([summary.sent, summary.acked], [200, 200])
  })
}

async function cluster({ t, tools, old }) {
  await t.test('kafka-broker-api-versions', async () => {
    const text = await tools.must('kafka-broker-api-versions', server)
    assert.match(text, new RegExp(`${broker.bootstrap.replaceAll('.', '\\.')} \\(id: 0 rack: null`))
    for (const api of ['Produce\\(0\\)', 'Fetch\\(1\\)', 'JoinGroup\\(11\\)', 'DescribeConfigs\\(32\\)']) {
      assert.match(text, new RegExp(`${api}: \\d+ to \\d+ \\[usable: \\d+\\]`))
    }
  })

  if (tools.has('kafka-cluster')) {
    await t.test('kafka-cluster cluster-id', async () => {
      assert.match(await tools.must('kafka-cluster', ['cluster-id', ...server]), /Cluster ID: [\w-]{22}/)
    })
  }
  if (tools.has('kafka-groups')) {
    await t.test('kafka-groups --list', async () => {
      const { code, stdout, stderr } = await tools.run('kafka-groups', [...server, '--list'])
      assert.equal(code, 0, stdout + stderr)
    })
  }
  assert.ok(old || tools.has('kafka-cluster'), `no kafka-cluster (against ${target})`)
}
