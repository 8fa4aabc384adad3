import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeStruct, stickyAssignorUserData } from '@millrace/protocol'
import fc from 'fast-check'
import { partitionKey, type TopicPartition } from '../../../topic-partition.js'
import type { ConsumerPartitionAssignor, GroupAssignment, GroupMember } from './assignor.js'
import { type AssignorName, assignorOf, commonProtocol } from './assignors.js'

function member(memberId: string, topics: readonly string[], more: Partial<GroupMember> = {}): GroupMember {
  return {
    memberId,
    topics,
    groupInstanceId: null,
    userData: null,
    ownedPartitions: [],
    generationId: -1,
    rackId: null,
    ...more,
  }
}

const named = (name: AssignorName): ConsumerPartitionAssignor => assignorOf(name) as ConsumerPartitionAssignor
const shown = (assignment: GroupAssignment) =>
  Object.fromEntries(
    [...assignment].map(([id, list]) => [id, list.map((one) => partitionKey(one.topic, one.partition))]),
  )
const partitions = (text: string): TopicPartition[] =>
  text === '' ? [] : text.split(' ').map((one) => ({ topic: one.slice(0, -2), partition: Number(one.slice(-1)) }))

// What Java's RangeAssignor and RoundRobinAssignor do with the same input.
const TABLE: readonly {
  readonly what: string
  readonly assignor: AssignorName
  readonly topics: Record<string, number>
  readonly members: readonly GroupMember[]
  readonly expected: Record<string, string>
}[] = [
  {
    what: 'range: the first members get one more of each topic',
    assignor: 'range',
    topics: { a: 3, b: 3 },
    members: [member('m2', ['a', 'b']), member('m1', ['a', 'b'])],
    expected: { m1: 'a-0 a-1 b-0 b-1', m2: 'a-2 b-2' },
  },
  {
    what: 'range: more members than partitions',
    assignor: 'range',
    topics: { a: 2 },
    members: [member('m1', ['a']), member('m2', ['a']), member('m3', ['a'])],
    expected: { m1: 'a-0', m2: 'a-1', m3: '' },
  },
  {
    what: 'range: only subscribers of a topic share it; a topic that is not there is nobody’s',
    assignor: 'range',
    topics: { a: 3, b: 2, gone: 0 },
    members: [member('m1', ['a']), member('m2', ['a', 'b', 'gone']), member('m3', ['a'])],
    expected: { m1: 'a-0', m2: 'a-1 b-0 b-1', m3: 'a-2' },
  },
  {
    what: 'range: static members come first, by their instance id',
    assignor: 'range',
    topics: { a: 3 },
    members: [
      member('a', ['a']),
      member('z', ['a'], { groupInstanceId: 'i1' }),
      member('b', ['a'], { groupInstanceId: 'i2' }),
    ],
    expected: { z: 'a-0', b: 'a-1', a: 'a-2' },
  },
  {
    what: 'roundrobin: in turn over all topics',
    assignor: 'roundrobin',
    topics: { b: 3, a: 3 },
    members: [member('m1', ['a', 'b']), member('m2', ['a', 'b'])],
    expected: { m1: 'a-0 a-2 b-1', m2: 'a-1 b-0 b-2' },
  },
  {
    what: 'roundrobin: turns pass by who does not subscribe',
    assignor: 'roundrobin',
    topics: { a: 1, b: 2, c: 3 },
    members: [member('m1', ['a']), member('m2', ['a', 'b']), member('m3', ['a', 'b', 'c'])],
    expected: { m1: 'a-0', m2: 'b-0', m3: 'b-1 c-0 c-1 c-2' },
  },
  {
    what: 'cooperative-sticky: what moves is with nobody until its owner has given it up',
    assignor: 'cooperative-sticky',
    topics: { a: 4 },
    members: [
      member('m1', ['a'], { ownedPartitions: partitions('a-0 a-1 a-2 a-3'), generationId: 1 }),
      member('m2', ['a'], { generationId: -1 }),
    ],
    expected: { m1: 'a-0 a-1', m2: '' },
  },
  {
    what: 'cooperative-sticky: and then with the other',
    assignor: 'cooperative-sticky',
    topics: { a: 4 },
    members: [
      member('m1', ['a'], { ownedPartitions: partitions('a-0 a-1'), generationId: 2 }),
      member('m2', ['a'], { generationId: 2 }),
    ],
    expected: { m1: 'a-0 a-1', m2: 'a-2 a-3' },
  },
  {
    what: 'cooperative-sticky: of two that claim a partition, the later generation has it',
    assignor: 'cooperative-sticky',
    topics: { a: 2 },
    members: [
      member('old', ['a'], { ownedPartitions: partitions('a-0 a-1'), generationId: 3 }),
      member('new', ['a'], { ownedPartitions: partitions('a-0'), generationId: 4 }),
    ],
    expected: { old: 'a-1', new: 'a-0' },
  },
]

for (const { what, assignor, topics, members, expected } of TABLE) {
  test(what, () => {
    const assignment = shown(named(assignor).assign(new Map(Object.entries(topics)), members))
    const wanted = Object.fromEntries(
      Object.entries(expected).map(([id, list]) => [id, list === '' ? [] : list.split(' ')]),
    )
    assert.deepEqual(assignment, wanted)
  })
}

