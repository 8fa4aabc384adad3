import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RememberedPositions } from './remembered-positions.js'

test('remembered positions: the last sixteen offsets are known, and each has the position that was told last', () => {
  const positions = new RememberedPositions()
  for (let offset = 0; offset < 20; offset += 1) positions.remember(offset, offset * 100)
  for (let offset = 0; offset < 4; offset += 1) assert.equal(positions.recall(offset), undefined)
  for (let offset = 4; offset < 20; offset += 1) assert.equal(positions.recall(offset), offset * 100)
  positions.remember(10, 7)
  assert.equal(positions.recall(10), 7)
  assert.equal(positions.recall(4), 400, 'what is told again takes nobody else’s place')
  positions.remember(20, 2000)
  assert.equal(positions.recall(4), undefined)
})

test('remembered positions: nothing is known of a file that was cut', () => {
  const positions = new RememberedPositions()
  positions.remember(5, 50)
  positions.clear()
  assert.equal(positions.recall(5), undefined)
  positions.remember(6, 60)
  assert.equal(positions.recall(6), 60)
})
