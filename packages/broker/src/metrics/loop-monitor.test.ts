import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualTime } from '../testing/manual-time.js'
import { LoopMonitor } from './loop-monitor.js'

function watch(warnMs = 100) {
  const time = new ManualTime()
  const warnings: unknown[] = []
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (_message: string, fields: unknown) => warnings.push(fields),
  }
  const monitor = new LoopMonitor({
    scheduler: time,
    nowMs: () => time.nowMs(),
    logger,
    warnMs: () => warnMs,
    stuckMs: () => 2000,
  })
  monitor.start()
  /** Something else has the loop for so long. */
  const hold = async (ms: number) => {
    await time.advance(10)
    time.pass(ms + 10)
    await time.advance(0)
  }
  return { time, monitor, warnings, hold }
}

test('a loop that is free is never late', async () => {
  const { time, monitor, warnings } = watch()
  await time.advance(1000)
  assert.equal(monitor.largestMs, 0)
  assert.equal(monitor.delays.count, 100)
  assert.deepEqual(warnings, [])
})

test('a loop that is held is told of, at most one line in ten seconds', async () => {
  const { time, monitor, warnings, hold } = watch()
  await hold(50)
  assert.deepEqual(warnings, [], 'below the bound')
  await hold(150)
  assert.deepEqual(warnings, [{ times: 1, longestMs: 150 }])
  assert.equal(monitor.largestMs, 150)
  await hold(200)
  await hold(300)
  await hold(250)
  assert.equal(warnings.length, 1)
  await time.advance(10_000)
  assert.deepEqual(warnings[1], { times: 3, longestMs: 300 })
  await time.advance(30_000)
  assert.equal(warnings.length, 2)
})

test('a bound of 0 tells nothing', async () => {
  const { time, warnings, hold } = watch(0)
  await hold(5000)
  await time.advance(20_000)
  assert.deepEqual(warnings, [])
})

test('a loop that was stuck counts as such for a while', async () => {
  const { time, monitor, hold } = watch()
  await hold(1500)
  assert.equal(monitor.isStuck, false)
  await hold(2500)
  assert.equal(monitor.isStuck, true)
  await time.advance(29_000)
  assert.equal(monitor.isStuck, true)
  await time.advance(2000)
  assert.equal(monitor.isStuck, false)
})

test('the largest delay is that of the last one to two minutes', async () => {
  const { time, monitor, hold } = watch()
  await hold(500)
  await time.advance(70_000)
  assert.equal(monitor.largestMs, 500)
  await time.advance(70_000)
  assert.equal(monitor.largestMs, 0)
})
