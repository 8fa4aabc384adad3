// The console producer and consumer together, as tutorials use them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaAdminClient, KafkaProducer } from '@millrace/client'
import { kafkaConsoleProducer } from '../kafka-console-producer/kafka-console-producer.js'
import { keyboard, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaConsoleConsumer } from './kafka-console-consumer.js'

test('console producer and consumer', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const server = ['--bootstrap-server', bootstrap]
  const produce = (topic: string, stdin: string, ...args: readonly string[]) =>
    runCommand(kafkaConsoleProducer, [...server, '--topic', topic, ...args], { stdin })
  const consume = (topic: string, ...args: readonly string[]) =>
    runCommand(kafkaConsoleConsumer, [...server, '--topic', topic, '--from-beginning', ...args])

  await t.test('keys with a separator; misspelt properties are told and ignored', async () => {
    assert.deepEqual(await produce('tutorial', 'testMessage\n'), { code: 0, stdout: '', stderr: '' })
    await produce('tutorial', 'Pangyo-23\n', '--property', 'parse.key=true', '--property', 'key.separator=-')
    const two = ['--max-messages', '2']
    const keyed = await consume('tutorial', '--property', 'print.key=true', '--property', 'key.separator=-', ...two)
    assert.equal(keyed.stdout, 'null-testMessage\nPangyo-23\n')
    assert.equal(keyed.stderr, 'Processed a total of 2 messages\n')
    const wrong = await consume('tutorial', '--property', 'pring.key=true', '--property', 'key.seperator=-', ...two)
    assert.equal(wrong.stdout, 'testMessage\n23\n')
    assert.match(wrong.stderr, /pring\.key .* mean print\.key\?\n.*key\.seperator .* mean key\.separator\?\n/)
    assert.equal(wrong.code, 0)
  })

  await t.test('every column, headers, nulls, deserializers', async () => {
    await using producer = new KafkaProducer({ 'bootstrap.servers': bootstrap })
    const eight = Buffer.from([0, 0, 0, 0, 0, 0, 1, 0])
    await producer.send({
      topic: 'columns',
      key: 'k',
      value: eight,
      timestamp: 1234,
      headers: [
        ['h', 'x'],
        ['g', null],
      ],
    })
    await producer.send({ topic: 'columns', key: null, value: null, timestamp: 1235 })
    const columns = ['timestamp', 'partition', 'offset', 'epoch', 'headers', 'key'].flatMap((column) => [
      '--property',
      `print.${column}=true`,
    ])
    const long = ['--value-deserializer', 'org.apache.kafka.common.serialization.LongDeserializer']
    const { stdout } = await consume('columns', ...columns, ...long, '--max-messages', '1')
    assert.equal(stdout, 'CreateTime:1234\tPartition:0\tOffset:0\tEpoch:0\th:x,g:null\tk\t256\n')
    const nulls = await consume(
      'columns',
      '--property',
      'print.key=true',
      '--property',
      'null.literal=NIL',
      '--max-messages',
      '2',
    )
    assert.equal(nulls.stdout.split('\n')[1], 'NIL\tNIL')
    const keysOnly = await consume(
      'columns',
      '--property',
      'print.key=true',
      '--property',
      'print.value=false',
      '--max-messages',
      '2',
    )
    assert.equal(keysOnly.stdout, 'k\nnull\n')
    const lines = (await consume('columns', '--output', 'json', '--max-messages', '2')).stdout.trimEnd().split('\n')
    const { topic, offset, key, value } = JSON.parse(lines[1] ?? '')
    assert.deepEqual([topic, offset, key, value], ['columns', 1, null, null])
  })

  await t.test('a group commits what was printed, and not one record more', async () => {
    await produce('numbers', '1\n2\n3\n4\n5\n')
    const next = async (count: string) => (await consume('numbers', '--group', 'g', '--max-messages', count)).stdout
    assert.equal(await next('2'), '1\n2\n')
    assert.equal(await next('2'), '3\n4\n')
    assert.equal(await next('1'), '5\n')
  })

  await t.test(
    'a record that cannot be printed ends it after those before, and is not committed; or it is left out',
    async () => {
      await using producer = new KafkaProducer({ 'bootstrap.servers': bootstrap })
      for (const value of [Buffer.alloc(4), 'no number', Buffer.from([0, 0, 0, 9])]) {
        await producer.send({ topic: 'integers', value })
      }
      const integers = ['--value-deserializer', 'IntegerDeserializer']
      const stopped = await consume('integers', '--group', 'integers', ...integers)
      assert.equal(stopped.stdout, '0\n')
      assert.match(stopped.stderr, /Processed a total of 1 messages\n$/)
      assert.equal(stopped.code, 1)
      await using admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
      const committed = (await admin.listConsumerGroupOffsets(['integers'])).get('integers')
      assert.deepEqual(
        [...(committed?.values() ?? [])].map(({ offset }) => offset),
        [1],
      )
      const skipping = await consume('integers', ...integers, '--skip-message-on-error', '--max-messages', '2')
      assert.equal(skipping.stdout, '0\n9\n')
      assert.match(skipping.stderr, /^Error processing message, skipping this message: /)
    },
  )

  await t.test('one partition from an offset; the end after a time without records', async () => {
    const { stdout, stderr, code } = await runCommand(kafkaConsoleConsumer, [
      ...[...server, '--topic', 'numbers', '--partition', '0', '--offset', '3', '--timeout-ms', '200'],
    ])
    assert.equal(stdout, '4\n5\n')
    assert.match(stderr, /TimeoutException.*\nProcessed a total of 2 messages\n$/)
    assert.equal(code, 0)
  })

  await t.test('values that are JSON over several lines', async () => {
    await produce('json', '{"a":[1]}\nplain\n')
    const { stdout } = await consume('json', '--pretty', '--property', 'print.offset=true', '--max-messages', '2')
    assert.equal(stdout, 'Offset:0\t{\n  "a": [\n    1\n  ]\n}\nOffset:1\tplain\n')
  })

  await t.test('Ctrl-C ends both: what was typed is sent, the count is told', async () => {
    const hands = keyboard()
    const interruption = new AbortController()
    const typing = runCommand(kafkaConsoleProducer, [...server, '--topic', 'typed', '--sync'], {
      stdin: hands,
      interruption: interruption.signal,
    })
    hands.write('one\ntwo\n')
    const reading = new AbortController()
    const consumed = runCommand(kafkaConsoleConsumer, [...server, '--topic', 'typed', '--from-beginning'], {
      interruption: reading.signal,
    })
    assert.equal((await consume('typed', '--max-messages', '2')).stdout, 'one\ntwo\n')
    interruption.abort()
    assert.equal((await typing).code, 0)
    reading.abort()
    const { code, stderr } = await consumed
    assert.match(stderr, /Processed a total of \d messages\n$/)
    assert.equal(code, 0)
  })

  await t.test('--sync --output json tells where each record went; --broker-list', async () => {
    const { stdout } = await runCommand(
      kafkaConsoleProducer,
      ['--broker-list', bootstrap, '--topic', 'where', '--sync', '--output', 'json'],
      { stdin: 'a\nb\n' },
    )
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).offset),
      [0, 1],
    )
  })

  await t.test('what goes wrong', async () => {
    const refused = async (pattern: RegExp, ...args: readonly string[]) => {
      const { code, stderr } = await runCommand(kafkaConsoleConsumer, [...server, ...args])
      assert.match(stderr, pattern)
      assert.equal(code, 1)
    }
    await refused(/^Exactly one of --include\/--topic is required\. \n/, '--from-beginning')
    await refused(/^The partition is required when offset is specified\.\n/, '--topic', 'x', '--offset', '3')
    await refused(/^The provided offset value '-3' is incorrect/, '--topic', 'x', '--partition', '0', '--offset', '-3')
    const twoGroups = ['--group', 'a', '--consumer-property', 'group.id=b']
    await refused(/do not match\. Detected group ids: 'a', 'b'\n/, '--topic', 'x', ...twoGroups)
    await refused(/^--formatter com\.example\.F is not there/, '--topic', 'x', '--formatter', 'com.example.F')
    await refused(
      /^Can't simultaneously specify --from-beginning and 'auto\.offset\.reset=latest'/,
      ...['--topic', 'x', '--from-beginning', '--consumer-property', 'auto.offset.reset=latest'],
    )
    const noKey = await produce('numbers', 'nokey\n', '--property', 'parse.key=true')
    assert.equal(noKey.stderr, "No key separator found on line number 1: 'nokey'\n")
    assert.equal(noKey.code, 1)
  })
})
