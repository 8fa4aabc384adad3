import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assignReplicas, type PlacementBroker, rackAlternated, racksAreMixed } from './replica-placement.js'

const brokers = (count: number): readonly PlacementBroker[] =>
  Array.from({ length: count }, (_, id) => ({ id, rack: undefined }))

const RACKS = ['rack1', 'rack3', 'rack3', 'rack2', 'rack2', 'rack1']
const racked = RACKS.map((rack, id) => ({ id, rack }))

test("without racks: the table of Kafka's documentation", () => {
  const assignment = assignReplicas({
    brokers: brokers(5),
    partitionCount: 10,
    replicationFactor: 3,
    startIndex: 0,
    startPartition: 0,
  })
  assert.deepEqual(assignment, [
    [0, 1, 2],
    [1, 2, 3],
    [2, 3, 4],
    [3, 4, 0],
    [4, 0, 1],
    [0, 2, 3],
    [1, 3, 4],
    [2, 4, 0],
    [3, 0, 1],
    [4, 1, 2],
  ])
})

test("with racks: the example of Kafka's documentation", () => {
  assert.deepEqual(
    rackAlternated(racked).map(({ id }) => id),
    [0, 3, 1, 5, 4, 2],
  )
  const assignment = assignReplicas({
    brokers: racked,
    partitionCount: 7,
    replicationFactor: 3,
    startIndex: 0,
    replicaShift: 0,
    startPartition: 0,
  })
  assert.deepEqual(assignment, [
    [0, 3, 1],
    [3, 1, 5],
    [1, 5, 4],
    [5, 4, 2],
    [4, 2, 0],
    [2, 0, 3],
    [0, 4, 2],
  ])
})

test('added partitions go on where the topic stopped', () => {
  const request = { brokers: brokers(4), replicationFactor: 2, startIndex: 1, replicaShift: 1 }
  const all = assignReplicas({ ...request, partitionCount: 9, startPartition: 0 })
  const added = assignReplicas({ ...request, partitionCount: 1, startPartition: 3 })
  assert.deepEqual(added[0], all[3])
})

test('the shift wraps as a whole, and one broker is enough for one replica', () => {
  const one = assignReplicas({
    brokers: brokers(1),
    partitionCount: 3,
    replicationFactor: 1,
    startIndex: 0,
    startPartition: 0,
  })
  assert.deepEqual(one, [[0], [0], [0]])
})

test('any placement: distinct live replicas, even leaders, every rack used before one is used twice', () => {
  const rack = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined })
  fc.assert(
    fc.property(
      fc.array(rack, { minLength: 1, maxLength: 9 }),
      fc.nat(30),
      fc.nat(8),
      fc.nat(8),
      fc.nat(8),
      (racks, partitionCount, factor, startIndex, replicaShift) => {
        const list = racks.map((name, id) => ({ id, rack: name }))
        const replicationFactor = Math.min(factor + 1, list.length)
        const assignment = assignReplicas({
          brokers: list,
          partitionCount: partitionCount + 1,
          replicationFactor,
          startIndex: startIndex % list.length,
          replicaShift: replicaShift % list.length,
          startPartition: 0,
        })
        const leaders = new Map<number, number>()
        for (const replicas of assignment) {
          assert.equal(replicas.length, replicationFactor)
          assert.equal(new Set(replicas).size, replicationFactor)
          const leader = replicas[0] ?? -1
          leaders.set(leader, (leaders.get(leader) ?? 0) + 1)
          if (racks.includes(undefined)) continue
          const used = new Set(replicas.map((id) => racks[id]))
          assert.equal(used.size, Math.min(replicationFactor, new Set(racks).size))
        }
        const counts = list.map(({ id }) => leaders.get(id) ?? 0)
        assert(Math.max(...counts) - Math.min(...counts) <= 1)
      },
    ),
    { numRuns: 300 },
  )
})

test('some racks known and some not', () => {
  assert.equal(racksAreMixed(racked), false)
  assert.equal(racksAreMixed(brokers(2)), false)
  assert.equal(racksAreMixed([...racked, { id: 9, rack: undefined }]), true)
})
