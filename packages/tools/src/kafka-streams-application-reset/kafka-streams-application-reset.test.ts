/** Expected texts were recorded from kafka-streams-application-reset of Apache Kafka 3.9.1. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { KafkaAdminClient, KafkaConsumer } from '@millrace/client'
import { fill, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { isInternalTopic } from './internal-topics.js'
import { kafkaStreamsApplicationReset } from './kafka-streams-application-reset.js'

const T0 = Date.now() - 60_000

async function setUp(t: TestContext) {
  const { bootstrap, logDir } = await toolBroker(t)
  const admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  t.after(() => admin.close())
  const topics = ['in', 'mid', 'app-x-changelog', 'app-z']
  await admin.createTopics(topics.map((name) => ({ name, numPartitions: 2, replicationFactor: 1 })))
  for (let at = 0; at < 10; at++) await fill(bootstrap, 'in', 0, [`v${at}`], T0 + at * 1000)
  await fill(bootstrap, 'mid', 1, ['a', 'b', 'c'])
  await admin.alterConsumerGroupOffsets('app', [[{ topic: 'in', partition: 0 }, { offset: 4 }]])
  const run = (...args: readonly string[]) =>
    runCommand(kafkaStreamsApplicationReset, ['--bootstrap-server', bootstrap, '--application-id', 'app', ...args])
  return { bootstrap, logDir, admin, run }
}

const DRY = '----Dry run displays the actions which will be performed when running Streams Reset Tool----'
const text = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

test('what would be done is shown', async (t) => {
  const { run, admin } = await setUp(t)
  const { code, stdout, stderr } = await run(
    '--input-topics',
    'in,nope',
    '--intermediate-topics',
    'mid,nop2',
    '--dry-run',
  )
  assert.deepEqual({ code, stderr }, { code: 1, stderr: '' })
  assert.equal(
    stdout,
    text(
      ...[DRY, 'Reset-offsets for input topics [in, nope]', 'Seek-to-end for intermediate topics [mid, nop2]'],
      ...['Following input topics are not found, skipping them', 'Topic: nope'],
      ...['Following intermediate topics are not found, skipping them', 'Topic:nop2'],
      'Following input topics offsets will be reset to (for consumer group app)',
      ...['Topic: in Partition: 1 Offset: 0', 'Topic: in Partition: 0 Offset: 0'],
      'Following intermediate topics offsets will be reset to end (for consumer group app)',
      ...['Topic: mid', 'Topic: mid', 'Done.', 'Deleting inferred internal topics [app-x-changelog]', 'Done.'],
    ),
  )
  assert.ok((await admin.listTopics()).has('app-x-changelog'))
})

test('every way to say where input topics are read from', async (t) => {
  const { run, logDir } = await setUp(t)
  const file = join(logDir, 'plan.csv')
  await writeFile(file, 'in,0,3\nin,1,0\n')
  const ways: [expected: string, ...args: string[]][] = [
    ['3 0', '--to-offset', '3'],
    ['6 0', '--shift-by', '2'],
    ['0 0', '--shift-by', '-20'],
    ['10 0', '--to-latest'],
    ['0 0', '--to-earliest'],
    ['3 0', '--from-file', file],
    ['5 0', '--to-datetime', new Date(T0 + 5000).toISOString()],
    ['10 0', '--by-duration', 'PT1S'],
  ]
  for (const [expected, ...args] of ways) {
    const { stdout } = await run('--input-topics', 'in', '--dry-run', ...args)
    const offsets = [...stdout.matchAll(/^Topic: in Partition: \d Offset: (\d+)$/gm)].map(([, offset]) => offset)
    // Partition 1 comes first, as in Java's HashMap.
    assert.equal(offsets.reverse().join(' '), expected, args.join(' '))
  }
})

test('offsets are set and internal topics deleted', async (t) => {
  const { run, admin } = await setUp(t)
  const { code, stdout } = await run('--input-topics', 'in', '--intermediate-topics', 'mid', '--output', 'json')
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(stdout).deletedTopics, ['app-x-changelog'])
  const offsets = (await admin.listConsumerGroupOffsets(['app'])).get('app')
  assert.equal(offsets?.get({ topic: 'in', partition: 0 })?.offset, 0)
  assert.equal(offsets?.get({ topic: 'mid', partition: 1 })?.offset, 3)
  const topics = await admin.listTopics()
  assert.deepEqual([topics.has('app-x-changelog'), topics.has('app-z')], [false, true])
})

test('an application that runs is left alone, unless it is forced', async (t) => {
  const { bootstrap, run } = await setUp(t)
  const consumer = new KafkaConsumer({ 'bootstrap.servers': bootstrap, 'group.id': 'app', 'group.instance.id': 'one' })
  t.after(() => consumer.close())
  consumer.subscribe(['mid'])
  while (consumer.assignment().length === 0) await consumer.poll({ timeoutMs: 100 })
  const { code, stderr } = await run('--dry-run')
  assert.equal(code, 1)
  assert.match(stderr, /^ERROR: Consumer group 'app' is still active and has following members: \[one-/)
  const forced = await run('--dry-run', '--force')
  assert.match(forced.stdout, /^Force deleting all active members in the group: app\n/)
})

test('which topics are internal', async (t) => {
  assert.equal(isInternalTopic('app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000014-topic', 'app'), true)
  assert.equal(isInternalTopic('app-store-repartition', 'app'), true)
  assert.equal(isInternalTopic('other-store-repartition', 'app'), false)
  assert.equal(isInternalTopic('app-output', 'app'), false)
  const { run } = await setUp(t)
  const wrong = await run('--internal-topics', 'app-z', '--dry-run')
  assert.match(wrong.stderr, /^ERROR: Invalid topic specified in the --internal-topics option\. /)
  const clash = await run('--to-latest', '--to-earliest')
  assert.match(clash.stderr, /^Option "\[to-earliest\]" can't be used with option "\[to-latest\]"/)
})
