/** Configs of topics and brokers on the wire: what is told, what can be changed, and what the change does. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { apis, ErrorCode } from '@millrace/protocol'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { fetchFrom } from './support/fetching.js'
import { RawClient } from './support/raw-client.js'
import { append, batchOf, batchOfRecords, produce } from './support/records.js'
import { sharedBroker } from './support/shared-broker.js'
import { brokerOn, temporaryBroker } from './support/temporary-broker.js'
import { createTopic } from './support/topics.js'

const broker = sharedBroker({ 'log.segment.bytes': '104857600' })
const topicType = 2
const brokerType = 4
const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const
const sources = { topic: 1, dynamicBroker: 2, dynamicDefaultBroker: 3, staticBroker: 4, default: 5 } as const

type Change = readonly [name: string, operation: keyof typeof operations, value?: string | null]

async function alter(
  client: RawClient,
  type: number,
  name: string,
  changes: readonly Change[],
  { validateOnly = false, version = 1 } = {},
) {
  const { responses } = await client.call(apis.IncrementalAlterConfigs, version, {
    resources: [
      {
        resourceType: type,
        resourceName: name,
        configs: changes.map(([key, operation, value = null]) => ({
          name: key,
          configOperation: operations[operation],
          value,
        })),
      },
    ],
    validateOnly,
  })
  return responses[0]?.errorCode
}

async function describe(client: RawClient, type: number, name: string, keys: readonly string[] | null) {
  const { results } = await client.call(apis.DescribeConfigs, 4, {
    resources: [{ resourceType: type, resourceName: name, configurationKeys: keys === null ? null : [...keys] }],
    includeSynonyms: true,
    includeDocumentation: true,
  })
  const [result] = results
  assert.ok(result)
  return result
}

/** Value and source, as `value@source`. */
async function shown(client: RawClient, type: number, name: string, key: string) {
  const { configs } = await describe(client, type, name, [key])
  return [configs[0]?.value, configs[0]?.configSource]
}

test('a config of a topic is told with its source and what else would count', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client, { 'segment.bytes': '1000000' })
  const { errorCode, configs } = await describe(client, topicType, topic, null)
  assert.equal(errorCode, ErrorCode.NONE)
  const segment = configs.find(({ name }) => name === 'segment.bytes')
  assert.deepEqual([segment?.value, segment?.configSource, segment?.readOnly], ['1000000', sources.topic, false])
  assert.deepEqual(
    segment?.synonyms.map(({ name, value, source }) => [name, value, source]),
    [
      ['segment.bytes', '1000000', sources.topic],
      ['log.segment.bytes', '104857600', sources.staticBroker],
      ['log.segment.bytes', '1073741824', sources.default],
    ],
  )
  assert.ok((segment?.documentation ?? '').length > 10)
  const policy = configs.find(({ name }) => name === 'cleanup.policy')
  assert.deepEqual([policy?.value, policy?.configSource], ['delete', sources.default])
  const max = configs.find(({ name }) => name === 'flush.messages')
  assert.equal(max?.value, '9223372036854775807', 'every digit of a long')
})

test('only the keys that are asked for are told, and unknown resources are refused', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  const { configs } = await describe(client, topicType, topic, ['retention.ms', 'no.such.key'])
  assert.deepEqual(
    configs.map(({ name }) => name),
    ['retention.ms'],
  )
  const missing = await describe(client, topicType, 'no-such-topic', null)
  assert.equal(missing.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal((await describe(client, topicType, 'not a name', null)).errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION)
  assert.equal((await describe(client, brokerType, '17', null)).errorCode, ErrorCode.INVALID_REQUEST)
  assert.equal((await describe(client, brokerType, 'one', null)).errorCode, ErrorCode.INVALID_REQUEST)
  assert.equal((await describe(client, 99, 'x', null)).errorCode, ErrorCode.INVALID_REQUEST)
})

