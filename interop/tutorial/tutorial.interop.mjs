// A tutorial for Apache Kafka with ZooKeeper, typed line by line in a fresh clone: the two servers with the files of etc/,
// the command lines with and without `.sh`, and what is to be seen after each.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { until } from '../lib/programs.mjs'
import { freshClone } from './clone.mjs'
import { findPlace } from './place.mjs'
import { Terminal } from './terminal.mjs'

const home = mkdtempSync(join(tmpdir(), 'millrace-tutorial-'))
const clone = join(home, 'clone')
const servers = {}
let place
let terminal

before(async () => {
  await freshClone(clone)
  place = await findPlace(home)
  if (!place.asPrinted) console.log('# No namespaces: the tutorial is typed with other ports and folders.')
  // As they are in the clone but for ports and folders, where those are others.
  for (const name of ['zookeeper.properties', 'server.properties']) {
    const file = join(clone, 'etc', 'kafka', name)
    const text = readFileSync(file, 'utf8')
    const listeners = place.asPrinted || name !== 'server.properties' ? '' : '\nlisteners=PLAINTEXT://:9092\n'
    writeFileSync(file, place.here(text + listeners))
  }
  terminal = new Terminal({ place, clone, home })
})

after(async () => {
  for (const server of Object.values(servers)) {
    server.kill('SIGKILL')
    await server.exited
  }
  await place?.leave()
  rmSync(home, { recursive: true, force: true })
})

const topic = '--bootstrap-server my-kafka:9092 --topic test'
const said = (...lines) => ({ code: 0, stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' })
const lines = ({ stdout }) => stdout.trimEnd().split('\n')

test('zookeeper-server-start and kafka-server-start, in a terminal each', async () => {
  servers.zookeeper = terminal.start('zookeeper-server-start $CONFLUENT_HOME/etc/kafka/zookeeper.properties')
  await servers.zookeeper.waitFor(({ stdout }) => stdout.includes('ZooKeeper server started'))
  servers.kafka = terminal.start('kafka-server-start $CONFLUENT_HOME/etc/kafka/server.properties')
  await servers.kafka.waitFor(({ stdout }) => stdout.includes('Broker started'))
})

test('a topic, and its files', async () => {
  assert.deepEqual(
    await terminal.run('kafka-topics --bootstrap-server localhost:9092 --create --topic welcome-topic'),
    said('Created topic welcome-topic.'),
  )
  const folder = lines(await terminal.run('ls /tmp/kafka-logs'))
  for (const name of [
    'log-start-offset-checkpoint',
    'meta.properties',
    'recovery-point-offset-checkpoint',
    'replication-offset-checkpoint',
    'welcome-topic-0',
  ]) {
    assert.ok(folder.includes(name), `${name} is not among ${folder.join(' ')}`)
  }
  assert.deepEqual(
    await terminal.run('ls /tmp/kafka-logs/welcome-topic-0'),
    said(
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ),
  )
})

test('zookeeper-shell shows the broker, the controller and the topics', async () => {
  const { code, stdout } = await terminal.run(
    'bin/zookeeper-shell.sh my-kafka:2181',
    'get /brokers/ids/0\nget /controller\nls /brokers/topics\n',
  )
  assert.equal(code, 0)
  const [broker, controller] = [...stdout.matchAll(/^\{.*\}$/gm)].map(([text]) => JSON.parse(text))
  assert.equal(String(broker.port), place.here('9092'))
  assert.ok(broker.endpoints[0].startsWith('PLAINTEXT://'))
  assert.equal(controller.brokerid, 0)
  assert.match(stdout, /^\[welcome-topic\]$/m)
})

test('a topic of three partitions, by the script with .sh', async () => {
  assert.deepEqual(
    await terminal.run('bin/kafka-topics.sh --bootstrap-server my-kafka:9092 --create --topic test --partitions 3'),
    said('Created topic test.'),
  )
  const { stdout } = await terminal.run('bin/kafka-topics.sh --bootstrap-server my-kafka:9092 --describe --topic test')
  assert.match(stdout, /^Topic: test\tTopicId: [\w-]{22}\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: /)
})

test('the console producer: a line is a record; Ctrl-C ends it', async () => {
  const producer = terminal.start(`bin/kafka-console-producer.sh ${topic}`)
  producer.write('testMessage\n')
  // It is there while the producer still waits for the next line.
  const consumer = `bin/kafka-console-consumer.sh ${topic} --from-beginning --max-messages 1`
  assert.deepEqual(await terminal.run(consumer), {
    ...said('testMessage'),
    stderr: 'Processed a total of 1 messages\n',
  })
  producer.kill('SIGINT')
  const { code } = await producer.exited
  assert.deepEqual([code, producer.stderr], [130, ''])
})

test('the console producer with keys: the end of its input ends it', async () => {
  const properties = '--property "parse.key=true" --property "key.separator=:"'
  const { code, stderr } = await terminal.run(`bin/kafka-console-producer.sh ${topic} ${properties}`, 'Pangyo:23\n')
  assert.deepEqual([code, stderr], [0, ''])
})

const consuming = [
  { title: 'values', properties: '', seen: ['23', 'testMessage'] },
  {
    title: 'keys and values',
    properties: '--property print.key=true --property key.separator="-"',
    seen: ['Pangyo-23', 'null-testMessage'],
  },
  {
    title: 'two names misspelt: values alone, and a hint for each on stderr',
    properties: '--property pring.key=true --property key.seperator="-"',
    seen: ['23', 'testMessage'],
    hints: [/pring\.key .*Did you mean print\.key\?$/, /key\.seperator .*Did you mean key\.separator\?$/],
  },
]
for (const { title, properties, seen, hints = [] } of consuming) {
  test(`the console consumer until Ctrl-C: ${title}`, async () => {
    const line = `bin/kafka-console-consumer.sh ${topic} ${properties} --from-beginning`
    const result = await terminal.untilCtrlC(line, ({ stdout }) => stdout.split('\n').length > seen.length)
    assert.deepEqual(lines(result).sort(), seen)
    const told = result.stderr.trimEnd().split('\n')
    assert.equal(told.pop(), 'Processed a total of 2 messages')
    assert.equal(told.length, hints.length, result.stderr)
    for (const [at, hint] of hints.entries()) assert.match(told[at], hint)
    assert.equal(result.code, 130)
  })
}

for (const kind of ['kafka', 'zookeeper']) {
  test(`${kind}-server-stop in another terminal`, async () => {
    assert.deepEqual(await terminal.run(`${kind}-server-stop`), said())
    await until(() => servers[kind].ended, { what: `the end of ${kind}` })
    const { code } = await servers[kind].exited
    assert.equal(code, 0, servers[kind].describe())
    const again = await terminal.run(`${kind}-server-stop`)
    assert.deepEqual([again.code, again.stderr], [1, `No ${kind} server to stop\n`])
  })
}
