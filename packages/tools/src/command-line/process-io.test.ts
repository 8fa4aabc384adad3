import assert from 'node:assert/strict'
import { test } from 'node:test'
import { processIo } from './process-io.js'

test('a signal interrupts, and the exit code says which one', () => {
  const io = processIo()
  const interruption = io.interruption()
  assert.deepEqual([interruption.aborted, io.exitCode(1)], [false, 1])
  process.emit('SIGINT', 'SIGINT')
  assert.deepEqual([interruption.aborted, io.exitCode(0)], [true, 130])
})