test('configs of the broker are told, read-only ones as such', async (t) => {
  const client = await broker.connect(t)
  const { configs } = await describe(client, brokerType, '0', null)
  const named = (key: string) => configs.find(({ name }) => name === key)
  assert.deepEqual([named('broker.id')?.value, named('broker.id')?.readOnly], ['0', true])
  assert.equal(named('message.max.bytes')?.readOnly, false)
  assert.ok(configs.length > 100)
})

test('IncrementalAlterConfigs sets, deletes, appends and subtracts', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  const get = (key: string) => shown(client, topicType, topic, key)
  assert.equal(await alter(client, topicType, topic, [['retention.ms', 'set', '5000']]), ErrorCode.NONE)
  assert.deepEqual(await get('retention.ms'), ['5000', sources.topic])
  assert.equal(await alter(client, topicType, topic, [['cleanup.policy', 'append', 'compact']]), ErrorCode.NONE)
  assert.deepEqual(await get('cleanup.policy'), ['delete,compact', sources.topic])
  assert.equal(await alter(client, topicType, topic, [['cleanup.policy', 'subtract', 'delete']]), ErrorCode.NONE)
  assert.deepEqual(await get('cleanup.policy'), ['compact', sources.topic])
  assert.deepEqual(await get('retention.ms'), ['5000', sources.topic], 'others stay')
  assert.equal(await alter(client, topicType, topic, [['retention.ms', 'delete']]), ErrorCode.NONE)
  assert.deepEqual(await get('retention.ms'), ['604800000', sources.default])
})

test('changes that cannot be are refused, and nothing of them stays', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  const wrong: [changes: readonly Change[], error: number][] = [
    [[['no.such.key', 'set', '1']], ErrorCode.INVALID_CONFIG],
    [[['retention.ms', 'set', 'soon']], ErrorCode.INVALID_CONFIG],
    [[['retention.ms', 'set', '-2']], ErrorCode.INVALID_CONFIG],
    [[['cleanup.policy', 'set', 'shred']], ErrorCode.INVALID_CONFIG],
    [[['retention.ms', 'append', '1']], ErrorCode.INVALID_CONFIG],
    [[['retention.ms', 'set', null]], ErrorCode.INVALID_REQUEST],
    [
      [
        ['retention.ms', 'set', '1'],
        ['retention.ms', 'set', '2'],
      ],
      ErrorCode.INVALID_REQUEST,
    ],
    [
      [
        ['retention.ms', 'set', '777'],
        ['no.such.key', 'set', '1'],
      ],
      ErrorCode.INVALID_CONFIG,
    ],
  ]
  for (const [changes, error] of wrong) {
    assert.equal(await alter(client, topicType, topic, changes), error, JSON.stringify(changes))
  }
  assert.deepEqual(await shown(client, topicType, topic, 'retention.ms'), ['604800000', sources.default])
  assert.equal(
    await alter(client, topicType, 'no-such-topic', [['retention.ms', 'set', '1']]),
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  )
  assert.equal(
    await alter(client, topicType, topic, [['retention.ms', 'set', '888']], { validateOnly: true }),
    ErrorCode.NONE,
  )
  assert.deepEqual(await shown(client, topicType, topic, 'retention.ms'), ['604800000', sources.default])
})

test('changes that come at the same time do not take each other back', async (t) => {
  const clients = await Promise.all(Array.from({ length: 6 }, () => broker.connect(t)))
  const [client] = clients as [RawClient]
  const { topic } = await createTopic(client)
  const keys = ['retention.ms', 'retention.bytes', 'segment.ms', 'flush.ms', 'segment.bytes', 'max.message.bytes']
  const errors = await Promise.all(
    keys.map((key, index) => alter(clients[index] as RawClient, topicType, topic, [[key, 'set', `${index + 50_000}`]])),
  )
  assert.deepEqual(errors, Array(6).fill(ErrorCode.NONE))
  for (const [index, key] of keys.entries()) {
    assert.deepEqual(await shown(client, topicType, topic, key), [`${index + 50_000}`, sources.topic])
  }
})

