import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from './turns.js'

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

test('actions of one key run one after the other, also behind one that failed; other keys do not wait', async () => {
  const turns = new Turns()
  const first = gate()
  const log: string[] = []
  const one = turns.take('a', async () => {
    log.push('one begins')
    await first.opened
    throw new Error('one failed')
  })
  const two = turns.take('a', () => {
    log.push('two')
    return Promise.resolve(2)
  })
  await turns.take('b', () => Promise.resolve(log.push('other')))
  assert.deepEqual(log, ['one begins', 'other'])
  first.open()
  await assert.rejects(one, /one failed/)
  assert.equal(await two, 2)
  assert.deepEqual(log, ['one begins', 'other', 'two'])
  assert.equal(await turns.take('a', () => Promise.resolve(3)), 3)
})
