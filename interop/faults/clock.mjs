// The system's clock steps by an hour, forth and back, under clients at work (libfaketime, the clock that only goes
// forward left alone). No session runs out, no producer is refused, nothing is deleted, nothing waits for an hour.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBroker } from '../lib/brokers.mjs'
import { until } from '../lib/programs.mjs'
import { batchOf, createTopics, ErrorCode, fetchOnce, listOffset, produce, RawClient } from '../lib/raw.mjs'
import { GroupSeat } from './group-seat.mjs'
import { startImpatientClients } from './impatient-clients.mjs'
import { VerifiedWriter } from './verified-writer.mjs'

const hour = 3600
/** Longer than the sessions of six seconds. */
const holdMs = 8000
const steps = [hour, 0, -hour, 0]
const library = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
  .map((folder) => join(folder, 'faketime', 'libfaketime.so.1'))
  .find((file) => existsSync(file))

test('the clock steps by an hour, forth and back', {
  skip: library ? false : 'there is no libfaketime here',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-clock-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'offset')
  const stepTo = (seconds) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}s\n`)
  stepTo(0)
  const broker = await startBroker({
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    properties: {
      'log.retention.check.interval.ms': 500,
      'offsets.retention.check.interval.ms': 500,
      'log.retention.hours': 24,
      'offsets.retention.minutes': 180,
      'producer.id.expiration.ms': 3 * hour * 1000,
      'connections.max.idle.ms': 600_000,
    },
  })
  t.after(() => broker.dispose())
  const client = await RawClient.connect(broker.bootstrap)
  await createTopics(client, [
    { name: 'stepped' },
    { name: 'other' },
    { name: 'stamped', configs: { 'message.timestamp.type': 'LogAppendTime' } },
  ])
  const writer = new VerifiedWriter(broker.bootstrap, 'stepped')
  await writer.connect()
  const seat = await GroupSeat.take(client, 'seat', { sessionTimeoutMs: 6000 })
  const clients = await startImpatientClients(broker.bootstrap, 'other')
  await until(() => clients.consumed.size > 20, { what: 'the clients to work' })

  for (const step of steps) {
    stepTo(step)
    const when = `the clock at ${step} s`
    await clockOfBroker(client, step, when)
    await workFor(holdMs, { writer, seat, client, when })
    await createTopics(client, [
      { name: `at${step < 0 ? 'minus' : ''}${Math.abs(step)}-${steps.indexOf(step)}-${writer.count}` },
    ])
    await writer.verify(when)
    assert.equal(await listOffset(client, 'stepped', 0, -2), 0, `${when}: the log still begins at 0`)
    const before = clients.consumed.size
    await until(() => clients.consumed.size > before + 20, { what: `${when}: the clients to work`, timeoutMs: 5000 })
  }
  await clients.stop()
  assert.equal(clients.joins, 1, 'the consumer has joined once, and stayed')
  assert.deepEqual(clients.missing(), [])
  assert.doesNotMatch(broker.output, /^\[.*\] ERROR|[Ss]ession .* expired|session timeout|has failed its heartbeat/m)
})

/** The broker's clock really is where it should be: it stamps records with it. */
async function clockOfBroker(client, step, when) {
  const { errorCode, logAppendTimeMs } = await produce(client, 'stamped', batchOf(['now']))
  assert.equal(errorCode, ErrorCode.NONE, when)
  const differenceMs = logAppendTimeMs - Date.now() - step * 1000
  assert.ok(Math.abs(differenceMs) < 5000, `${when}: the broker's clock is off by ${differenceMs} ms`)
}

/** Writes, beats and polls; nothing may be refused, or wait for longer than it should. */
async function workFor(ms, { writer, seat, client, when }) {
  const deadline = performance.now() + ms
  while (performance.now() < deadline) {
    assert.equal(await writer.write(), 'NONE', when)
    assert.equal(await seat.heartbeat(), ErrorCode.NONE, `${when}: the member`)
    const startedAt = performance.now()
    await fetchOnce(client, 'stepped', writer.log.end, { maxWaitMs: 300 })
    const tookMs = performance.now() - startedAt
    assert.ok(tookMs > 250 && tookMs < 2000, `${when}: a fetch that waits 300 ms took ${Math.round(tookMs)} ms`)
  }
}