test('a resource that stands twice in a request is refused', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  const resource = (value: string) => ({
    resourceType: topicType,
    resourceName: topic,
    configs: [{ name: 'retention.ms', configOperation: 0, value }],
  })
  const { responses } = await client.call(apis.IncrementalAlterConfigs, 1, {
    resources: [resource('1'), resource('2')],
    validateOnly: false,
  })
  assert.ok(responses.length > 0 && responses.every(({ errorCode }) => errorCode === ErrorCode.INVALID_REQUEST))
  assert.deepEqual(await shown(client, topicType, topic, 'retention.ms'), ['604800000', sources.default])
})

test('AlterConfigs replaces all configs of a topic', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client, { 'retention.ms': '1', 'segment.ms': '2' })
  for (const version of [0, 1, 2]) {
    const { responses } = await client.call(apis.AlterConfigs, version, {
      resources: [
        { resourceType: topicType, resourceName: topic, configs: [{ name: 'retention.ms', value: `${version}` }] },
      ],
      validateOnly: false,
    })
    assert.equal(responses[0]?.errorCode, ErrorCode.NONE)
    assert.deepEqual(await shown(client, topicType, topic, 'retention.ms'), [`${version}`, sources.topic])
  }
  assert.deepEqual(await shown(client, topicType, topic, 'segment.ms'), ['604800000', sources.default])
})

test('a config of a topic counts from the next request on', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  const large = () => batchOf(['x'.repeat(5000)])
  assert.equal((await produce(client, topic, large())).errorCode, ErrorCode.NONE)
  await alter(client, topicType, topic, [['max.message.bytes', 'set', '1000']])
  assert.equal((await produce(client, topic, large())).errorCode, ErrorCode.MESSAGE_TOO_LARGE)
  await alter(client, topicType, topic, [['max.message.bytes', 'delete']])
  assert.equal((await produce(client, topic, large())).errorCode, ErrorCode.NONE)
})

test('dynamic configs of the broker and of all brokers count for topics without their own', async (t) => {
  const { bootstrap } = await temporaryBroker(t)
  const client = await RawClient.connect(bootstrap)
  defer(t, () => client.close())
  const { topic } = await createTopic(client)
  const own = await createTopic(client, { 'max.message.bytes': '100000' })
  const large = () => batchOf(['x'.repeat(5000)])
  assert.equal(await alter(client, brokerType, '', [['message.max.bytes', 'set', '2000']]), ErrorCode.NONE)
  assert.deepEqual(await shown(client, topicType, topic, 'max.message.bytes'), ['2000', sources.dynamicDefaultBroker])
  assert.equal((await produce(client, topic, large())).errorCode, ErrorCode.MESSAGE_TOO_LARGE)
  assert.equal((await produce(client, own.topic, large())).errorCode, ErrorCode.NONE)
  assert.equal(await alter(client, brokerType, '0', [['message.max.bytes', 'set', '20000']]), ErrorCode.NONE)
  assert.deepEqual(await shown(client, topicType, topic, 'max.message.bytes'), ['20000', sources.dynamicBroker])
  assert.equal((await produce(client, topic, large())).errorCode, ErrorCode.NONE)
  const { configs } = await describe(client, brokerType, '0', ['message.max.bytes'])
  assert.deepEqual(
    configs[0]?.synonyms.map(({ value, source }) => [value, source]),
    [
      ['20000', sources.dynamicBroker],
      ['2000', sources.dynamicDefaultBroker],
      ['1048588', sources.default],
    ],
  )
  await alter(client, brokerType, '0', [['log.retention.ms', 'set', '77000']])
  assert.deepEqual(await shown(client, topicType, topic, 'retention.ms'), ['77000', sources.dynamicBroker])
  const { configs: defaults } = await describe(client, brokerType, '', null)
  assert.deepEqual(
    defaults.map(({ name, value }) => [name, value]),
    [['message.max.bytes', '2000']],
  )
})

