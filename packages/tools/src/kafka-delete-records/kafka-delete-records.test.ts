/** Expected texts were recorded from kafka-delete-records of Apache Kafka 3.9.1. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { KafkaAdminClient } from '@millrace/client'
import { fill, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaDeleteRecords } from './kafka-delete-records.js'

test('records are deleted up to an offset, or all of them', async (t) => {
  const { bootstrap, logDir } = await toolBroker(t)
  await using admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  await admin.createTopics([{ name: 'orders', numPartitions: 3, replicationFactor: 1 }])
  for (const partition of [0, 1, 2]) await fill(bootstrap, 'orders', partition, ['a', 'b', 'c'])
  const file = join(logDir, 'records.json')
  const partitions = [2, -1, 100].map((offset, partition) => ({ topic: 'orders', partition, offset }))
  await writeFile(file, JSON.stringify({ partitions, version: 1 }))
  const run = (...args: readonly string[]) => runCommand(kafkaDeleteRecords, ['--bootstrap-server', bootstrap, ...args])
  const { code, stdout, stderr } = await run('--offset-json-file', file)
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.match(
    stdout,
    /^Executing records delete operation\nRecords delete operation completed:\npartition: orders-0\tlow_watermark: 2\npartition: orders-1\tlow_watermark: 3\npartition: orders-2\terror: .*offset.*\n$/,
  )
  const [first] = JSON.parse((await run('--offset-json-file', file, '--output', 'json')).stdout)
  assert.deepEqual(first, { topic: 'orders', partition: 0, lowWatermark: 2 })
  const missing = await run('--offset-json-file', `${file}.not`)
  assert.match(missing.stderr, /^Unable to read file .*records\.json\.not: ENOENT/)
  assert.match((await run()).stderr, /^Missing required argument "\[offset-json-file\]"/)
})
