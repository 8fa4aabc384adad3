/** Expected texts were recorded from kafka-transactions of Apache Kafka 3.9.1. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaAdminClient } from '@millrace/client'
import { fill, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaTransactions } from './kafka-transactions.js'

test('the producers of a partition are shown', async (t) => {
  const { bootstrap } = await toolBroker(t)
  await using admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  await admin.createTopics([{ name: 'orders', numPartitions: 1, replicationFactor: 1 }])
  await fill(bootstrap, 'orders', 0, ['a'])
  const args = ['--bootstrap-server', bootstrap, 'describe-producers', '--topic', 'orders', '--partition', '0']
  const { code, stdout } = await runCommand(kafkaTransactions, args)
  assert.equal(code, 0)
  const [headings = '', row = ''] = stdout.split('\n')
  assert.equal(
    headings,
    'ProducerId\tProducerEpoch\tLatestCoordinatorEpoch\tLastSequence\tLastTimestamp\tCurrentTransactionStartOffset\t',
  )
  assert.match(row, /^\d+ +\t0 {12}\t-1 {20}\t0 {11}\t\d{13}\tNone {25}\t$/)
  const json = await runCommand(kafkaTransactions, [...args, '--output', 'json'])
  assert.equal(JSON.parse(json.stdout)[0].currentTransactionStartOffset, 'None')
})

test('options may stand before and behind the command; what is missing is told', async () => {
  const refused: [message: string, ...args: string[]][] = [
    [
      'The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search',
      'find-hanging',
    ],
    [
      'The --partition argument requires --topic to be provided',
      'find-hanging',
      '--broker-id',
      '1',
      '--partition',
      '0',
    ],
    [
      'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)',
      ...['abort', '--topic', 'x', '--partition', '0'],
    ],
    ['Missing required argument --producer-epoch', 'abort', '--topic', 'x', '--partition', '0', '--producer-id', '1'],
    ['kafka-transactions.sh: error: argument --transactional-id is required', 'describe'],
  ]
  for (const [message, ...args] of refused) {
    const result = await runCommand(kafkaTransactions, ['--bootstrap-server', '127.0.0.1:1', ...args])
    assert.deepEqual(result, { code: 1, stdout: '', stderr: `${message}\n` })
  }
  const nowhere = await runCommand(kafkaTransactions, ['list', '--output', 'text'])
  assert.equal(nowhere.stderr, 'kafka-transactions.sh: error: argument --bootstrap-server is required\n')
})
