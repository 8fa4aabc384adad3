import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { writeSliced } from './scrape.js'

class Reader extends EventEmitter {
  readonly chunks: string[] = []
  isFull = false
  destroyed = false
  isEnded = false

  get writableNeedDrain(): boolean {
    return this.isFull
  }

  write(chunk: string): boolean {
    this.chunks.push(chunk)
    return !this.isFull
  }

  end(chunk: string): this {
    this.chunks.push(chunk)
    this.isEnded = true
    return this
  }
}

/** Lines that take a hundredth of a millisecond each. */
function slowLines(count: number) {
  const state = { nowMs: 0, longestMs: 0, sliceStartMs: 0 }
  function* lines() {
    for (let i = 0; i < count; i++) {
      state.nowMs += 0.01
      state.longestMs = Math.max(state.longestMs, state.nowMs - state.sliceStartMs)
      yield `line ${i}\n`
    }
  }
  return { state, lines: lines() }
}

test('forty thousand lines of ten thousand partitions never hold the loop for long', async () => {
  const reader = new Reader()
  const { state, lines } = slowLines(40_000)
  let turns = 0
  const others = () => {
    turns += 1
    state.sliceStartMs = state.nowMs
    if (!reader.isEnded) setImmediate(others)
  }
  setImmediate(others)
  await writeSliced(lines, reader as never, () => state.nowMs)
  assert.ok(state.longestMs < 5, `${state.longestMs} ms in one turn`)
  assert.ok(turns > 80, `${turns} turns of others`)
  assert.equal(reader.chunks.join('').split('\n').length, 40_001)
})

test('a slow reader is waited for', async () => {
  const reader = new Reader()
  reader.isFull = true
  const { state, lines } = slowLines(20_000)
  const done = writeSliced(lines, reader as never, () => state.nowMs)
  await new Promise((resolve) => setImmediate(resolve))
  while (!reader.isEnded) {
    const before = reader.chunks.length
    reader.emit('drain')
    for (let i = 0; i < 50 && reader.chunks.length === before && !reader.isEnded; i++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok(reader.chunks.length <= before + 1, 'one chunk for each drain')
  }
  await done
})

test('a reader that is gone ends it', async () => {
  const reader = new Reader()
  reader.isFull = true
  const { state, lines } = slowLines(100_000)
  const done = writeSliced(lines, reader as never, () => state.nowMs)
  await new Promise((resolve) => setImmediate(resolve))
  reader.destroyed = true
  reader.emit('close')
  await done
  assert.equal(reader.isEnded, false)
})
