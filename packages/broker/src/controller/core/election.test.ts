import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ElectionStrategy, electLeader } from './election.js'

const STRATEGIES: readonly ElectionStrategy[] = [
  { kind: 'offline', isUncleanAllowed: false },
  { kind: 'offline', isUncleanAllowed: true },
  { kind: 'reassign' },
  { kind: 'preferred' },
  { kind: 'controlledShutdown' },
]

/** All subsets of 1, 2, 3. */
const SUBSETS: readonly (readonly number[])[] = Array.from({ length: 8 }, (_, bits) =>
  [1, 2, 3].filter((brokerId) => bits & (1 << (brokerId - 1))),
)

test('the table, walked through all inputs of three replicas', () => {
  let elections = 0
  for (const strategy of STRATEGIES) {
    for (const isr of SUBSETS) {
      for (const live of SUBSETS) {
        for (const shuttingDown of SUBSETS) {
          const elected = electLeader(strategy, {
            replicas: [3, 1, 2],
            isr,
            isLive: (id) => live.includes(id),
            isShuttingDown: (id) => shuttingDown.includes(id),
          })
          const online = [3, 1, 2].filter((id) => live.includes(id) && !shuttingDown.includes(id))
          const clean = online.filter((id) => isr.includes(id))
          const expected = expectedLeader(strategy, online, clean)
          assert.equal(elected?.leader, expected)
          if (elected === undefined) continue
          elections++
          assert.equal(elected.isUnclean, !isr.includes(elected.leader))
          assert.equal(elected.isr.includes(elected.leader), true, 'a leader is in its ISR')
          if (elected.isUnclean) assert.deepEqual(elected.isr, [elected.leader])
          else if (strategy.kind === 'offline')
            assert.deepEqual(
              elected.isr,
              isr.filter((id) => online.includes(id)),
            )
          else if (strategy.kind === 'controlledShutdown') {
            assert.deepEqual(
              elected.isr,
              isr.filter((id) => !shuttingDown.includes(id)),
            )
          } else assert.deepEqual(elected.isr, isr)
        }
      }
    }
  }
  assert(elections > 500)
})

function expectedLeader(strategy: ElectionStrategy, online: readonly number[], clean: readonly number[]) {
  if (strategy.kind === 'preferred') return clean.includes(3) ? 3 : undefined
  if (strategy.kind === 'offline' && strategy.isUncleanAllowed) return clean[0] ?? online[0]
  return clean[0]
}