const groups = fc
  .record({
    topics: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }),
    members: fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }), { minLength: 1, maxLength: 7 }),
  })
  .map(({ topics, members }) => ({
    topics: new Map(topics.map((count, index) => [`t${index}`, count])),
    members: members.map((subscribed, index) =>
      member(
        `m${index}`,
        [...new Set(subscribed)].map((one) => `t${one}`),
      ),
    ),
  }))

for (const name of ['range', 'roundrobin', 'sticky', 'cooperative-sticky'] as const) {
  test(`${name}: each partition that somebody subscribes to goes to exactly one subscriber`, () => {
    fc.assert(
      fc.property(groups, ({ topics, members }) => {
        const assignment = named(name).assign(topics, members)
        const seen = new Set<string>()
        for (const [id, list] of assignment) {
          const subscribed = members.find(({ memberId }) => memberId === id)?.topics ?? []
          for (const { topic, partition } of list) {
            assert.ok(subscribed.includes(topic))
            assert.ok(!seen.has(partitionKey(topic, partition)))
            seen.add(partitionKey(topic, partition))
          }
        }
        let expected = 0
        for (const [topic, count] of topics) if (members.some((one) => one.topics.includes(topic))) expected += count
        assert.equal(seen.size, expected)
      }),
    )
  })
}

test('sticky: no partition could move to a member that has fewer by two', () => {
  fc.assert(
    fc.property(groups, ({ topics, members }) => {
      const assignment = named('sticky').assign(topics, members)
      for (const list of assignment.values()) {
        for (const { topic } of list) {
          for (const other of members.filter((one) => one.topics.includes(topic))) {
            assert.ok((assignment.get(other.memberId)?.length ?? 0) + 1 >= list.length)
          }
        }
      }
    }),
  )
})

test('sticky and cooperative-sticky: nothing moves when nothing has changed, and little when a member leaves', () => {
  fc.assert(
    fc.property(groups, fc.nat(6), ({ topics, members }, leaving) => {
      const before = named('cooperative-sticky').assign(topics, members)
      const owning = members.map((one) => ({
        ...one,
        ownedPartitions: before.get(one.memberId) ?? [],
        generationId: 1,
      }))
      assert.deepEqual(sorted(named('cooperative-sticky').assign(topics, owning)), sorted(before))

      const left = owning.filter((_, index) => index !== leaving)
      if (left.length === owning.length || left.length === 0) return
      const after = named('cooperative-sticky').assign(topics, left)
      // Only with equal subscriptions is everything that stayed sure to stay.
      if (new Set(members.map((one) => [...one.topics].sort().join())).size > 1) return
      for (const { memberId, ownedPartitions } of left) {
        const now = new Set(after.get(memberId)?.map((one) => partitionKey(one.topic, one.partition)))
        for (const { topic, partition } of ownedPartitions) assert.ok(now.has(partitionKey(topic, partition)))
      }
    }),
  )
})

function sorted(assignment: GroupAssignment): unknown {
  return Object.fromEntries(Object.entries(shown(assignment)).map(([id, list]) => [id, [...list].sort()]))
}

test('sticky: the user data carry what the member had, as Java reads it', () => {
  const sticky = named('sticky')
  assert.equal(sticky.subscriptionUserData?.(), null)
  sticky.onAssignment?.(partitions('a-0 a-1 b-2'), 7)
  const userData = sticky.subscriptionUserData?.() as Buffer
  const value = decodeStruct(stickyAssignorUserData, 1, userData)
  assert.equal(value.generation, 7)
  assert.deepEqual(
    value.previousAssignment.map(({ topic, partitions: list }) => [topic, list]),
    [
      ['a', [0, 1]],
      ['b', [2]],
    ],
  )
  const assignment = named('sticky').assign(
    new Map([
      ['a', 2],
      ['b', 3],
    ]),
    [member('m1', ['a', 'b'], { userData }), member('m2', ['a', 'b'])],
  )
  assert.deepEqual(shown(assignment)['m1'], ['a-0', 'a-1', 'b-2'])
})

test('a large group is assigned in a moment', () => {
  const topics = new Map(Array.from({ length: 20 }, (_, index) => [`t${index}`, 100]))
  const members = Array.from({ length: 200 }, (_, index) => member(`m${index}`, [...topics.keys()]))
  const start = performance.now()
  const before = named('cooperative-sticky').assign(topics, members)
  const owning = members
    .slice(0, 150)
    .map((one) => ({ ...one, ownedPartitions: before.get(one.memberId) ?? [], generationId: 1 }))
  named('cooperative-sticky').assign(topics, owning)
  assert.ok(performance.now() - start < 5000)
})

test('names, Java classes, and the protocol that a list has in common', () => {
  assert.equal(assignorOf('org.apache.kafka.clients.consumer.CooperativeStickyAssignor')?.name, 'cooperative-sticky')
  assert.equal(assignorOf('fastest'), undefined)
  assert.equal(commonProtocol([named('range'), named('cooperative-sticky')]), 'eager')
  assert.equal(commonProtocol([named('cooperative-sticky')]), 'cooperative')
  assert.equal(commonProtocol([{ ...named('range'), protocols: ['cooperative'] }, named('sticky')]), undefined)
})
