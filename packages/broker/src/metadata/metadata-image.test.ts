import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZERO_UUID } from '@millrace/protocol'
import {
  LEADER_DURING_DELETE,
  type UpdateMetadataPartitionState,
  type UpdateMetadataRequest,
} from './metadata-applier.js'
import { MetadataCache } from './metadata-cache.js'
import { MetadataImage } from './metadata-image.js'

const idA = 'AAAAAAAAAAAAAAAAAAAAAQ'
const idB = 'AAAAAAAAAAAAAAAAAAAAAg'

function state(
  partitionIndex: number,
  options: Partial<UpdateMetadataPartitionState> = {},
): UpdateMetadataPartitionState {
  return {
    partitionIndex,
    controllerEpoch: 1,
    leader: 0,
    leaderEpoch: 0,
    isr: [0],
    zkVersion: 0,
    replicas: [0],
    offlineReplicas: [],
    ...options,
  }
}

const broker0 = {
  id: 0,
  rack: 'a',
  endpoints: [{ listener: 'PLAINTEXT', host: 'one.example.com', port: 9092, securityProtocol: 0 }],
}

function update(options: Partial<UpdateMetadataRequest> = {}): UpdateMetadataRequest {
  return { controllerId: 0, controllerEpoch: 1, brokerEpoch: 1, topicStates: [], liveBrokers: [broker0], ...options }
}

function topic(topicName: string, topicId: string, ...partitionStates: UpdateMetadataPartitionState[]) {
  return { topicName, topicId, partitionStates }
}

function deleted(partitionIndex: number): UpdateMetadataPartitionState {
  return state(partitionIndex, { leader: LEADER_DURING_DELETE })
}

/** All that an image tells, as plain data. */
function shown(image: MetadataImage): unknown {
  return {
    controllerId: image.controllerId,
    brokers: Array.from(image.brokers.values(), ({ id, rack, endpoints }) => ({ id, rack, endpoints: [...endpoints] })),
    topics: Array.from(image.topics.values(), ({ name, id, partitions }) => ({
      name,
      id,
      partitions: [...partitions],
      isFoundById: image.topicById(id)?.name === name,
    })),
  }
}

test('the first image knows nothing', () => {
  const { empty } = MetadataImage
  assert.deepEqual([empty.controllerId, empty.brokers.size, empty.topics.size], [-1, 0, 0])
  assert.equal(empty.topicById(idA), undefined)
  assert.equal(empty.partition('a', 0), undefined)
})

test('an update tells brokers with their endpoints, topics and partitions', () => {
  const image = MetadataImage.empty.with(update({ topicStates: [topic('a', idA, state(0), state(1, { leader: 2 }))] }))
  assert.deepEqual(image.brokers.get(0)?.endpoints.get('PLAINTEXT'), { host: 'one.example.com', port: 9092 })
  assert.equal(image.brokers.get(0)?.rack, 'a')
  assert.equal(image.topicById(idA)?.name, 'a')
  assert.equal(image.partition('a', 1)?.leader, 2)
  assert.equal(image.partition('a', 2), undefined)
})

test('partitions are merged: one that is not told stays as it was', () => {
  const before = MetadataImage.empty.with(
    update({ topicStates: [topic('a', idA, state(0), state(1)), topic('b', idB, state(0))] }),
  )
  const after = before.with(update({ topicStates: [topic('a', idA, state(1, { leader: 3, leaderEpoch: 1 }))] }))
  assert.equal(after.partition('a', 0)?.leader, 0)
  assert.deepEqual([after.partition('a', 1)?.leader, after.partition('a', 1)?.leaderEpoch], [3, 1])
  assert.equal(after.topics.get('b'), before.topics.get('b'))
})

test('the live brokers are replaced, not merged', () => {
  const before = MetadataImage.empty.with(update())
  const after = before.with(update({ controllerId: 1, liveBrokers: [{ ...broker0, id: 1 }] }))
  assert.deepEqual([...after.brokers.keys()], [1])
  assert.equal(after.controllerId, 1)
})

