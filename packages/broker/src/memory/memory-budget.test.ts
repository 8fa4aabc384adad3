import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBudget } from './memory-budget.js'

test('bytes are given out up to the bound; what is larger than it gets in alone', () => {
  const budget = new MemoryBudget(100)
  assert.equal(budget.take(60), true)
  assert.equal(budget.take(50), false)
  assert.equal(budget.take(40), true)
  assert.equal(budget.take(1), false)
  budget.give(100)
  assert.equal(budget.take(1000), true)
  assert.equal(budget.take(1), false)
})

test('who waits is served in turn, and nobody overtakes', () => {
  const budget = new MemoryBudget(100)
  const served: string[] = []
  budget.take(100)
  budget.takeLater(80, () => served.push('large'))
  budget.takeLater(20, () => served.push('small'))
  assert.equal(budget.isShort, true)
  budget.give(50)
  assert.deepEqual(served, [])
  assert.equal(budget.take(10), false, 'the line comes first')
  budget.give(50)
  assert.deepEqual(served, ['large', 'small'])
  assert.equal(budget.usedBytes, 100)
  assert.equal(budget.isShort, false)
})

test('who leaves the line makes way for those behind', () => {
  const budget = new MemoryBudget(100)
  const served: string[] = []
  budget.take(50)
  const leave = budget.takeLater(80, () => served.push('large'))
  budget.takeLater(20, () => served.push('small'))
  leave()
  assert.deepEqual(served, ['small'])
  leave()
  assert.equal(budget.usedBytes, 70)
})

test('who is served may give back at once, and wait again', () => {
  const budget = new MemoryBudget(10)
  let count = 0
  const again = () => {
    count++
    if (count < 5) budget.takeLater(10, again)
    budget.give(10)
  }
  budget.take(10)
  budget.takeLater(10, again)
  budget.give(10)
  assert.equal(count, 5)
  assert.equal(budget.usedBytes, 0)
})
