import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EpochEntry, LeaderEpochs } from './leader-epochs.js'

const ENTRIES: readonly EpochEntry[] = [
  { epoch: 2, startOffset: 10 },
  { epoch: 4, startOffset: 20 },
  { epoch: 7, startOffset: 30 },
]

test('end offset: of the latest, of older, of unknown epochs', () => {
  const epochs = new LeaderEpochs(ENTRIES)
  const cases: [requested: number, epoch: number, endOffset: number][] = [
    [7, 7, 99],
    [4, 4, 30],
    [5, 4, 30],
    [2, 2, 20],
    [1, 1, 10], // older than all that are known: up to where the first of them begins
    [8, -1, -1],
    [-1, -1, -1],
  ]
  for (const [requested, epoch, endOffset] of cases) {
    assert.deepEqual(epochs.endOffsetFor(requested, 99), { epoch, endOffset }, `epoch ${requested}`)
  }
  assert.deepEqual(new LeaderEpochs().endOffsetFor(0, 5), { epoch: -1, endOffset: -1 })
})

test('assign: entries that contradict the new one are removed, the same one changes nothing', () => {
  const epochs = new LeaderEpochs(ENTRIES)
  epochs.assign(7, 35)
  assert.equal(epochs.version, 0)
  epochs.assign(8, 25)
  assert.deepEqual(epochs.entries, [ENTRIES[0], ENTRIES[1], { epoch: 8, startOffset: 25 }])
  epochs.assign(3, 40)
  assert.deepEqual(epochs.entries, [ENTRIES[0], { epoch: 3, startOffset: 40 }])
  assert.equal(epochs.version, 2)
})

test('truncation from either end, and epochs of offsets', () => {
  const cut = new LeaderEpochs(ENTRIES)
  cut.truncateFromEnd(20)
  assert.deepEqual(cut.entries, [ENTRIES[0]])
  const begun = new LeaderEpochs(ENTRIES)
  begun.truncateFromStart(25)
  assert.deepEqual(begun.entries, [{ epoch: 4, startOffset: 25 }, ENTRIES[2]])
  begun.truncateFromStart(25)
  assert.equal(begun.version, 1)
  begun.truncateFromStart(3)
  assert.equal(begun.version, 1)
  const epochs = new LeaderEpochs(ENTRIES)
  assert.deepEqual(
    [9, 10, 19, 20, 1000].map((offset) => epochs.epochOf(offset)),
    [undefined, 2, 2, 4, 7],
  )
})
