// SIGSTOP: a broker that does not move for twenty seconds, and goes on as if nothing had been. Members whose sessions
// are longer stay members; clients with shorter patience come back by themselves; nothing is lost or doubled.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBroker } from '../lib/brokers.mjs'
import { until } from '../lib/programs.mjs'
import { apis, createTopics, ErrorCode, findCoordinator, RawClient } from '../lib/raw.mjs'
import { GroupSeat } from './group-seat.mjs'
import { startImpatientClients } from './impatient-clients.mjs'
import { VerifiedWriter } from './verified-writer.mjs'

const pauseMs = Number(process.env.INTEROP_PAUSE_MS ?? 20_000)

test(`SIGSTOP for ${pauseMs / 1000} s: sessions live on, clients come back`, async (t) => {
  const broker = await startBroker()
  t.after(() => broker.dispose())
  const client = await RawClient.connect(broker.bootstrap)
  await createTopics(client, [{ name: 'paused', partitions: 1 }, { name: 'other' }])
  await findCoordinator(client, 'group')
  const writer = new VerifiedWriter(broker.bootstrap, 'paused')
  await writer.connect()
  const seat = await GroupSeat.take(client, 'seat', { sessionTimeoutMs: 30_000 })
  const impatient = await startImpatientClients(broker.bootstrap, 'other')
  await until(() => impatient.consumed.size > 50, { what: 'the impatient clients to work' })
  for (let n = 0; n < 100; n++) assert.equal(await writer.write(), 'NONE')

  broker.signal('SIGSTOP')
  const pending = writer.write()
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
  const before = impatient.consumed.size
  broker.signal('SIGCONT')
  const continuedAt = performance.now()
  assert.equal(await pending, 'NONE', 'the write that was under way')
  assert.equal(await seat.heartbeat(), ErrorCode.NONE, 'a member with a longer session')
  await until(() => impatient.consumed.size > before + 50, {
    what: 'the impatient clients to come back',
    timeoutMs: 30_000,
  })
  t.diagnostic(
    `clients with a timeout of 3 s work again ${Math.round(performance.now() - continuedAt)} ms after SIGCONT`,
  )
  for (let n = 0; n < 100; n++) assert.equal(await writer.write(), 'NONE')
  await writer.verify('after the pause')
  await impatient.stop()
  assert.deepEqual(impatient.missing(), [], 'records of the impatient producer')
  const { errorCode } = await client.call(apis.ApiVersions, 0, {})
  assert.equal(errorCode, ErrorCode.NONE, 'a connection from before')
  assert.doesNotMatch(broker.output, /^\[.*\] ERROR/m)
})
