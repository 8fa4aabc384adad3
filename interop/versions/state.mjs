// What the requests speak of: a topic of two partitions with records, and a group with one member.
import { protocol } from './connection.mjs'

const { apis, buildBatch, consumerProtocolAssignment, consumerProtocolSubscription, encodeVersioned, ErrorCode } =
  protocol
/** What a member says that it wants. Apache 4.x leaves a JoinGroup with any other bytes unanswered. */
export const subscription = encodeVersioned(consumerProtocolSubscription, 1, { topics: ['topic'], ownedPartitions: [] })
const assignment = encodeVersioned(consumerProtocolAssignment, 1, {
  assignedPartitions: [{ topic: 'topic', partitions: [0, 1] }],
})
const firstTimestamp = 1_700_000_000_000

export async function prepare(connection) {
  const created = await call(connection, 'CreateTopics', 7, {
    topics: [
      {
        name: 'topic',
        numPartitions: 2,
        replicationFactor: 1,
        assignments: [],
        configs: [
          { name: 'retention.ms', value: '-1' },
          { name: 'message.timestamp.after.max.ms', value: '1000000' },
        ],
      },
    ],
    timeoutMs: 10_000,
  })
  const topicId = created.topics[0].topicId
  const state = { topicId, batch: () => batch(5), corrupt, late: () => batch(1, 4_000_000_000_000) }
  await eventually(() => produce(connection, topicId))
  await eventually(() => call(connection, 'FindCoordinator', 3, { key: 'group' }))
  return { ...state, ...(await joined(connection)) }
}

async function produce(connection, topicId) {
  const partitionData = [{ index: 0, records: batch(5) }]
  const { responses } = await call(connection, 'Produce', 9, {
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: 'topic', topicId, partitionData }],
  })
  return responses[0].partitionResponses[0]
}

async function joined(connection) {
  const join = {
    groupId: 'group',
    memberId: '',
    sessionTimeoutMs: 300_000,
    rebalanceTimeoutMs: 300_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription }],
  }
  const required = [ErrorCode.MEMBER_ID_REQUIRED]
  const { memberId } = await eventually(() => call(connection, 'JoinGroup', 5, join), required)
  const { generationId } = await eventually(() => call(connection, 'JoinGroup', 5, { ...join, memberId }))
  const assignments = [{ memberId, assignment }]
  await call(connection, 'SyncGroup', 3, { groupId: 'group', memberId, generationId, assignments })
  return { memberId, generationId }
}

function call(connection, name, version, body) {
  return connection.call(apis[name], version, body)
}

function batch(count, timestamp = firstTimestamp) {
  const record = (_, i) => ({ timestamp: timestamp + i * 1000, key: Buffer.from('k'), value: Buffer.from(`v${i}`) })
  return buildBatch(Array.from({ length: count }, record))
}

function corrupt() {
  const records = batch(1)
  records[records.length - 1] ^= 1
  return records
}

async function eventually(ask, accepted = [ErrorCode.NONE]) {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
    const answer = await ask()
    if (accepted.includes(answer.errorCode)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('The broker did not become ready.')
}
