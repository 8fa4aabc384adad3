import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlushableLog } from '../partition/partition-log-types.js'
import { ManualTime } from '../testing/manual-time.js'
import { FlushLoop } from './flush-loop.js'

class FakeLog implements FlushableLog {
  readonly dir: string
  readonly config: { readonly flushMs: number }
  dirtySinceMs: number | undefined
  finish: () => void = () => undefined
  readonly #flushed: string[]

  constructor(dir: string, dirtySinceMs: number, flushed: string[], flushMs = Number.MAX_SAFE_INTEGER) {
    this.dir = dir
    this.dirtySinceMs = dirtySinceMs
    this.config = { flushMs }
    this.#flushed = flushed
  }

  async flush(): Promise<void> {
    this.dirtySinceMs = undefined
    this.#flushed.push(this.dir)
    await new Promise<void>((resolve) => {
      this.finish = resolve
    })
  }
}

function setUp(targetMs: number): { time: ManualTime; loop: FlushLoop; flushed: string[]; make: typeof makeLog } {
  const time = new ManualTime(0)
  const flushed: string[] = []
  const loop = new FlushLoop({
    clock: time,
    scheduler: time,
    reporter: { info: () => undefined, warn: (message) => flushed.push(message) },
    targetMs,
  })
  const makeLog = (dir: string, flushMs?: number): FakeLog => {
    const log = new FakeLog(dir, time.nowMs(), flushed, flushMs)
    loop.add(log)
    return log
  }
  return { time, loop, flushed, make: makeLog }
}

declare function makeLog(dir: string, flushMs?: number): FakeLog

test('flush loop: the oldest first, two at a time, half of the target after the write', async () => {
  const { time, loop, flushed, make } = setUp(1000)
  const a = make('a')
  await time.advance(100)
  const b = make('b')
  const c = make('c')
  await time.advance(399)
  assert.deepEqual(flushed, [])
  await time.advance(1)
  assert.deepEqual(flushed, ['a'])
  await time.advance(200)
  assert.deepEqual(flushed, ['a', 'b'], 'c waits for one of the two')
  a.finish()
  await time.advance(0)
  assert.deepEqual(flushed, ['a', 'b', 'c'])
  assert.equal(loop.lagMs, 700)
  b.finish()
  c.finish()
  await loop.stop()
})

test('flush loop: a shorter flush.ms comes first; what others have flushed is left out', async () => {
  const { time, loop, flushed, make } = setUp(1000)
  make('slow').dirtySinceMs = undefined
  make('fast', 50)
  await time.advance(50)
  assert.deepEqual(flushed, ['fast'])
  await time.advance(1000)
  assert.deepEqual(flushed, ['fast'])
  const only = setUp(0)
  only.make('never')
  only.make('ms', 10)
  await only.time.advance(100_000)
  assert.deepEqual(only.flushed, ['ms'])
  void loop
})

test('flush loop: a failure is reported, and the others go on', async () => {
  const { time, flushed, make } = setUp(1000)
  const bad = make('bad')
  bad.flush = () => Promise.reject(new Error('EIO'))
  make('good')
  await time.advance(500)
  assert.match(flushed[0] ?? flushed[1] ?? '', /good|bad/)
  assert.ok(flushed.includes('good') && flushed.some((line) => /bad: flush failed.*EIO/.test(line)))
})

for (const stepMs of [-3_600_000, 3_600_000]) {
  test(`flush loop: a clock that is put ${stepMs < 0 ? 'back' : 'forth'} by an hour changes nothing`, async () => {
    const { time, loop, flushed } = setUp(1000)
    const log = new FakeLog('a', time.monotonicMs(), flushed)
    loop.add(log)
    await time.advance(100)
    time.step(stepMs)
    await time.advance(399)
    assert.deepEqual(flushed, [])
    await time.advance(1)
    assert.deepEqual(flushed, ['a'])
    log.finish()
    await time.advance(0)
    assert.equal(loop.lagMs, 500)
    await loop.stop()
  })
}
