/** The broker as a process: starting, refusing, stopping, and coming back after a kill. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { freePort, listening, ToolProcess } from './support/broker-process.js'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { serverFiles, startServer } from './support/server-process.js'

const { Kafka, logLevel } = kafkajs

test('SIGTERM ends the broker cleanly, and the next start finds the data without recovery', async (t) => {
  const { dir, port, file } = await serverFiles(t)
  const first = startServer(t, [file])
  await listening(first, port)
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'kept', messages: [{ value: 'a' }, { value: 'b' }] })
  await producer.disconnect()
  const stopping = Date.now()
  first.kill('SIGTERM')
  assert.deepEqual(await first.exited, { code: 0, signal: null })
  assert.ok(Date.now() - stopping < 5000, 'within five seconds')
  assert.ok(existsSync(join(dir, 'kafka-logs', '.kafka_cleanshutdown')))

  const second = startServer(t, [file])
  await listening(second, port)
  const admin = kafka.admin()
  await admin.connect()
  assert.equal((await admin.fetchTopicOffsets('kept'))[0]?.high, '2')
  await admin.disconnect()
  assert.doesNotMatch(second.output, /Recovered \d+ partitions/)
})

test('what was answered is there after kill -9', async (t) => {
  const { port, file } = await serverFiles(t)
  const first = startServer(t, [file])
  await listening(first, port)
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING, retry: { retries: 20 } })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'survives', messages: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] })
  first.kill('SIGKILL')
  await first.exited

  const second = startServer(t, [file])
  await listening(second, port)
  await eventually(() => assert.match(second.output, /Recovered \d+ partitions/))
  await producer.send({ topic: 'survives', messages: [{ value: 'd' }] })
  const admin = kafka.admin()
  await admin.connect()
  assert.equal((await admin.fetchTopicOffsets('survives'))[0]?.high, '4')
  await admin.disconnect()
  await producer.disconnect()
})

test('a port that is taken is one sentence that names its holder, and exit code 1', async (t) => {
  const { port, file } = await serverFiles(t)
  const other = createServer().listen(port, '127.0.0.1')
  defer(t, () => other.close())
  const tool = startServer(t, [file])
  assert.equal((await tool.exited).code, 1)
  assert.match(tool.output, new RegExp(`Port ${port} is taken by .*\\(pid ${process.pid}\\)`))
})

test('a second broker on the same data is refused and names the first', async (t) => {
  const { port, file } = await serverFiles(t)
  const first = startServer(t, [file])
  await listening(first, port)
  const second = startServer(t, [file, '--override', `listeners=PLAINTEXT://127.0.0.1:${await freePort()}`])
  assert.equal((await second.exited).code, 1)
  assert.match(second.output, new RegExp(`\\b${first.pid}\\b`))
})

test('all mistakes of a configuration are told at once', async (t) => {
  const { file } = await serverFiles(t, { 'num.partitions': 'many', 'log.retention.hours': '0' })
  const tool = startServer(t, [file, '--override', 'listeners=SSL://127.0.0.1:0'])
  assert.equal((await tool.exited).code, 1)
  assert.match(tool.output, /num\.partitions/)
  assert.match(tool.output, /log\.retention\.hours/)
  assert.match(tool.output, /SSL/)
})

test('unknown keys are one warning with their nearest matches, and the broker starts', async (t) => {
  const { port, file } = await serverFiles(t, { 'log.segment.ms': '1000', 'num.partitons': '3' })
  const tool = startServer(t, [file])
  await listening(tool, port)
  const warnings = tool.output.split('\n').filter((line) => line.includes('Unknown configuration keys'))
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /log\.segment\.ms .*log\.roll\.ms/)
  assert.match(warnings[0] ?? '', /num\.partitons .*num\.partitions/)
})

test('kafka-server-stop stops the brokers of its user', async (t) => {
  const { dir, port, file } = await serverFiles(t)
  // A folder of its own for the notes of running brokers, so that no other broker is stopped.
  const env = { MILLRACE_RUN_DIR: dir }
  const server = startServer(t, [file], env)
  await listening(server, port)
  const stop = new ToolProcess('kafka-server-stop', [], env)
  assert.equal((await stop.exited).code, 0)
  assert.equal((await server.exited).code, 0)
  const again = new ToolProcess('kafka-server-stop', [], env)
  assert.equal((await again.exited).code, 1)
  assert.match(again.output, /No kafka server to stop/)
})
