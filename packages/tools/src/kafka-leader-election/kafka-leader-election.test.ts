import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaLeaderElection, parseElectionFile } from './kafka-leader-election.js'

test('options that do not go together are refused, in the words of Kafka 3.9.1', async () => {
  const refused: [message: string, ...args: string[]][] = [
    ['Missing required option(s): election-type', '--topic', 'x'],
    ['Missing required option(s): partition', '--election-type', 'unclean', '--topic', 'x'],
    [
      'One and only one of the following options is required: topic, all-topic-partitions, path-to-json-file',
      ...['--election-type', 'preferred', '--partition', '0'],
    ],
    [
      'Option partition is only allowed if topic is used',
      ...['--election-type', 'PREFERRED', '--partition', '0', '--all-topic-partitions'],
    ],
  ]
  for (const [message, ...args] of refused) {
    const result = await runCommand(kafkaLeaderElection, ['--bootstrap-server', '127.0.0.1:1', ...args])
    assert.deepEqual(result, { code: 1, stdout: '', stderr: `${message}\n` })
  }
})

test('a broker that elects no leaders is told of', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const args = ['--bootstrap-server', bootstrap, '--election-type', 'preferred', '--topic', 'x', '--partition', '0']
  const { code, stderr } = await runCommand(kafkaLeaderElection, args)
  assert.equal(code, 1)
  assert.match(stderr, /^The brokers do not support this: ElectLeaders/)
})

test('the file names partitions, each once', () => {
  const entry = { topic: 'a', partition: 1 }
  assert.deepEqual(parseElectionFile(JSON.stringify({ partitions: [entry] })), [entry])
  assert.throws(() => parseElectionFile(JSON.stringify({ partitions: [entry, entry] })), {
    message: 'Replica election data contains duplicate partitions: [a-1]',
  })
  assert.throws(() => parseElectionFile('{}'), { message: 'Replica election data is missing "partitions" field' })
  assert.throws(() => parseElectionFile(''), { message: 'Replica election data is empty' })
})
