import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Operations, startOperations } from './broker-operations.js'
import { BrokerConfig } from './config/broker-config.js'
import { Loggers } from './logging/loggers.js'
import { BindError } from './network/socket-server.js'
import { MemoryLogger } from './testing/memory-logger.js'

function start(t: TestContext, port: string, portIsPreferred = false): Promise<Operations> {
  const config = new BrokerConfig(new Map([['millrace.http.port', port]]))
  const operations = startOperations({ config, loggers: Loggers.over(new MemoryLogger()), portIsPreferred })
  t.after(async () => await (await operations.catch(() => undefined))?.close())
  return operations
}

async function get(operations: Operations, path: string) {
  const response = await fetch(`http://127.0.0.1:${operations.address?.port}${path}`)
  return { status: response.status, text: await response.text() }
}

test('before the broker serves, and when it stops, it is alive and not ready', async (t) => {
  const operations = await start(t, '0')
  assert.equal((await get(operations, '/healthz')).status, 200)
  assert.deepEqual(await get(operations, '/readyz'), {
    status: 503,
    text: '{"status":"unavailable","checks":{"broker":"is starting"}}\n',
  })
  assert.match((await get(operations, '/metrics')).text, /^kafka_server_kafkaserver_brokerstate 1$/m)
  await operations.stopping()
  assert.match((await get(operations, '/readyz')).text, /is stopping/)
  assert.match((await get(operations, '/metrics')).text, /^kafka_server_kafkaserver_brokerstate 6$/m)
})

test('without a port nothing is listened on', async (t) => {
  assert.equal((await start(t, '-1')).address, undefined)
})

test('a port that is taken is refused, or another one does where that is said', async (t) => {
  const other = createServer()
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  await assert.rejects(start(t, String(port)), (error) => error instanceof BindError && error.port === port)
  const operations = await start(t, String(port), true)
  assert.notEqual(operations.address?.port, port)
  assert.equal((await get(operations, '/healthz')).status, 200)
})
