import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualTime } from '../testing/manual-time.js'
import { TimerTable } from './timer-table.js'

const HOUR_MS = 3_600_000

for (const stepMs of [-HOUR_MS, HOUR_MS]) {
  const direction = stepMs < 0 ? 'back' : 'forth'

  test(`a clock that is put ${direction} by an hour ends no session early, and none late`, async () => {
    const time = new ManualTime()
    const ended: string[] = []
    const table = new TimerTable<string>(time, time, (timer) => ended.push(timer))
    const heartbeat = (member: string) => {
      table.apply({ kind: 'arm', key: member, deadlineMs: time.nowMs() + 10_000, timer: member })
    }
    heartbeat('silent')
    heartbeat('alive')
    await time.advance(3000)
    time.step(stepMs)
    await time.advance(3000)
    heartbeat('alive')
    await time.advance(3999)
    assert.deepEqual(ended, [])
    await time.advance(1)
    assert.deepEqual(ended, ['silent'], 'ten seconds after its last heartbeat')
    await time.advance(5999)
    assert.deepEqual(ended, ['silent'])
    await time.advance(1)
    assert.deepEqual(ended, ['silent', 'alive'])
  })
}
