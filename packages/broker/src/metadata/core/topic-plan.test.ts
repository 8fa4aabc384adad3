import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Assignment,
  type ClusterView,
  type GrowTopic,
  type NewTopic,
  planGrowth,
  planTopic,
} from './topic-plan.js'

function cluster(options: Partial<ClusterView> = {}): ClusterView {
  const topics = ['existing', 'with.dot']
  return {
    topics,
    hasTopic: (name) => topics.includes(name),
    brokerIds: [0, 1, 2],
    defaultPartitions: 4,
    defaultReplicationFactor: 2,
    configMistake: (configs) => (configs.has('wrong') ? 'Unknown topic config name: wrong' : undefined),
    place: ({ partitions, replicationFactor, after = [] }) =>
      Array.from({ length: partitions }, (_, index) =>
        Array.from({ length: replicationFactor }, (_unused, replica) => (after.length + index + replica) % 3),
      ),
    ...options,
  }
}

function newTopic(options: Partial<NewTopic> = {}): NewTopic {
  return { name: 'new', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...options }
}

function manual(...assignments: readonly (readonly [number, readonly number[]])[]): Partial<NewTopic> {
  return {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
  }
}

test('a topic gets the partitions and replicas that it asks for, and its configs', () => {
  const plan = planTopic(
    newTopic({ numPartitions: 3, replicationFactor: 2, configs: [{ name: 'retention.ms', value: '1' }] }),
    cluster(),
  )
  assert.deepEqual(plan, {
    name: 'new',
    assignment: [
      [0, 1],
      [1, 2],
      [2, 0],
    ],
    replicationFactor: 2,
    configs: new Map([['retention.ms', '1']]),
  })
})

test('−1 takes the defaults of the broker', () => {
  const plan = planTopic(newTopic({ numPartitions: -1, replicationFactor: -1 }), cluster())
  assert.ok('assignment' in plan)
  assert.deepEqual([plan.assignment.length, plan.replicationFactor], [4, 2])
})

test('a manual assignment is taken as it is, in the order of its indexes', () => {
  const plan = planTopic(newTopic(manual([1, [2, 0]], [0, [1, 2]])), cluster())
  assert.ok('assignment' in plan)
  assert.deepEqual(plan.assignment, [
    [1, 2],
    [2, 0],
  ])
  assert.equal(plan.replicationFactor, 2)
})

