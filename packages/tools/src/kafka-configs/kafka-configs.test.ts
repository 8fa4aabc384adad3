/** Expected texts were recorded from kafka-configs of Apache Kafka 3.9.1. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { KafkaAdminClient } from '@millrace/client'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaConfigs } from './kafka-configs.js'
import { quotaLine } from './quotas.js'
import { formerConfigsLine, formerEntityName } from './zookeeper-texts.js'

async function setUp(t: TestContext) {
  const { bootstrap, logDir } = await toolBroker(t)
  await using admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  await admin.createTopics([{ name: 'orders', numPartitions: 1, replicationFactor: 1 }])
  const run = (...args: readonly string[]) => runCommand(kafkaConfigs, ['--bootstrap-server', bootstrap, ...args])
  return { bootstrap, logDir, run }
}

const done = (stdout: string) => ({ code: 0, stdout, stderr: '' })

test('settings of a topic are added, shown and deleted', async (t) => {
  const { run, logDir } = await setUp(t)
  assert.deepEqual(await run('--describe', '--topic', 'orders'), done('Dynamic configs for topic orders are:\n'))
  const added = await run(
    '--alter',
    '--topic',
    'orders',
    '--add-config',
    'retention.ms=1000000,cleanup.policy=[compact,delete]',
  )
  assert.deepEqual(added, done('Completed updating config for topic orders.\n'))
  assert.deepEqual(
    await run('--describe', '--entity-type', 'topics', '--entity-name', 'orders'),
    done(
      [
        'Dynamic configs for topic orders are:',
        '  cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, DEFAULT_CONFIG:log.cleanup.policy=delete}',
        '  retention.ms=1000000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1000000}',
        '',
      ].join('\n'),
    ),
  )
  assert.deepEqual(await run('--alter', '--topic', 'orders', '--delete-config', 'retention.ms,nope'), {
    code: 1,
    stdout: '',
    stderr: 'Invalid config(s): nope\n',
  })
  const file = join(logDir, 'topic.properties')
  await writeFile(file, 'max.message.bytes = 5000\n')
  await run('--alter', '--topic', 'orders', '--delete-config', 'retention.ms', '--add-config-file', file)
  const [described] = JSON.parse((await run('--describe', '--topic', 'orders', '--output', 'json')).stdout)
  const values = described.configs.map(({ name, value }: { name: string; value: string }) => `${name}=${value}`)
  assert.deepEqual(values, ['cleanup.policy=compact,delete', 'max.message.bytes=5000'])
  const all = await run('--describe', '--topic', 'orders', '--all')
  assert.match(all.stdout, /^All configs for topic orders are:\n(.*\n)* {2}compression.type=producer /)
})

test('what a broker refuses is told in one sentence', async (t) => {
  const { run } = await setUp(t)
  const args = ['--alter', '--topic', 'orders', '--add-config', 'retention.ms=x']
  const { code, stderr } = await run(...args)
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^Error while executing config command with args '--bootstrap-server \S+ --alter --topic orders --add-config retention.ms=x'\nInvalid value x for configuration retention.ms.*\n$/,
  )
  const missing = await run('--describe', '--topic', 'nope')
  assert.equal(missing.stdout, 'Dynamic configs for topic nope are:\n')
  assert.match(missing.stderr, /\nThe topic nope does not exist\.\n$/)
  const users = await run('--describe', '--entity-type', 'users')
  assert.equal(users.code, 1)
  assert.match(users.stderr, /\nThe brokers do not support this: .*DescribeClientQuotas/)
})

test('settings of one broker, of all brokers, and its loggers', async (t) => {
  const { run } = await setUp(t)
  const [one, all] = [
    ['--broker', '0'],
    ['--entity-type', 'brokers', '--entity-default'],
  ] as const
  const add = ['--alter', '--add-config', 'log.cleaner.threads=2']
  assert.deepEqual(await run(...add, ...one), done('Completed updating config for broker 0.\n'))
  assert.equal(
    (await run('--describe', ...one)).stdout,
    'Dynamic configs for broker 0 are:\n  log.cleaner.threads=2 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:log.cleaner.threads=2, DEFAULT_CONFIG:log.cleaner.threads=1}\n',
  )
  await run('--alter', ...one, '--delete-config', 'log.cleaner.threads')
  assert.deepEqual(await run(...add, ...all), done('Completed updating default config for brokers in the cluster.\n'))
  assert.equal(
    (await run('--describe', '--entity-type', 'brokers')).stdout,
    'Dynamic configs for broker 0 are:\nDefault configs for brokers in the cluster are:\n  log.cleaner.threads=2 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:log.cleaner.threads=2}\n',
  )
  const loggers = await run('--describe', '--broker-logger', '0')
  assert.match(
    loggers.stdout,
    /^Dynamic configs for broker-logger 0 are:\n(.*\n)* {2}root=INFO sensitive=false synonyms=\{\}\n/,
  )
  const unknown = await run('--alter', '--broker-logger', '0', '--add-config', 'kafka=DEBUG')
  assert.equal(unknown.stderr, 'Invalid broker logger(s): kafka\n')
})

test('options that do not go together are refused before anything is asked', async () => {
  const refused: [message: string, ...args: string[]][] = [
    ['At least one entity type must be specified', '--describe'],
    ['Command must include exactly one action: --describe, --alter', '--topic', 'orders'],
    [
      "Only 'users' and 'clients' entity types may be specified together",
      '--describe',
      '--topic',
      'a',
      '--broker',
      '0',
    ],
    [
      'At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter',
      ...['--alter', '--topic', 'a'],
    ],
    ['Duplicate entity type(s) specified: topics', '--alter', '--topic', 'a', '--entity-type', 'topics'],
    ['The entity name for brokers must be a valid integer broker id, but it is: x', '--describe', '--broker', 'x'],
    [
      'Option "[describe]" can\'t be used with option "[add-config]"',
      '--describe',
      '--topic',
      'a',
      '--add-config',
      'x=y',
    ],
    [
      'Iterations 100 is less than the minimum 4096 required for SCRAM-SHA-256',
      ...['--alter', '--user', 'a', '--add-config', 'SCRAM-SHA-256=[iterations=100,password=x]'],
    ],
    [
      "Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: x",
      ...['--alter', '--ip-defaults', '--add-config', 'x=10'],
    ],
    [
      "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.",
      ...['--alter', '--user', 'a', '--add-config', 'SCRAM-SHA-256=[password=x],producer_byte_rate=1'],
    ],
  ]
  for (const [message, ...args] of refused) {
    const { code, stdout, stderr } = await runCommand(kafkaConfigs, ['--bootstrap-server', '127.0.0.1:1', ...args])
    assert.deepEqual({ code, stdout, first: stderr.split('\n')[0] }, { code: 1, stdout: '', first: message })
  }
})

test('quotas are told by user, client and address', () => {
  const quotas = new Map([
    ['producer_byte_rate', 1024],
    ['consumer_byte_rate', 20_971_520],
  ])
  assert.equal(
    quotaLine({ entity: { user: 'alice', 'client-id': null }, quotas }),
    "Quota configs for user-principal 'alice', the default client-id are consumer_byte_rate=2.097152E7, producer_byte_rate=1024.0",
  )
})

test('with --zookeeper the texts are those of Kafka 2.5', () => {
  const entities = { types: ['users', 'clients'], names: ['alice', ''] } as const
  assert.equal(formerEntityName(entities), "user-principal 'alice', default client-id")
  assert.equal(formerConfigsLine({ types: ['topics'], names: ['orders'] }, []), "Configs for topic 'orders' are ")
})
