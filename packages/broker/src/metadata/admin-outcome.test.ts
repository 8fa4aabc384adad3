import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZooKeeperError } from '@millrace/zookeeper'
import { ManualTime } from '../testing/manual-time.js'
import { MemoryLogger } from '../testing/memory-logger.js'
import { askStore, done } from './admin-outcome.js'

function setUp() {
  const scheduler = new ManualTime()
  const logger = new MemoryLogger()
  return { scheduler, logger }
}

test('a store that does not answer: REQUEST_TIMED_OUT at the deadline, at five seconds if the request wants less', async () => {
  for (const [timeoutMs, deadlineMs] of [
    [0, 5000],
    [30_000, 30_000],
  ] as const) {
    const ports = setUp()
    let outcome: string | undefined
    const asked = askStore(ports, timeoutMs, () => new Promise<typeof done>(() => {}))
    void asked.then(({ error }) => {
      outcome = error
    })
    await ports.scheduler.advance(deadlineMs - 1)
    assert.equal(outcome, undefined)
    await ports.scheduler.advance(1)
    assert.equal(outcome, 'REQUEST_TIMED_OUT')
  }
})

test('an answer leaves no timer behind, and one that comes too late harms nobody', async () => {
  const ports = setUp()
  assert.equal(await askStore(ports, 1000, () => Promise.resolve(done)), done)
  assert.equal(ports.scheduler.taskCount, 0)
  let refuse: (error: Error) => void = () => {}
  const asked = askStore(ports, 1000, () => {
    return new Promise<typeof done>((_, reject) => {
      refuse = reject
    })
  })
  await ports.scheduler.advance(5000)
  assert.equal((await asked).error, 'REQUEST_TIMED_OUT')
  refuse(new ZooKeeperError('CONNECTIONLOSS'))
})

test('a refusal of the store is an answer with UNKNOWN_SERVER_ERROR, any other failure is not', async () => {
  const ports = setUp()
  const refused = await askStore(ports, 1000, () => Promise.reject(new ZooKeeperError('SESSIONEXPIRED', '/x')))
  assert.equal((refused as { error: string }).error, 'UNKNOWN_SERVER_ERROR')
  assert.equal(ports.logger.lines.length, 1)
  await assert.rejects(
    askStore(ports, 1000, () => Promise.reject(new TypeError('a bug'))),
    TypeError,
  )
})

test('a request that the stop of the broker cuts off is no fault of the store', async () => {
  const ports = setUp()
  const cut = await askStore(ports, 1000, () => Promise.reject(new ZooKeeperError('CONNECTIONLOSS', '/x')))
  assert.equal((cut as { error: string }).error, 'REQUEST_TIMED_OUT')
  assert.deepEqual(ports.logger.lines, ['info The stop cut off a request to the store of cluster metadata'])
})
