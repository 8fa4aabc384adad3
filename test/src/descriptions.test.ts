/** What admin tools ask to look at a broker: log directories, partitions page by page, reassignments, groups. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { apis, ErrorCode, type ResponseOf } from '@millrace/protocol'
import { defer } from './support/defer.js'
import { RawClient } from './support/raw-client.js'
import { append, batchOf } from './support/records.js'
import { sharedBroker } from './support/shared-broker.js'
import { temporaryBroker } from './support/temporary-broker.js'
import { createTopic } from './support/topics.js'

const broker = sharedBroker()

test('DescribeLogDirs tells the directories, the size of partitions and the space on disk', async (t) => {
  const { bootstrap, dir } = await temporaryBroker(t, {})
  const client = await RawClient.connect(bootstrap)
  defer(t, () => client.close())
  const { topic } = await createTopic(client, {}, { partitions: 2 })
  const other = await createTopic(client)
  await append(client, topic, ['a'], 1)
  for (let version = 1; version <= 5; version++) {
    const all = await client.call(apis.DescribeLogDirs, version, { topics: null })
    assert.deepEqual(
      all.results.map(({ errorCode, logDir }) => [errorCode, logDir]),
      [[ErrorCode.NONE, join(dir, 'kafka-logs')]],
    )
    assert.deepEqual(all.results[0]?.topics.map(({ name }) => name).sort(), [topic, other.topic].sort())
    if (version >= 4) {
      assert.ok((all.results[0]?.totalBytes ?? 0) >= (all.results[0]?.usableBytes ?? 0))
      assert.ok((all.results[0]?.usableBytes ?? 0) > 0)
    }
  }
  const asked = await client.call(apis.DescribeLogDirs, 4, { topics: [{ topic, partitions: [1, 7] }] })
  assert.deepEqual(
    asked.results[0]?.topics.map(({ name, partitions }) => [
      name,
      partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => [
        partitionIndex,
        partitionSize,
        offsetLag,
        isFutureKey,
      ]),
    ]),
    [[topic, [[1, batchOf(['a']).length, 0, false]]]],
  )
})

test('DescribeTopicPartitions gives pages that together are all partitions', async (t) => {
  const client = await broker.connect(t)
  const { topic, topicId } = await createTopic(client, {}, { partitions: 5 })
  const seen: number[] = []
  let cursor: ResponseOf<typeof apis.DescribeTopicPartitions>['nextCursor'] = null
  do {
    const page: ResponseOf<typeof apis.DescribeTopicPartitions> = await client.call(apis.DescribeTopicPartitions, 0, {
      topics: [{ name: topic }],
      responsePartitionLimit: 2,
      cursor,
    })
    const [described] = page.topics
    assert.equal(described?.topicId, topicId)
    assert.ok((described?.partitions.length ?? 0) <= 2)
    seen.push(...(described?.partitions ?? []).map(({ partitionIndex }) => partitionIndex))
    cursor = page.nextCursor
  } while (cursor !== null)
  assert.deepEqual(seen, [0, 1, 2, 3, 4])
})

test('no partition is ever being reassigned', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  const asked = [null, [{ name: topic, partitionIndexes: [0] }]]
  for (const topics of asked) {
    const answer = await client.call(apis.ListPartitionReassignments, 0, { topics })
    assert.deepEqual([answer.errorCode, answer.topics], [ErrorCode.NONE, []])
  }
})

test('groups are listed by state and by type, whatever their case', async (t) => {
  const client = await broker.connect(t)
  const { topic } = await createTopic(client)
  await client.call(apis.FindCoordinator, 3, { key: 'listed', keyType: 0 })
  let errorCode: number | undefined
  do {
    const { topics } = await client.call(apis.OffsetCommit, 8, {
      groupId: 'listed',
      memberId: '',
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }],
    })
    errorCode = topics[0]?.partitions[0]?.errorCode
  } while (errorCode !== ErrorCode.NONE)
  const list = async (statesFilter: string[], typesFilter: string[]) => {
    const { groups } = await client.call(apis.ListGroups, 5, { statesFilter, typesFilter })
    return groups.map(({ groupId, groupState, groupType }) => [groupId, groupState, groupType])
  }
  const found = [['listed', 'Empty', 'classic']]
  assert.deepEqual(await list([], []), found)
  assert.deepEqual(await list(['empty', 'Stable'], ['CLASSIC']), found)
  assert.deepEqual(await list(['Stable'], []), [])
  assert.deepEqual(await list([], ['consumer']), [])
})
