// Expected texts: kafka-topics of Apache Kafka 3.9.1 on the same broker.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { replicaAssignment } from './change-topics.js'
import { kafkaTopics } from './kafka-topics.js'

test('kafka-topics', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const run = (...args: readonly string[]) => runCommand(kafkaTopics, ['--bootstrap-server', bootstrap, ...args])
  const must = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await run(...args)
    assert.equal(code, 0, stdout + stderr)
    return stdout
  }
  const masked = (text: string) => text.replace(/TopicId: [\w-]{22}/g, 'TopicId: ID')

  await t.test('create, list, describe, alter, delete', async () => {
    assert.equal(await must('--create', '--topic', 'plain'), 'Created topic plain.\n')
    const warning =
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.\n"
    const created = await must('--create', '--topic', 'a.b', '--partitions', '2', '--config', 'retention.ms=1000')
    assert.equal(created, `${warning}Created topic a.b.\n`)
    assert.equal(await must('--list'), 'a.b\nplain\n')
    assert.equal(
      masked(await must('--describe')),
      'Topic: a.b\tTopicId: ID\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: retention.ms=1000\n' +
        '\tTopic: a.b\tPartition: 0\tLeader: 0\tReplicas: 0\tIsr: 0\tElr: \tLastKnownElr: \n' +
        '\tTopic: a.b\tPartition: 1\tLeader: 0\tReplicas: 0\tIsr: 0\tElr: \tLastKnownElr: \n' +
        'Topic: plain\tTopicId: ID\tPartitionCount: 1\tReplicationFactor: 1\tConfigs: \n' +
        '\tTopic: plain\tPartition: 0\tLeader: 0\tReplicas: 0\tIsr: 0\tElr: \tLastKnownElr: \n',
    )
    assert.match(await must('--describe', '--topics-with-overrides'), /^Topic: a\.b\t.*\n$/)
    for (const filter of ['under-replicated', 'unavailable', 'under-min-isr']) {
      assert.equal(await must('--describe', `--${filter}-partitions`), '')
    }
    assert.equal((await must('--describe', '--at-min-isr-partitions')).split('\n').length, 4)
    assert.equal(await must('--alter', '--topic', 'plain', '--partitions', '3'), '')
    assert.match(await must('--describe', '--topic', 'plain'), /PartitionCount: 3/)
    const [first] = JSON.parse(await must('--describe', '--topic', 'pl.*', '--output', 'json'))
    assert.equal(first.partitions.length, 3)
    const byId = await must('--describe', '--topic-id', first.topicId)
    assert.match(byId, /^Topic: plain\t/)
    assert.equal(await must('--delete', '--topic', 'plain,a.b'), '')
    assert.equal(await must('--list'), '\n')
    assert.equal(await must('--list', '--output', 'json'), '[]\n')
  })

  await t.test('what goes wrong is said on stdout, as Kafka’s tool does', async () => {
    await must('--create', '--topic', 'there')
    const failed = async (message: string, ...args: readonly string[]) => {
      const { code, stdout } = await run(...args)
      assert.equal(stdout, `Error while executing topic command : ${message}\n`)
      assert.equal(code, 1)
    }
    await failed("Topic 'there' already exists.", '--create', '--topic', 'there')
    assert.equal(await must('--create', '--topic', 'there', '--if-not-exists'), '')
    await failed("Topic 'nowhere' does not exist as expected", '--describe', '--topic', 'nowhere')
    await failed("Topic 'nowhere' does not exist as expected", '--delete', '--topic', 'nowhere')
    assert.equal(await must('--delete', '--topic', 'nowhere', '--if-exists'), '')
    await failed('The partitions must be greater than 0', '--create', '--topic', 'x', '--partitions', '0')
    await failed(
      'The replication factor must be between 1 and 32767 inclusive',
      ...['--create', '--topic', 'x', '--replication-factor', '0'],
    )
    await failed('( is an invalid regex.', '--describe', '--topic', '(')
  })

  await t.test('options that do not go together', async () => {
    const refused = async (message: string, ...args: readonly string[]) => {
      const { code, stderr } = await run(...args)
      assert.equal(stderr.split('\n')[0], message)
      assert.equal(code, 1)
    }
    const action = 'Command must include exactly one action: --list, --describe, --create, --alter or --delete'
    await refused(action)
    await refused(action, '--list', '--create')
    await refused('Missing required argument "[topic]"', '--create')
    await refused('Missing required argument "[partitions]"', '--alter', '--topic', 'x')
    await refused(`Option "[partitions]" can't be used with option "[list]"`, '--list', '--partitions', '3')
    await refused(
      `Option "[replica-assignment]" can't be used with option "[partitions]"`,
      ...['--create', '--topic', 'x', '--partitions', '1', '--replica-assignment', '0'],
    )
    const { code, stderr } = await runCommand(kafkaTopics, ['--list'])
    assert.match(stderr, /^--bootstrap-server must be specified\n/)
    assert.equal(code, 1)
  })

  await t.test('without arguments the help text and exit code 1; --help, --version', async () => {
    const nothing = await runCommand(kafkaTopics, [])
    assert.equal(nothing.code, 1)
    assert.match(nothing.stderr, /--replication-factor <factor>/)
    const help = await runCommand(kafkaTopics, ['--help'])
    assert.deepEqual([help.code, help.stdout], [0, nothing.stderr])
    assert.match((await runCommand(kafkaTopics, ['--version'])).stdout, /^3\.9\.\d+\n$/)
  })
})

test('kafka-topics by --zookeeper, as in old tutorials: the brokers found there are asked', async (t) => {
  const { zooKeeper = '' } = await toolBroker(t, { 'zookeeper.embedded.port': '0' })
  const run = (...args: readonly string[]) => runCommand(kafkaTopics, ['--zookeeper', zooKeeper, ...args])
  const created = await run('--create', '--topic', 'old', '--partitions', '1', '--replication-factor', '1')
  assert.equal(created.stdout, 'Created topic old.\n')
  assert.match(created.stderr, /^Warning: --zookeeper is deprecated.*\n$/)
  assert.equal((await run('--list')).stdout, 'old\n')
  const nobody = await runCommand(kafkaTopics, ['--zookeeper', `${zooKeeper}/elsewhere`, '--list'])
  assert.match(nobody.stderr, /No broker is registered at .*\/elsewhere: name it by --bootstrap-server\.\n$/)
  assert.equal(nobody.code, 1)
})

test('replica assignments', () => {
  assert.deepEqual(replicaAssignment('0:1,1:0'), { 0: [0, 1], 1: [1, 0] })
  assert.equal(replicaAssignment(''), undefined)
  assert.throws(() => replicaAssignment('0:0'), /may not contain duplicate entries: 0/)
  assert.throws(() => replicaAssignment('0:1,1'), /Partition 1 has different replication factor: \[1\]/)
  assert.throws(() => replicaAssignment('0:x'), /'x' is not the id of a broker/)
})
