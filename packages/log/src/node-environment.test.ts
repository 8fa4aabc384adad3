import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemScheduler } from './node-environment.js'

test('a delay that is longer than a timer takes does not run at once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let hasRun = false
  const delayMs = 2 ** 31 + 1000
  systemScheduler.schedule(delayMs, () => {
    hasRun = true
  })
  t.mock.timers.tick(2 ** 31 - 1)
  assert.equal(hasRun, false)
  t.mock.timers.tick(1001)
  assert.equal(hasRun, true)
})

test('a task that is cancelled while it waits for its second timer does not run', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const task = systemScheduler.schedule(2 ** 31 + 1000, () => assert.fail('cancelled'))
  t.mock.timers.tick(2 ** 31 - 1)
  task.cancel()
  t.mock.timers.tick(10_000)
})
