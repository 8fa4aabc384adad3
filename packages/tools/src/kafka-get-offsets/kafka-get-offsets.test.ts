/** Expected texts were recorded from kafka-get-offsets of Apache Kafka 3.9.1. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaAdminClient } from '@millrace/client'
import { fill, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaGetOffsets } from './kafka-get-offsets.js'

test('offsets of partitions, in the order of their names', async (t) => {
  const { bootstrap } = await toolBroker(t)
  await using admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  await admin.createTopics([
    { name: 'orders', numPartitions: 11, replicationFactor: 1 },
    { name: 'pay.ments', numPartitions: 1, replicationFactor: 1 },
  ])
  const start = Date.now() - 60_000
  await fill(bootstrap, 'orders', 2, ['a', 'b', 'c'], start)
  await fill(bootstrap, 'orders', 2, ['d'], start + 10_000)
  const get = (...args: readonly string[]) => runCommand(kafkaGetOffsets, ['--bootstrap-server', bootstrap, ...args])
  const done = (...lines: readonly string[]) => ({
    code: 0,
    stdout: lines.map((line) => `${line}\n`).join(''),
    stderr: '',
  })
  const none = [0, 1, 10].map((partition) => `orders:${partition}:0`)
  const rest = [3, 4, 5, 6, 7, 8, 9].map((partition) => `orders:${partition}:0`)
  assert.deepEqual(await get('--exclude-internal-topics'), done(...none, 'orders:2:4', ...rest, 'pay.ments:0:0'))
  assert.deepEqual(await get('--topic', 'orders', '--partitions', '2', '--time', '-2'), done('orders:2:0'))
  assert.deepEqual(await get('--topic', 'orders', '--time', 'max-timestamp'), done('orders:2:3'))
  assert.deepEqual(await get('--topic', 'orders', '--time', String(start + 1)), done('orders:2:3'))
  assert.deepEqual(
    await get('--topic-partitions', 'orders:2-4,pay.*'),
    done('orders:2:4', 'orders:3:0', 'pay.ments:0:0'),
  )
  const json = await get('--topic', 'pay.ments', '--output', 'json')
  assert.deepEqual(JSON.parse(json.stdout), [{ topic: 'pay.ments', partition: 0, offset: 0 }])
  const former = await runCommand(kafkaGetOffsets, ['--broker-list', bootstrap, '--topic', 'pay.ments'])
  assert.equal(former.stdout, 'pay.ments:0:0\n')

  const refused: [message: string, ...args: string[]][] = [
    ['Could not match any topic-partitions with the specified filters', '--topic', 'nope'],
    ['--topic-partitions cannot be used with --topic or --partitions', '--topic', 'a', '--topic-partitions', 'a:1'],
    [
      'Malformed time argument abc. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered, or a specified long format timestamp',
      ...['--time', 'abc'],
    ],
  ]
  for (const [message, ...args] of refused) {
    assert.deepEqual(await get(...args), { code: 1, stdout: '', stderr: `Error occurred: ${message}\n` })
  }
  const misspelt = await get('--no-such')
  assert.equal(misspelt.stderr.split('\n')[0], 'Error occurred: no-such is not a recognized option')
  const nowhere = await runCommand(kafkaGetOffsets, ['--topic', 'a'])
  assert.equal(nowhere.stderr, 'Error occurred: Missing required option(s) [bootstrap-server]\n')
})
