import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaVerifiableConsumer } from './kafka-verifiable-consumer.js'
import { kafkaVerifiableProducer } from './kafka-verifiable-producer.js'

/** Lines with what changes from run to run masked. Their shape is that of the tools of Apache Kafka 3.9.1. */
function events(stdout: string): readonly string[] {
  const masked = stdout
    .replaceAll(/"timestamp":\d+/g, '"timestamp":T')
    .replaceAll(/"avg_throughput":[\d.]+/g, '"avg_throughput":N')
  return masked.split('\n').slice(0, -1)
}

const event = (name: string, fields = '') => `{"timestamp":T,"name":"${name}"${fields === '' ? '' : `,${fields}`}}`

test('what the producer wrote is what the consumer sees, and commits', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const topic = ['--topic', 'v', '--bootstrap-server', bootstrap]
  const sent = await runCommand(kafkaVerifiableProducer, [
    ...[...topic, '--max-messages', '3', '--value-prefix', '7', '--repeating-keys', '2'],
    ...['--throughput', '1000', '--acks', '1', '--message-create-time', '1700000000000'],
  ])
  assert.deepEqual([sent.code, sent.stderr], [0, ''])
  const success = (key: number, number: number) =>
    event('producer_send_success', `"key":"${key}","value":"7.${number}","offset":${number},"topic":"v","partition":0`)
  assert.deepEqual(events(sent.stdout), [
    event('startup_complete'),
    success(0, 0),
    success(1, 1),
    success(0, 2),
    event('shutdown_complete'),
    event('tool_data', '"sent":3,"acked":3,"target_throughput":1000,"avg_throughput":N'),
  ])

  const group = [...topic, '--group-id', 'g', '--max-messages', '2', '--verbose']
  const read = await runCommand(kafkaVerifiableConsumer, group)
  assert.deepEqual([read.code, read.stderr], [0, ''])
  const partition = '"topic":"v","partition":0'
  assert.deepEqual(events(read.stdout), [
    event('startup_complete'),
    event('partitions_assigned', `"partitions":[{${partition}}]`),
    event('record_data', `"key":"0","value":"7.0",${partition},"offset":0`),
    event('record_data', `"key":"1","value":"7.1",${partition},"offset":1`),
    event('records_consumed', `"count":3,"partitions":[{${partition},"count":2,"minOffset":0,"maxOffset":1}]`),
    event('offsets_committed', `"offsets":[{${partition},"offset":2}],"success":true`),
    event('partitions_revoked', `"partitions":[{${partition}}]`),
    event('shutdown_complete'),
  ])

  const rest = await runCommand(
    kafkaVerifiableConsumer,
    [...group, '--max-messages=1'].filter((arg) => arg !== '2' && arg !== '--max-messages'),
  )
  assert.match(rest.stdout, /"count":1,"minOffset":2,"maxOffset":2/)
})

test('Ctrl-C: the consumer leaves its group, the producer tells what it did', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const topic = ['--topic', 'w', '--bootstrap-server', bootstrap]
  const stopped = { interruption: AbortSignal.timeout(300) }
  const sent = await runCommand(kafkaVerifiableProducer, [...topic, '--throughput', '100'], stopped)
  assert.match(sent.stdout, /"name":"shutdown_complete"\}\n.*"name":"tool_data","sent":(\d+),"acked":\1,/)
  const reading = { interruption: AbortSignal.timeout(700) }
  const read = await runCommand(kafkaVerifiableConsumer, [...topic, '--group-id', 'g', '--enable-autocommit'], reading)
  assert.deepEqual([read.code, read.stderr], [0, ''])
  const names = events(read.stdout).map((line) => /"name":"(\w+)"/.exec(line)?.[1])
  assert.deepEqual(
    [...new Set(names)],
    ['startup_complete', 'partitions_assigned', 'records_consumed', 'partitions_revoked', 'shutdown_complete'],
  )
})

test('a record that fails is an event', async (t) => {
  const { bootstrap } = await toolBroker(t, { 'message.max.bytes': '60' })
  const { stdout } = await runCommand(kafkaVerifiableProducer, [
    '--topic',
    'x',
    '--broker-list',
    bootstrap,
    '--max-messages',
    '1',
  ])
  const [, failed] = events(stdout)
  assert.match(
    failed ?? '',
    /"name":"producer_send_error","topic":"x","key":null,"value":"0","exception":"MESSAGE_TOO_LARGE","message":"/,
  )
})

test('options that are missing are one sentence', async () => {
  const cases = [
    [kafkaVerifiableProducer, ['--topic', 'x'], 'one of the arguments --bootstrap-server --broker-list is required'],
    [kafkaVerifiableProducer, ['--bootstrap-server', 'x'], 'argument --topic is required'],
    [kafkaVerifiableConsumer, ['--topic', 'x', '--bootstrap-server', 'x'], 'argument --group-id is required'],
  ] as const
  for (const [tool, args, expected] of cases) {
    const { code, stderr } = await runCommand(tool, args)
    assert.deepEqual([code, stderr.split('\n')[0]], [1, expected])
  }
})