test('what cannot be changed while the broker runs is refused', async (t) => {
  const client = await broker.connect(t)
  for (const [key, value] of [
    ['broker.id', '5'],
    ['log.dirs', '/elsewhere'],
    ['no.such.key', '1'],
    ['message.max.bytes', 'large'],
  ] as const) {
    assert.equal(await alter(client, brokerType, '0', [[key, 'set', value]]), ErrorCode.INVALID_REQUEST, key)
  }
  assert.equal(await alter(client, brokerType, '9', [['message.max.bytes', 'set', '1']]), ErrorCode.INVALID_REQUEST)
})

test('configs of topics and brokers are there after a restart', async (t) => {
  const first = await temporaryBroker(t)
  const client = await RawClient.connect(first.bootstrap)
  const { topic } = await createTopic(client, { 'retention.ms': '1111' })
  await alter(client, topicType, topic, [['max.message.bytes', 'set', '2222']])
  await alter(client, brokerType, '0', [['log.retention.bytes', 'set', '3333']])
  await alter(client, brokerType, '', [['log.segment.bytes', 'set', '444444']])
  client.close()
  await first.broker.close()
  const second = await brokerOn(t, first.dir)
  const again = await RawClient.connect(second.bootstrap)
  defer(t, () => again.close())
  assert.deepEqual(await shown(again, topicType, topic, 'retention.ms'), ['1111', sources.topic])
  assert.deepEqual(await shown(again, topicType, topic, 'max.message.bytes'), ['2222', sources.topic])
  assert.deepEqual(await shown(again, topicType, topic, 'retention.bytes'), ['3333', sources.dynamicBroker])
  assert.deepEqual(await shown(again, topicType, topic, 'segment.bytes'), ['444444', sources.dynamicDefaultBroker])
  assert.equal((await produce(again, topic, batchOf(['x'.repeat(5000)]))).errorCode, ErrorCode.MESSAGE_TOO_LARGE)
})

test('retention deletes whole segments by time and by size, and the log begins later', async (t) => {
  const { bootstrap, dir } = await temporaryBroker(t, {
    'log.retention.check.interval.ms': '50',
    'log.segment.delete.delay.ms': '0',
  })
  const client = await RawClient.connect(bootstrap)
  defer(t, () => client.close())
  const logFiles = async (topic: string) =>
    (await readdir(join(dir, 'kafka-logs', `${topic}-0`))).filter((name) => name.endsWith('.log')).length

  const bySize = await createTopic(client, {
    'segment.bytes': '2000',
    'file.delete.delay.ms': '0',
    'retention.ms': '-1',
  })
  for (let batch = 0; batch < 10; batch++) await append(client, bySize.topic, ['x'.repeat(1000)])
  const before = await logFiles(bySize.topic)
  assert.ok(before >= 9)
  await alter(client, topicType, bySize.topic, [['retention.bytes', 'set', '3500']])
  await eventually(async () => {
    const { errorCode, logStartOffset } = await fetchFrom(client, bySize.topic, 9)
    assert.equal(errorCode, ErrorCode.NONE)
    assert.ok(logStartOffset > 5, `${logStartOffset}`)
    assert.ok((await logFiles(bySize.topic)) < before - 5)
  })
  assert.equal((await fetchFrom(client, bySize.topic, 0)).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)

  const byTime = await createTopic(client, { 'segment.bytes': '2000', 'retention.ms': '3600000' })
  const old = batchOfRecords([{ timestamp: Date.now() - 7_200_000, value: Buffer.from('old') }])
  assert.equal((await produce(client, byTime.topic, old)).errorCode, ErrorCode.NONE)
  await eventually(async () => assert.equal((await fetchFrom(client, byTime.topic, 1)).logStartOffset, 1))
  assert.equal(await append(client, byTime.topic, ['next']), 1, 'offsets go on')
})
