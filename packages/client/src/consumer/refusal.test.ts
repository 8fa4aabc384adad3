import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { KafkaConsumer } from './kafka-consumer.js'

/** TLS: alert, fatal, handshake failure. */
const HANDSHAKE_FAILURE = Buffer.from([21, 3, 3, 0, 2, 2, 40])

async function refusingServer(t: TestContext) {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => {})
    socket.once('data', () => socket.end(HANDSHAKE_FAILURE))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { bootstrap: `127.0.0.1:${address.port}`, connections: () => connections }
}

test('a consumer whom brokers refuse says so to each call, at once, whatever it reads', async (t) => {
  const server = await refusingServer(t)
  const config = { 'bootstrap.servers': server.bootstrap, 'security.protocol': 'SSL' } as const
  const expected = { code: 'TLS_FAILED', fatal: true }
  const member = new KafkaConsumer({ ...config, 'group.id': 'g' })
  const matching = new KafkaConsumer({ ...config, 'group.id': 'g' })
  const reader = new KafkaConsumer(config)
  t.after(() => Promise.all([member.close(), matching.close(), reader.close()]))
  member.subscribe('topic')
  matching.subscribe(/topic/)
  reader.assign([{ topic: 'topic', partition: 0 }])
  for (const consumer of [member, matching, reader]) {
    await assert.rejects(consumer.poll({ timeoutMs: 10_000 }), expected)
    await assert.rejects(consumer.poll({ timeoutMs: 10_000 }), expected)
    await assert.rejects(consumer.endOffsets([{ topic: 'topic', partition: 0 }]), expected)
  }
  const reading = (async () => {
    for await (const record of reader) assert.fail(`${record.offset}`)
  })()
  await assert.rejects(reading, expected)
})
