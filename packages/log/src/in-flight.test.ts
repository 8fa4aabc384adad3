import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InFlight } from './in-flight.js'

test('so many requests are under way at once, in order, also when some fail', async () => {
  const inFlight = new InFlight(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const ask = (index: number) =>
    inFlight.run(async () => {
      begun.push(index)
      await new Promise<void>((resolve) => ends.push(resolve))
      if (index % 2 === 1) throw new Error(`refused ${index}`)
      return index
    })
  const asked = Promise.allSettled([0, 1, 2, 3, 4].map(ask))
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  await settle()
  assert.deepEqual(begun, [0, 1])
  ends[1]?.()
  await settle()
  assert.deepEqual(begun, [0, 1, 2])
  for (let index = 0; index < 5; index += 1) {
    ends[index]?.()
    await settle()
  }
  assert.deepEqual(begun, [0, 1, 2, 3, 4])
  assert.deepEqual(
    (await asked).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal(await inFlight.run(async () => 5), 5)
})
