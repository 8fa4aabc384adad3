import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  describeTopicPartitions,
  ErrorCode,
  encodeResponse,
  type RequestOf,
  type ResponseInputOf,
  ZERO_UUID,
} from '@millrace/protocol'
import { BrokerConfig } from '../config/broker-config.js'
import { MetadataCache } from '../metadata/metadata-cache.js'
import type { RequestContext } from '../network/dispatcher.js'
import { describeTopicPartitionsHandler } from './75-describe-topic-partitions.js'
import type { BrokerServices } from './services.js'

type Request = RequestOf<typeof describeTopicPartitions>
type Response = ResponseInputOf<typeof describeTopicPartitions>

const ids = { a: 'AAAAAAAAAAAAAAAAAAAAAQ', b: 'AAAAAAAAAAAAAAAAAAAAAg', __consumer_offsets: 'AAAAAAAAAAAAAAAAAAAAAw' }

/** Topics a with 3 partitions, b with 2, __consumer_offsets with 1. */
function handle(request: Partial<Request>, properties: Record<string, string> = {}): Response {
  const metadata = new MetadataCache()
  const topics = [
    ['b', 2],
    ['a', 3],
    ['__consumer_offsets', 1],
  ] as const
  metadata.update({
    controllerId: 0,
    controllerEpoch: 1,
    brokerEpoch: 1,
    liveBrokers: [],
    topicStates: topics.map(([topicName, count]) => ({
      topicName,
      topicId: ids[topicName],
      partitionStates: Array.from({ length: count }, (_, index) => ({
        partitionIndex: count - 1 - index,
        controllerEpoch: 1,
        leader: topicName === 'b' ? -1 : 0,
        leaderEpoch: 4,
        isr: [0],
        zkVersion: 0,
        replicas: [0, 1],
        offlineReplicas: [1],
      })),
    })),
  })
  const config = new BrokerConfig(new Map(Object.entries(properties)))
  const { handle: answer } = describeTopicPartitionsHandler({ metadata, config } as unknown as BrokerServices)
  const whole = { topics: [], responsePartitionLimit: 2000, cursor: null, ...request }
  const response = answer(whole as never, {} as RequestContext) as Response
  encodeResponse(describeTopicPartitions, 0, 1, response)
  return response
}

function asked(...names: string[]) {
  return names.map((name) => ({ name }))
}

function pageOf({ topics, nextCursor }: Response) {
  const shown = topics.map(
    ({ name, partitions }) => `${name}:${partitions.map((each) => each.partitionIndex).join(' ')}`,
  )
  const next = nextCursor ? `${nextCursor.topicName}-${nextCursor.partitionIndex}` : null
  return [shown, next]
}

test('all topics come in the order of their names, partitions in that of their indexes', () => {
  assert.deepEqual(pageOf(handle({})), [['__consumer_offsets:0', 'a:0 1 2', 'b:0 1'], null])
})

test('a partition is told with replicas, without an error of its own, and lists for KIP-966 that are not null', () => {
  const [topic] = handle({ topics: asked('b') }).topics
  assert.deepEqual([topic?.errorCode, topic?.topicId, topic?.isInternal], [ErrorCode.NONE, ids.b, false])
  assert.deepEqual(topic?.partitions[0], {
    errorCode: ErrorCode.NONE,
    partitionIndex: 0,
    leaderId: -1,
    leaderEpoch: 4,
    replicaNodes: [0, 1],
    isrNodes: [0],
    offlineReplicas: [1],
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
  })
})

test("the broker's own topics are internal", () => {
  assert.equal(handle({ topics: asked('__consumer_offsets') }).topics[0]?.isInternal, true)
})

test('topics that are unknown or cannot be are told with an error, among the others in order', () => {
  const { topics } = handle({ topics: asked('zz', 'b', 'a b', 'b') })
  assert.deepEqual(
    topics.map(({ name, errorCode, topicId }) => [name, errorCode, topicId]),
    [
      ['a b', ErrorCode.INVALID_TOPIC_EXCEPTION, ZERO_UUID],
      ['b', ErrorCode.NONE, ids.b],
      ['zz', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ZERO_UUID],
    ],
  )
})

const pages: readonly [string, Partial<Request>, Record<string, string>, unknown][] = [
  ['a limit within a topic', { topics: asked('a', 'b'), responsePartitionLimit: 2 }, {}, [['a:0 1'], 'a-2']],
  ['a limit at the end of a topic', { topics: asked('a', 'b'), responsePartitionLimit: 3 }, {}, [['a:0 1 2'], 'b-0']],
  [
    'a limit at the end of all',
    { topics: asked('a', 'b'), responsePartitionLimit: 5 },
    {},
    [['a:0 1 2', 'b:0 1'], null],
  ],
  ['no limit worth the name', { topics: asked('a'), responsePartitionLimit: 0 }, {}, [['a:0'], 'a-1']],
  ['a negative limit', { topics: asked('a'), responsePartitionLimit: -1 }, {}, [['a:0'], 'a-1']],
  ["the broker's limit", { topics: asked('a') }, { 'max.request.partition.size.limit': '1' }, [['a:0'], 'a-1']],
  [
    'a cursor within a topic',
    { topics: asked('a', 'b'), cursor: { topicName: 'a', partitionIndex: 1 } },
    {},
    [['a:1 2', 'b:0 1'], null],
  ],
  [
    'a cursor at a later topic',
    { topics: asked('a', 'b'), cursor: { topicName: 'b', partitionIndex: 0 } },
    {},
    [['b:0 1'], null],
  ],
  [
    'a cursor past the last partition',
    { topics: asked('a', 'b'), cursor: { topicName: 'a', partitionIndex: 9 } },
    {},
    [['a:', 'b:0 1'], null],
  ],
  [
    'a cursor into all topics at one that has gone',
    { cursor: { topicName: 'aa', partitionIndex: 5 } },
    {},
    [['b:0 1'], null],
  ],
]

for (const [what, request, properties, page] of pages) {
  test(`a page with ${what}`, () => {
    assert.deepEqual(pageOf(handle(request, properties)), page)
  })
}

test('pages one after the other give every partition once', () => {
  const seen: string[] = []
  let cursor: Request['cursor'] = null
  do {
    const response: Response = handle({ responsePartitionLimit: 1, cursor })
    for (const { name, partitions } of response.topics) {
      seen.push(...partitions.map(({ partitionIndex }) => `${name}-${partitionIndex}`))
    }
    cursor = (response.nextCursor ?? null) as Request['cursor']
  } while (cursor !== null)
  assert.deepEqual(seen, ['__consumer_offsets-0', 'a-0', 'a-1', 'a-2', 'b-0', 'b-1'])
})

for (const cursor of [
  { topicName: 'b', partitionIndex: 0 },
  { topicName: 'a', partitionIndex: -1 },
]) {
  test(`a cursor at ${cursor.topicName}-${cursor.partitionIndex} when topic a is asked is refused`, () => {
    const { topics } = handle({ topics: asked('a'), cursor })
    assert.deepEqual(
      topics.map(({ name, errorCode }) => [name, errorCode]),
      [['a', ErrorCode.INVALID_REQUEST]],
    )
  })
}
