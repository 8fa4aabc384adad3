/** Expected texts were recorded from kafka-consumer-groups of Apache Kafka 3.9.1, rows of tables on lines of their own as in 2.5. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { KafkaAdminClient, KafkaConsumer } from '@millrace/client'
import { fill, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaConsumerGroups } from './kafka-consumer-groups.js'

const T0 = Date.now() - 60_000

/** Topic `orders` with ten records in each of three partitions; groups `away` and `gone` that have left offsets. */
async function setUp(t: TestContext) {
  const { bootstrap, logDir } = await toolBroker(t)
  await using admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  await admin.createTopics([{ name: 'orders', numPartitions: 3, replicationFactor: 1 }])
  for (const partition of [0, 1, 2]) {
    for (let at = 0; at < 10; at++) await fill(bootstrap, 'orders', partition, [`v${at}`], T0 + at * 1000)
  }
  const at = (partition: number, offset: number) => [{ topic: 'orders', partition }, { offset }] as const
  await admin.alterConsumerGroupOffsets('away', [at(0, 4), at(1, 5)])
  await admin.alterConsumerGroupOffsets('gone', [at(2, 1)])
  const run = (...args: readonly string[]) =>
    runCommand(kafkaConsumerGroups, ['--bootstrap-server', bootstrap, ...args])
  const lines = async (...args: readonly string[]) => (await run(...args)).stdout.split('\n')
  return { bootstrap, logDir, run, lines }
}

test('groups are listed, with their states and types', async (t) => {
  const { run } = await setUp(t)
  assert.deepEqual(await run('--list'), { code: 0, stdout: 'away\ngone\n', stderr: '' })
  const listed = await run('--list', '--type', '--state', 'empty')
  assert.equal(
    listed.stdout,
    [
      'GROUP                     TYPE                 STATE               ',
      'away                      Classic              Empty               ',
      'gone                      Classic              Empty               ',
      '',
    ].join('\n'),
  )
  const { code, stderr } = await run('--list', '--state', 'bad')
  assert.equal(code, 1)
  assert.match(stderr, /^Invalid state list 'bad'\. Valid states are: PreparingRebalance, CompletingRebalance, Stable,/)
})

test('a group without members is described by its offsets', async (t) => {
  const { run } = await setUp(t)
  assert.deepEqual(await run('--describe', '--group', 'away'), {
    code: 0,
    stdout: [
      '',
      'GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID',
      'away            orders          0          4               10              6               -               -               -',
      'away            orders          1          5               10              5               -               -               -',
      '',
    ].join('\n'),
    stderr: "\nConsumer group 'away' has no active members.\n",
  })
  const json = await run('--describe', '--all-groups', '--output', 'json')
  const [away, gone] = JSON.parse(json.stdout)
  assert.equal(away.group, 'away')
  assert.deepEqual(gone.partitions, [{ topic: 'orders', partition: 2, currentOffset: 1, logEndOffset: 10, lag: 9 }])
  const state = await run('--describe', '--group', 'away', '--state')
  assert.match(
    state.stdout,
    /^\nGROUP {21}COORDINATOR \(ID\) {10}ASSIGNMENT-STRATEGY {2}STATE {11}#MEMBERS\naway {22}127/,
  )
  assert.match(state.stdout, / {2}\(0\) +Empty {11}0\n$/)
})

test('what is not there is told', async (t) => {
  const { run } = await setUp(t)
  const stdout = "\nError: Consumer group 'nope' does not exist.\n"
  assert.deepEqual(await run('--describe', '--group', 'nope'), { code: 0, stdout, stderr: '' })
  assert.deepEqual(await run('--describe', '--group', 'nope', '--state'), { code: 0, stdout, stderr: '' })
  const { stdout: table } = await run('--reset-offsets', '--group', 'g', '--topic', 'no', '--to-latest', '--dry-run')
  assert.match(table, /^\nError: Executing consumer group command failed due to .*topic/)
})

