import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allInTurns, inTurns } from './loop-share.js'

function holdLoop(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** How many turns the loop has while the work is done. */
async function turnsDuring<Result>(work: Promise<Result>): Promise<{ result: Result; turns: number }> {
  let turns = 0
  let isDone = false
  const count = () => {
    if (isDone) return
    turns += 1
    setImmediate(count)
  }
  setImmediate(count)
  const result = await work.finally(() => {
    isDone = true
  })
  return { result, turns }
}

test('steps that take long together let others have their turn between them', async () => {
  function* steps(): Generator<undefined, string> {
    for (let step = 0; step < 10; step += 1) {
      holdLoop(3)
      yield
    }
    return 'done'
  }
  const { result, turns } = await turnsDuring(inTurns(steps()))
  assert.equal(result, 'done')
  assert.ok(turns >= 3, `${turns} turns`)
})

test('actions for many items are begun in turns, and give their results in order', async () => {
  const { result, turns } = await turnsDuring(
    allInTurns([1, 2, 3, 4, 5, 6], async (item) => {
      holdLoop(3)
      return item * 2
    }),
  )
  assert.deepEqual(result, [2, 4, 6, 8, 10, 12])
  assert.ok(turns >= 2, `${turns} turns`)
})

test('an action that fails before all have begun is what the whole rejects with', async () => {
  const begun: number[] = []
  const failing = allInTurns([1, 2, 3, 4], async (item) => {
    begun.push(item)
    holdLoop(6)
    if (item === 2) throw new Error('refused')
  })
  await assert.rejects(failing, /refused/)
  assert.deepEqual(begun, [1, 2, 3, 4])
})
