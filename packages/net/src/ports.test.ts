import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemNetPorts } from './ports.js'

test('timers: a delay that Node cannot hold never comes, others do', async () => {
  const { timers } = systemNetPorts
  const called: number[] = []
  for (const delayMs of [Number.POSITIVE_INFINITY, 2 ** 63, 2 ** 31]) {
    const cancel = timers.schedule(delayMs, () => called.push(delayMs))
    assert.equal(typeof cancel, 'function')
  }
  const cancelled = timers.schedule(1, () => called.push(1))
  cancelled()
  const hold = setInterval(() => {}, 1000)
  await new Promise<void>((resolve) => timers.schedule(5, resolve))
  clearInterval(hold)
  assert.deepEqual(called, [])
})
