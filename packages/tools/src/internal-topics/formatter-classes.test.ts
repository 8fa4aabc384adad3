import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaProducer } from '@millrace/client'
import { kafkaConsoleConsumer } from '../kafka-console-consumer/kafka-console-consumer.js'
import { groupRecords } from '../testing/segment-files.js'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'

test('kafka-console-consumer prints internal topics by the names of Java’s formatters', async (t) => {
  const { bootstrap } = await toolBroker(t)
  await using producer = new KafkaProducer({ 'bootstrap.servers': bootstrap })
  const send = async (topic: string, records: typeof groupRecords) => {
    for (const { key, value } of records) {
      await producer.send({ topic, partition: 0, key: key ?? null, value: value ?? null })
    }
  }
  await send('offsets', groupRecords.slice(0, 8))
  await send('junk', [{ key: Buffer.from([0, 1, 0]), value: null }])
  const consume = async (topic: string, formatter: string, count: number) =>
    await runCommand(kafkaConsoleConsumer, [
      ...['--bootstrap-server', bootstrap, '--topic', topic, '--from-beginning'],
      ...['--max-messages', String(count), '--formatter', formatter],
    ])

  const json = await consume('offsets', 'org.apache.kafka.tools.consumer.OffsetsMessageFormatter', 8)
  assert.equal(json.code, 0)
  assert.equal(json.stdout.match(/\{"key":\{"version":1,/g)?.length, 4)
  assert.doesNotMatch(json.stdout, /\n/)

  const text = await consume('offsets', 'kafka.coordinator.group.GroupMetadataManager$GroupMetadataMessageFormatter', 8)
  assert.match(text.stdout, /^g::GroupMetadata\(.*\n.*\n.*\ng::NULL\n$/)

  const junk = await consume('junk', 'org.apache.kafka.tools.consumer.OffsetsMessageFormatter', 1)
  assert.equal(junk.code, 1)
  assert.match(junk.stderr, /^The record at offset 0 of junk-0 is none that .* can print: .*\n/)
})
