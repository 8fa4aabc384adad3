/** Expected texts were recorded from kafka-log-dirs of Apache Kafka 3.9.1. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaAdminClient } from '@millrace/client'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaLogDirs } from './kafka-log-dirs.js'

test('log directories are shown as JSON, fields in the order of the Java tool', async (t) => {
  const { bootstrap, logDir } = await toolBroker(t)
  await using admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  await admin.createTopics([{ name: 'orders', numPartitions: 1, replicationFactor: 1 }])
  const run = (...args: readonly string[]) => runCommand(kafkaLogDirs, ['--bootstrap-server', bootstrap, ...args])
  const partition = '{"partition":"orders-0","size":0,"offsetLag":0,"isFuture":false}'
  const document = (partitions: string) =>
    `{"brokers":[{"broker":0,"logDirs":[{"partitions":[${partitions}],"error":null,"logDir":"${logDir}"}]}],"version":1}\n`
  assert.deepEqual(await run('--describe', '--topic-list', 'orders'), {
    code: 0,
    stdout: `Querying brokers for log directories information\nReceived log directory information from brokers 0\n${document(partition)}`,
    stderr: '',
  })
  const json = await run('--describe', '--broker-list', '0', '--topic-list', 'nope', '--output', 'json')
  assert.equal(json.stdout, document(''))
  assert.deepEqual(await run('--describe', '--broker-list', '0,7'), {
    code: 1,
    stdout: '',
    stderr: 'ERROR: The given brokers do not exist from --broker-list: 7. Current existent brokers: 0\n',
  })
  assert.match((await run('--topic-list', 'x')).stderr, /^Missing required argument "\[describe\]"/)
})
