import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apis, decodeResponse, ErrorCode, encodeResponse, ZERO_UUID } from '@millrace/protocol'
import { EMPTY_SNAPSHOT, leaderOf, nextSnapshot, withLeaders } from './metadata-snapshot.js'

const idA = 'AAAAAAAAAAAAAAAAAAAAAQ'
const idB = 'AAAAAAAAAAAAAAAAAAAAAg'

/** As a broker would send it. */
function answer(
  topics: readonly {
    name: string
    errorCode?: number
    topicId?: string
    leaders?: readonly [id: number, epoch: number][]
  }[],
) {
  const body = {
    brokers: [{ nodeId: 1, host: 'one', port: 9092, rack: 'r1' }],
    clusterId: 'c',
    controllerId: 1,
    topics: topics.map(({ name, errorCode = 0, topicId = idA, leaders = [] }) => ({
      errorCode,
      name,
      topicId,
      partitions: leaders.map(([leaderId, leaderEpoch], partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId,
        leaderEpoch,
        replicaNodes: [1, 2],
        isrNodes: [1],
      })),
    })),
  }
  const frame = Buffer.concat(encodeResponse(apis.Metadata, 12, 1, body)).subarray(4)
  return decodeResponse(apis.Metadata, 12, frame).body
}

test('an answer makes a new snapshot, with brokers, controller, topics and leaders', () => {
  const snapshot = nextSnapshot(
    EMPTY_SNAPSHOT,
    answer([
      {
        name: 't',
        leaders: [
          [1, 5],
          [-1, 6],
        ],
      },
    ]),
    true,
  )
  assert.deepEqual([snapshot.version, snapshot.clusterId, snapshot.controllerId], [1, 'c', 1])
  assert.deepEqual(snapshot.nodes.get(1), { id: 1, host: 'one', port: 9092, rack: 'r1' })
  assert.deepEqual([leaderOf(snapshot, 't', 0)?.leader, leaderOf(snapshot, 't', 1)?.leader], [1, -1])
  assert.equal(leaderOf(snapshot, 't', 2), undefined)
})

test('a leader of an older epoch is not believed, unless the topic is another one of that name', () => {
  const first = nextSnapshot(EMPTY_SNAPSHOT, answer([{ name: 't', leaders: [[2, 5]] }]), true)
  const older = nextSnapshot(first, answer([{ name: 't', leaders: [[1, 4]] }]), true)
  assert.equal(leaderOf(older, 't', 0)?.leader, 2)
  const newer = nextSnapshot(older, answer([{ name: 't', leaders: [[1, 6]] }]), true)
  assert.equal(leaderOf(newer, 't', 0)?.leader, 1)
  const anew = nextSnapshot(newer, answer([{ name: 't', topicId: idB, leaders: [[2, 0]] }]), true)
  assert.equal(leaderOf(anew, 't', 0)?.leader, 2)
})

test('topics that an answer about all of them does not name are forgotten, others are kept', () => {
  const first = nextSnapshot(
    EMPTY_SNAPSHOT,
    answer([
      { name: 'a', leaders: [[1, 0]] },
      { name: 'b', leaders: [[1, 0]] },
    ]),
    true,
  )
  assert.deepEqual([...nextSnapshot(first, answer([{ name: 'b', leaders: [[1, 0]] }]), true).topics.keys()], ['b'])
  assert.deepEqual(
    [...nextSnapshot(first, answer([{ name: 'b', leaders: [[1, 0]] }]), false).topics.keys()],
    ['a', 'b'],
  )
})

test('while a leader is elected, what was known of the topic stays', () => {
  const first = nextSnapshot(EMPTY_SNAPSHOT, answer([{ name: 't', leaders: [[1, 0]] }]), true)
  const electing = nextSnapshot(
    first,
    answer([{ name: 't', topicId: ZERO_UUID, errorCode: ErrorCode.LEADER_NOT_AVAILABLE }]),
    true,
  )
  assert.equal(electing.topics.get('t')?.errorCode, ErrorCode.LEADER_NOT_AVAILABLE)
  assert.equal(leaderOf(electing, 't', 0)?.leader, 1)
})

test('a hint names a newer leader and its address (KIP-951)', () => {
  const before = nextSnapshot(
    EMPTY_SNAPSHOT,
    answer([
      {
        name: 't',
        leaders: [
          [1, 5],
          [1, 5],
        ],
      },
    ]),
    true,
  )
  const hint = { topic: 't', partition: 1, leaderId: 2, leaderEpoch: 6 }
  const two = { nodeId: 2, host: 'two', port: 9093, rack: null }
  const { snapshot, believed } = withLeaders(before, [hint], [two])
  assert.deepEqual(believed, [hint])
  assert.deepEqual([leaderOf(snapshot, 't', 0)?.leader, leaderOf(snapshot, 't', 1)?.leader], [1, 2])
  assert.deepEqual(snapshot.nodes.get(2), { id: 2, host: 'two', port: 9093, rack: null })
  assert.equal(leaderOf(before, 't', 1)?.leader, 1)
  const later = nextSnapshot(
    snapshot,
    answer([
      {
        name: 't',
        leaders: [
          [1, 5],
          [1, 5],
        ],
      },
    ]),
    true,
  )
  assert.equal(leaderOf(later, 't', 1)?.leader, 2, 'an answer that is older than the hint')
})

test('a hint is not believed without a newer epoch, an address, or a partition that is known', () => {
  const before = nextSnapshot(EMPTY_SNAPSHOT, answer([{ name: 't', leaders: [[1, 5]] }]), true)
  const two = { nodeId: 2, host: 'two', port: 9093, rack: null }
  const hint = { topic: 't', partition: 0, leaderId: 2, leaderEpoch: 6 }
  const cases = [
    { hints: [{ ...hint, leaderEpoch: 5 }], endpoints: [two] },
    { hints: [{ ...hint, leaderEpoch: -1 }], endpoints: [two] },
    { hints: [{ ...hint, leaderId: -1 }], endpoints: [two] },
    { hints: [hint], endpoints: [] },
    { hints: [{ ...hint, partition: 1 }], endpoints: [two] },
    { hints: [{ ...hint, topic: 'u' }], endpoints: [two] },
  ]
  for (const { hints, endpoints } of cases) {
    const { snapshot, believed } = withLeaders(before, hints, endpoints)
    assert.equal(snapshot, before)
    assert.deepEqual(believed, [])
  }
})