test('members are described, and keep their offsets', async (t) => {
  const { bootstrap, run } = await setUp(t)
  const consumer = new KafkaConsumer({
    'bootstrap.servers': bootstrap,
    'group.id': 'live',
    'client.id': 'reader',
    'group.instance.id': 'first',
  })
  t.after(() => consumer.close())
  consumer.subscribe(['orders'])
  while (consumer.assignment().length === 0) await consumer.poll({ timeoutMs: 100 })
  await consumer.commitSync()
  const members = await run('--describe', '--group', 'live', '--members', '--verbose')
  assert.match(
    members.stdout,
    /^\nGROUP {11}CONSUMER-ID {32}GROUP-INSTANCE-ID HOST {12}CLIENT-ID {7}#PARTITIONS {5}ASSIGNMENT\nlive {12}first-[0-9a-f-]{36} +first {13}\/127.0.0.1 {6}reader {10}3 {15}\(0,1,2\)\n$/,
  )
  assert.match(
    (await run('--describe', '--group', 'live')).stdout,
    /\nlive {12}orders {10}0 .* first-\S+ \/127.0.0.1 {6}reader\n/,
  )
  const reset = await run('--reset-offsets', '--group', 'live', '--all-topics', '--to-earliest', '--execute')
  assert.match(
    reset.stdout,
    /^\nError: Assignments can only be reset if the group 'live' is inactive, but the current state is Stable.\n/,
  )
  const deleted = await run('--delete', '--group', 'live', '--group', 'gone')
  assert.match(
    deleted.stdout,
    /^\nError: Deletion of some consumer groups failed:\n\* Group 'live' could not be deleted due to: /,
  )
  assert.match(deleted.stdout, /\n\nThese consumer groups were deleted successfully: 'gone', '\n$/)
  const forgotten = await run('--delete-offsets', '--group', 'live', '--topic', 'orders:0')
  assert.match(
    forgotten.stdout,
    /^\nError: Encounter some partition level error, see the follow-up details:\n\nTOPIC {26}PARTITION {7}STATUS {9}\norders {25}0 {15}Error: :/,
  )
})

test('every way to say where offsets go', async (t) => {
  const { lines } = await setUp(t)
  const after3 = new Date(T0 + 3000).toISOString()
  const goals: [expected: string, ...args: string[]][] = [
    ['0:0 1:0 2:0', '--topic', 'orders', '--to-earliest'],
    ['0:10 1:10 2:10', '--topic', 'orders', '--to-latest'],
    ['0:4 1:5 2:10', '--topic', 'orders', '--to-current'],
    ['0:7 1:8', '--all-topics', '--shift-by', '3'],
    ['0:0 1:0', '--all-topics', '--shift-by', '-30'],
    ['0:7 2:7', '--topic', 'orders:0,2', '--to-offset', '7'],
    ['1:10', '--topic', 'orders:1', '--to-offset', '700'],
    ['0:3 1:3 2:3', '--topic', 'orders', '--to-datetime', after3],
    ['0:0 1:0 2:0', '--topic', 'orders', '--by-duration', 'PT2M'],
    ['0:10', '--topic', 'orders:0', '--by-duration', 'PT1S'],
  ]
  for (const [expected, ...args] of goals) {
    const table = await lines('--reset-offsets', '--group', 'away', '--dry-run', ...args)
    const rows = table
      .filter((line) => line.startsWith('away '))
      .map((line) => line.trim().split(/ +/).slice(2).join(':'))
    assert.equal(rows.join(' '), expected, args.join(' '))
  }
})

test('offsets are set with --execute only, and a plan can be kept in a file', async (t) => {
  const { run, logDir } = await setUp(t)
  const plan = ['--reset-offsets', '--group', 'away', '--topic', 'orders:0', '--to-offset', '7']
  const told = await run(...plan)
  assert.equal(
    told.stdout,
    '\nGROUP                          TOPIC                          PARTITION  NEW-OFFSET     \naway                           orders                         0          7              \n',
  )
  assert.match(told.stderr, /^WARN: No action will be performed as the --execute option is missing\./)
  const exported = await run(...plan, '--dry-run', '--export')
  assert.deepEqual(exported, { code: 0, stdout: 'orders,0,7\n\n', stderr: '' })
  const offset = async () => JSON.parse((await run('--describe', '--group', 'away', '--output', 'json')).stdout)[0]
  assert.equal((await offset()).partitions[0].currentOffset, 4)

  const file = join(logDir, 'plan.csv')
  await writeFile(file, exported.stdout)
  const executed = await run('--reset-offsets', '--group', 'away', '--from-file', file, '--execute')
  assert.equal(executed.stdout, told.stdout)
  assert.equal((await offset()).partitions[0].currentOffset, 7)
  const both = await run(
    '--reset-offsets',
    '--all-groups',
    '--topic',
    'orders:0',
    '--to-earliest',
    '--dry-run',
    '--export',
  )
  assert.equal(both.stdout, 'away,orders,0,0\ngone,orders,0,0\n\n')
})

test('offsets are forgotten, and groups deleted', async (t) => {
  const { run } = await setUp(t)
  assert.equal(
    (await run('--delete-offsets', '--group', 'away', '--topic', 'orders:1')).stdout,
    'Request succeed for deleting offsets with topic orders:1 group away\n\nTOPIC                          PARTITION       STATUS         \norders                         1               Successful     \n',
  )
  const unknown = await run('--delete-offsets', '--group', 'away', '--topic', 'orders:0', '--topic', 'nope')
  assert.match(unknown.stdout, /\nnope {27}Not Provided {4}Error: :.+\norders {25}0 {15}Successful {5}\n$/)
  assert.equal(
    (await run('--delete', '--group', 'gone')).stdout,
    "Deletion of requested consumer groups ('gone') was successful.\n",
  )
})

test('options that do not go together are refused before anything is asked', async () => {
  const refused: [message: string, ...args: string[]][] = [
    ['Missing required argument "[bootstrap-server]"', '--list'],
    [
      'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets',
      ...['--bootstrap-server', 'a:1', '--list', '--describe'],
    ],
    ['Option "[group]" can\'t be used with option "[list]"', '--bootstrap-server', 'a:1', '--list', '--group', 'x'],
    [
      'Option [describe] does not take a value for [state]',
      '--bootstrap-server',
      'a:1',
      '--describe',
      '--group',
      'x',
      '--state',
      'y',
    ],
    [
      'Option [describe] takes at most one of these options: [members], [offsets], [state]',
      ...['--bootstrap-server', 'a:1', '--describe', '--group', 'x', '--state', '--members'],
    ],
    [
      'Option [reset-offsets] only accepts one of [execute] and [dry-run]',
      ...['--bootstrap-server', 'a:1', '--reset-offsets', '--group', 'x', '--execute', '--dry-run'],
    ],
    [
      "Invalid partition 'x' specified in topic arg 'orders:x''",
      ...['--bootstrap-server', 'a:1', '--delete-offsets', '--group', 'x', '--topic', 'orders:x'],
    ],
  ]
  for (const [message, ...args] of refused) {
    const { code, stdout, stderr } = await runCommand(kafkaConsumerGroups, args)
    assert.deepEqual({ code, stdout, first: stderr.split('\n')[0] }, { code: 1, stdout: '', first: message })
  }
})
