import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discard } from './discard.js'

test('memory that is discarded goes at once, again and again, and leaves no bytes behind', () => {
  for (let count = 0; count < 3; count++) {
    const buffer = Buffer.allocUnsafeSlow(50 * 1024 * 1024)
    const before = process.memoryUsage().external
    discard(buffer.buffer as ArrayBuffer)
    assert.equal(buffer.length, 0)
    assert.ok(process.memoryUsage().external < before - 40 * 1024 * 1024)
  }
})
