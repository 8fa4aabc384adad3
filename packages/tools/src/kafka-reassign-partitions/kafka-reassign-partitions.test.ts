/** Expected texts were recorded from kafka-reassign-partitions of Apache Kafka 3.9.1. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { KafkaAdminClient, TopicPartitionMap } from '@millrace/client'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaReassignPartitions } from './kafka-reassign-partitions.js'
import { parseBrokers, parseExecutablePlan, parsePlan, parseTopics } from './reassignment-file.js'
import { plannedMoves, throttledReplicas } from './throttles.js'

const done = (...lines: readonly string[]) => ({ code: 0, stdout: `${lines.join('\n')}\n`, stderr: '' })

test('assignments are proposed and verified; a broker that moves nothing is told of', async (t) => {
  const { bootstrap, logDir } = await toolBroker(t)
  await using admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  await admin.createTopics([{ name: 'tx', numPartitions: 2, replicationFactor: 1 }])
  const file = async (name: string, content: unknown) => {
    await writeFile(join(logDir, name), JSON.stringify(content))
    return join(logDir, name)
  }
  const run = (...args: readonly string[]) =>
    runCommand(kafkaReassignPartitions, ['--bootstrap-server', bootstrap, ...args])
  assert.deepEqual(await run('--list'), done('No partition reassignments found.'))

  const topics = await file('topics.json', { topics: [{ topic: 'tx' }] })
  const now =
    '{"version":1,"partitions":[{"topic":"tx","partition":0,"replicas":[0],"log_dirs":["any"]},{"topic":"tx","partition":1,"replicas":[0],"log_dirs":["any"]}]}'
  assert.deepEqual(
    await run('--generate', '--topics-to-move-json-file', topics, '--broker-list', '0'),
    done(
      ...['Current partition replica assignment', now, ''],
      ...['Proposed partition reassignment configuration', now],
    ),
  )
  const partitions = [
    { topic: 'tx', partition: 0, replicas: [0] },
    { topic: 'tx', partition: 1, replicas: [0], log_dirs: [logDir] },
  ]
  const plan = await file('plan.json', { version: 1, partitions })
  assert.deepEqual(
    await run('--verify', '--reassignment-json-file', plan, '--preserve-throttles'),
    done(
      ...['Status of partition reassignment:', 'Reassignment of partition tx-0 is completed.'],
      ...['Reassignment of partition tx-1 is completed.', 'Reassignment of replica tx-1-0 completed successfully.'],
    ),
  )
  const elsewhere = await file('elsewhere.json', { partitions: [{ topic: 'tx', partition: 0, replicas: [7] }] })
  assert.deepEqual(await run('--execute', '--reassignment-json-file', elsewhere), {
    code: 1,
    stdout: 'Error: Unknown broker id 7\n',
    stderr: '',
  })
  assert.match(
    (await run('--verify', '--reassignment-json-file', elsewhere, '--preserve-throttles')).stdout,
    /There is no active reassignment of partition tx-0, but replica set is 0 rather than 7\.\n\n$/,
  )
  const executed = await run('--execute', '--reassignment-json-file', plan)
  assert.equal(executed.code, 1)
  assert.match(
    executed.stdout,
    /^Current partition replica assignment\n\n\{.*\}\n\nSave this to use as the --reassignment-json-file option during rollback\n/,
  )
  assert.match(
    executed.stdout,
    /\nError reassigning partition\(s\):\ntx-0: The brokers do not support this: .*\ntx-1: /,
  )
  assert.deepEqual(await run('--cancel', '--reassignment-json-file', plan, '--preserve-throttles'), {
    code: 0,
    stdout:
      'None of the specified partition reassignments are active.\nNone of the specified partition moves are active.',
    stderr: '',
  })
})

test('options that do not go with the action are refused', async () => {
  const refused: [message: string, ...args: string[]][] = [
    ['Option "[throttle]" can\'t be used with action "[list]"', '--list', '--throttle', '4'],
    ['Missing required argument "[reassignment-json-file]"', '--execute'],
    [
      'Command must include exactly one action: --generate, --execute, --verify, --cancel, --list',
      '--list',
      '--execute',
    ],
  ]
  for (const [message, ...args] of refused) {
    const { code, stderr } = await runCommand(kafkaReassignPartitions, ['--bootstrap-server', '127.0.0.1:1', ...args])
    assert.deepEqual({ code, first: stderr.split('\n')[0] }, { code: 1, first: message })
  }
})

test('files that contradict themselves are refused', () => {
  const entry = (partition: number, replicas: readonly number[]) => ({ topic: 'a', partition, replicas })
  const text = (...partitions: readonly unknown[]) => JSON.stringify({ version: 1, partitions })
  const wrong: readonly [text: string, message: string][] = [
    [text(), 'Partition reassignment list cannot be empty'],
    [text(entry(0, [])), 'Partition replica list cannot be empty'],
    [text(entry(0, [1]), entry(0, [2])), 'Partition reassignment contains duplicate topic partitions: a-0'],
    [
      text(entry(0, [1, 2, 1])),
      'Partition replica lists may not contain duplicate entries: a-0 contains multiple entries for 1',
    ],
    [
      text({ ...entry(0, [1, 2]), log_dirs: ['any'] }),
      'Size of replicas list [1, 2] is different from size of log dirs list [any] for partition a-0',
    ],
    ['{"version":2}', 'Not supported version field value 2'],
  ]
  for (const [content, message] of wrong) assert.throws(() => parseExecutablePlan(content), { message })
  const { moves } = parsePlan(text({ ...entry(0, [1, 2]), log_dirs: ['any', '/data'] }))
  assert.deepEqual(moves, [{ replica: { topic: 'a', partition: 0, brokerId: 2 }, logDir: '/data' }])
  assert.throws(() => parseBrokers('1,2,1'), { message: 'Broker list contains duplicate entries: [1]' })
  assert.throws(() => parseTopics('{"topics":[{"topic":"a"},{"topic":"a"}]}'), /duplicate entries: \[a\]/)
})

test('throttled are the replicas that are read, and those that are made', () => {
  const key = (partition: number) => ({ topic: 'a', partition })
  const underWay = new TopicPartitionMap([
    [key(0), { replicas: [1, 2, 3], addingReplicas: [3], removingReplicas: [1] }],
  ])
  const wanted = [
    { partition: key(0), replicas: [2, 4] },
    { partition: key(1), replicas: [2, 3] },
  ]
  const moves = plannedMoves(underWay, wanted, new TopicPartitionMap([[key(1), [1, 2]]]))
  assert.deepEqual([...throttledReplicas(moves, 'sources')], [['a', '0:1,0:2,1:1,1:2']])
  assert.deepEqual([...throttledReplicas(moves, 'destinations')], [['a', '0:4,1:3']])
})