test('a partition whose leader is −2 is forgotten, and with the last one its topic and id', () => {
  const before = MetadataImage.empty.with(update({ topicStates: [topic('a', idA, state(0), state(1))] }))
  const half = before.with(update({ topicStates: [topic('a', idA, deleted(0))] }))
  assert.deepEqual([...(half.topics.get('a')?.partitions.keys() ?? [])], [1])
  assert.equal(half.topicById(idA)?.name, 'a')
  const gone = half.with(update({ topicStates: [topic('a', idA, deleted(1))] }))
  assert.equal(gone.topics.has('a'), false)
  assert.equal(gone.topicById(idA), undefined)
})

test('forgetting a topic that is not known changes nothing', () => {
  const image = MetadataImage.empty.with(update({ topicStates: [topic('a', idA, deleted(0))] }))
  assert.equal(image.topics.size, 0)
  assert.equal(image.topicById(idA), undefined)
})

test('a topic that was created anew under a new id has the new partitions alone (pitfall 36)', () => {
  const before = MetadataImage.empty.with(update({ topicStates: [topic('a', idA, state(0), state(1), state(2))] }))
  const after = before.with(update({ topicStates: [topic('a', idB, state(0))] }))
  assert.deepEqual([...(after.topics.get('a')?.partitions.keys() ?? [])], [0])
  assert.equal(after.topicById(idA), undefined)
  assert.equal(after.topicById(idB)?.name, 'a')
})

test('a topic that gets its first id stays what it was', () => {
  const before = MetadataImage.empty.with(update({ topicStates: [topic('a', ZERO_UUID, state(0), state(1))] }))
  assert.equal(before.topicById(ZERO_UUID), undefined)
  const after = before.with(update({ topicStates: [topic('a', idA, state(0))] }))
  assert.equal(after.topics.get('a')?.partitions.size, 2)
  assert.equal(after.topicById(idA)?.name, 'a')
})

test('an update without the id keeps the one that is known', () => {
  const before = MetadataImage.empty.with(update({ topicStates: [topic('a', idA, state(0))] }))
  const after = before.with(update({ topicStates: [topic('a', ZERO_UUID, state(1))] }))
  assert.deepEqual([after.topics.get('a')?.id, after.topics.get('a')?.partitions.size], [idA, 2])
  assert.equal(after.topicById(idA)?.name, 'a')
})

test('an image stays what it was through every kind of update after it', () => {
  const updates = [
    update({ topicStates: [topic('a', idA, state(0), state(1))] }),
    update({ topicStates: [topic('a', idA, state(1, { leader: 5 }), state(2))], liveBrokers: [] }),
    update({ topicStates: [topic('a', idA, deleted(0))] }),
    update({ topicStates: [topic('a', idB, state(0))], controllerId: 3 }),
    update({ topicStates: [topic('a', idB, deleted(0)), topic('b', idA, state(0))] }),
    update({ liveBrokers: [{ ...broker0, id: 7 }] }),
  ]
  const images: { image: MetadataImage; text: string }[] = []
  let image = MetadataImage.empty
  for (const each of updates) {
    image = image.with(each)
    images.push({ image, text: JSON.stringify(shown(image)) })
  }
  for (const { image: earlier, text } of images) assert.equal(JSON.stringify(shown(earlier)), text)
  assert.equal(MetadataImage.empty.topics.size, 0)
})

test('a cache lets callers wait until the image shows what they wait for', async () => {
  const cache = new MetadataCache()
  const { signal } = new AbortController()
  const hasA = cache.waitUntil((image) => image.topics.has('a'), signal)
  const hasB = cache.waitUntil((image) => image.topics.has('b'), signal)
  cache.update(update({ topicStates: [topic('a', idA, state(0))] }))
  assert.equal(await hasA, true)
  cache.update(update({ topicStates: [topic('b', idB, state(0))] }))
  assert.equal(await hasB, true)
  assert.equal(await cache.waitUntil((image) => image.topics.has('b'), signal), true, 'shown already')
})

test('waiting for an image ends with false when its signal aborts', async () => {
  const cache = new MetadataCache()
  const controller = new AbortController()
  const waiting = cache.waitUntil(() => false, controller.signal)
  controller.abort()
  assert.equal(await waiting, false)
  assert.equal(await cache.waitUntil(() => false, controller.signal), false, 'aborted already')
  cache.update(update())
})
