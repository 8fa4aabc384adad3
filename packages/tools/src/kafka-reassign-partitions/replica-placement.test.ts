import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { alternatingRacks, type PlacementBroker, placeReplicas } from './replica-placement.js'

const brokers = (racks: readonly (string | undefined)[]): readonly PlacementBroker[] =>
  racks.map((rack, id) => ({ id, rack }))

test('without racks, leaders go round and followers shift (the table of AdminUtils)', () => {
  const five = brokers([undefined, undefined, undefined, undefined, undefined])
  const placed = placeReplicas(five, { partitionCount: 10, replicationFactor: 3, startIndex: 0, replicaShift: 0 })
  const expected = ['0,1,2', '1,2,3', '2,3,4', '3,4,0', '4,0,1', '0,2,3', '1,3,4', '2,4,0', '3,0,1', '4,1,2']
  assert.deepEqual(placed.map(String), expected)
})

test('with racks, each partition is in as many racks as it can be', () => {
  const six = brokers(['rack1', 'rack3', 'rack3', 'rack2', 'rack2', 'rack1'])
  assert.deepEqual(
    alternatingRacks(six).map(({ id }) => id),
    [0, 3, 1, 5, 4, 2],
  )
  const placed = placeReplicas(six, { partitionCount: 7, replicationFactor: 3, startIndex: 0, replicaShift: 0 })
  assert.deepEqual(placed.map(String), ['0,3,1', '3,1,5', '1,5,4', '5,4,2', '4,2,0', '2,0,3', '0,4,2'])
})

test('too few brokers are told of', () => {
  const placement = { partitionCount: 1, replicationFactor: 2, startIndex: 0, replicaShift: 0 }
  assert.throws(() => placeReplicas(brokers([undefined]), placement), {
    message: 'Replication factor: 2 larger than available brokers: 1.',
  })
})

test('no partition has a broker twice, and leaders are spread evenly', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 7 }),
      fc.boolean(),
      fc.nat(20),
      fc.nat(20),
      fc.nat(6),
      (racks, hasRacks, start, shift, factor) => {
        const all = brokers(hasRacks ? racks : racks.map(() => undefined))
        const replicationFactor = 1 + (factor % all.length)
        const [startIndex, replicaShift] = [start % all.length, shift % all.length]
        const placed = placeReplicas(all, { partitionCount: 12, replicationFactor, startIndex, replicaShift })
        const leads = all.map(({ id }) => placed.filter(([leader]) => leader === id).length)
        assert.ok(Math.max(...leads) - Math.min(...leads) <= 1)
        for (const replicas of placed) {
          assert.equal(new Set(replicas).size, replicationFactor)
          const rackCount = Math.min(replicationFactor, new Set(all.map(({ rack }) => rack)).size)
          if (hasRacks) assert.equal(new Set(replicas.map((id) => all[id]?.rack)).size, rackCount)
        }
      },
    ),
  )
})
