import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestMemory } from './request-memory.js'

test('memory is full from the bound on, and tells those who wait once when it is not any more', () => {
  const memory = new RequestMemory(100)
  let resumed = 0
  memory.take(99)
  assert.equal(memory.isFull, false)
  memory.take(50)
  assert.equal(memory.isFull, true)

  memory.whenRoom(() => resumed++)
  memory.give(40)
  assert.equal(resumed, 0, 'still over the bound')
  memory.give(40)
  memory.give(40)
  assert.equal(resumed, 1)
  assert.equal(memory.usedBytes, 29)
})

test('who does not wait any more is not told', () => {
  const memory = new RequestMemory(1)
  let resumed = 0
  const resume = () => resumed++
  memory.take(1)
  memory.whenRoom(resume)
  memory.forget(resume)
  memory.give(1)
  assert.equal(resumed, 0)
})