const refusals: readonly [string, Partial<NewTopic>, string][] = [
  ['an empty name', { name: '' }, 'INVALID_TOPIC_EXCEPTION'],
  ['the name .', { name: '.' }, 'INVALID_TOPIC_EXCEPTION'],
  ['the name ..', { name: '..' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a name of 250 characters', { name: 'a'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
  ['a name with a space', { name: 'my topic' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a name with a letter outside ASCII', { name: 'köln' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a name that is taken', { name: 'existing' }, 'TOPIC_ALREADY_EXISTS'],
  ['a name that differs from a taken one in . and _ alone', { name: 'with_dot' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a wrong config', { configs: [{ name: 'wrong', value: '1' }] }, 'INVALID_CONFIG'],
  ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
  ['fewer than no partitions', { numPartitions: -2 }, 'INVALID_PARTITIONS'],
  ['more partitions than one request may create', { numPartitions: 2 ** 31 - 1 }, 'POLICY_VIOLATION'],
  ['no replicas', { replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
  ['more replicas than brokers', { replicationFactor: 4 }, 'INVALID_REPLICATION_FACTOR'],
  ['a number of partitions and an assignment', { ...manual([0, [0]]), numPartitions: 1 }, 'INVALID_REQUEST'],
  ['a replication factor and an assignment', { ...manual([0, [0]]), replicationFactor: 1 }, 'INVALID_REQUEST'],
  ['an assignment with a gap', manual([0, [0]], [2, [0]]), 'INVALID_REPLICA_ASSIGNMENT'],
  ['an assignment that starts at 1', manual([1, [0]]), 'INVALID_REPLICA_ASSIGNMENT'],
  ['an assignment of one partition twice', manual([0, [0]], [0, [1]]), 'INVALID_REPLICA_ASSIGNMENT'],
  ['an assignment with a negative index', manual([-1, [0]]), 'INVALID_REPLICA_ASSIGNMENT'],
  ['a partition without replicas', manual([0, []]), 'INVALID_REPLICA_ASSIGNMENT'],
  ['a broker twice in one partition', manual([0, [1, 1]]), 'INVALID_REPLICA_ASSIGNMENT'],
  ['a broker that there is not', manual([0, [9]]), 'INVALID_REPLICA_ASSIGNMENT'],
  ['partitions with different numbers of replicas', manual([0, [0, 1]], [1, [0]]), 'INVALID_REPLICA_ASSIGNMENT'],
]

for (const [what, topic, error] of refusals) {
  test(`a new topic with ${what} is refused: ${error}`, () => {
    const refusal = planTopic(newTopic(topic), cluster())
    assert.ok('error' in refusal, JSON.stringify(refusal))
    assert.equal(refusal.error, error)
    assert.notEqual(refusal.message, '')
  })
}

test('without a broker no topic can be created', () => {
  const refusal = planTopic(newTopic(), cluster({ brokerIds: [] }))
  assert.equal('error' in refusal && refusal.error, 'INVALID_REPLICATION_FACTOR')
})

const present: Assignment = [
  [0, 1],
  [1, 2],
]

function growth(options: Partial<GrowTopic> = {}): GrowTopic {
  return { name: 'existing', count: 4, assignments: null, present, ...options }
}

test('a topic grows by partitions with the replicas of the first', () => {
  assert.deepEqual(planGrowth(growth(), cluster()), [
    [2, 0],
    [0, 1],
  ])
})

test('a topic grows as it is told, by the new partitions alone', () => {
  const assignments = [{ brokerIds: [2, 1] }, { brokerIds: [1, 0] }]
  assert.deepEqual(planGrowth(growth({ assignments }), cluster()), [
    [2, 1],
    [1, 0],
  ])
})

const growthRefusals: readonly [string, Partial<GrowTopic>, Partial<ClusterView>, string][] = [
  ['to the number that it has', { count: 2 }, {}, 'INVALID_PARTITIONS'],
  ['to fewer', { count: 1 }, {}, 'INVALID_PARTITIONS'],
  ['to none', { count: 0 }, {}, 'INVALID_PARTITIONS'],
  ['to a negative number', { count: -1 }, {}, 'INVALID_PARTITIONS'],
  ['by more than one request may create', { count: 2 ** 31 - 1 }, {}, 'POLICY_VIOLATION'],
  ['with fewer brokers than it has replicas', {}, { brokerIds: [0] }, 'INVALID_REPLICATION_FACTOR'],
  ['with too few assignments', { assignments: [{ brokerIds: [0, 1] }] }, {}, 'INVALID_REPLICA_ASSIGNMENT'],
  ['with no assignments', { assignments: [] }, {}, 'INVALID_REPLICA_ASSIGNMENT'],
  [
    'with another number of replicas',
    { count: 3, assignments: [{ brokerIds: [0] }] },
    {},
    'INVALID_REPLICA_ASSIGNMENT',
  ],
  [
    'on a broker that there is not',
    { count: 3, assignments: [{ brokerIds: [0, 9] }] },
    {},
    'INVALID_REPLICA_ASSIGNMENT',
  ],
  ['on one broker twice', { count: 3, assignments: [{ brokerIds: [0, 0] }] }, {}, 'INVALID_REPLICA_ASSIGNMENT'],
]

for (const [what, topic, view, error] of growthRefusals) {
  test(`growing a topic ${what} is refused: ${error}`, () => {
    const refusal = planGrowth(growth(topic), cluster(view))
    assert.ok('error' in refusal, JSON.stringify(refusal))
    assert.equal(refusal.error, error)
  })
}
