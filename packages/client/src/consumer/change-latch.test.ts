import { test } from 'node:test'
import { systemClientPorts } from '../ports.js'
import { Deadline } from '../waiting.js'
import { ChangeLatch } from './change-latch.js'

const forever = (signal?: AbortSignal) => new Deadline(systemClientPorts, 'waiting', Number.POSITIVE_INFINITY, signal)

test('a wait ends at once when something has changed before, or the signal has aborted before', async () => {
  const latch = new ChangeLatch(systemClientPorts)
  latch.set()
  await latch.wait(forever())
  latch.reset()
  await latch.wait(forever(AbortSignal.abort()))
})

test('a wait ends with a change, and with the signal', async () => {
  const latch = new ChangeLatch(systemClientPorts)
  const changed = latch.wait(forever())
  latch.set()
  await changed
  latch.reset()
  const controller = new AbortController()
  const aborted = latch.wait(forever(controller.signal))
  controller.abort()
  await aborted
})
