/** What a test needs of a broker that the client under test does not do: records, and members of groups. */
import {
  apis,
  buildBatch,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  encodeVersioned,
} from '@millrace/protocol'
import { Cluster } from '../cluster/cluster.js'
import { errorOf } from '../errors.js'
import { silentLogger, systemClientPorts } from '../ports.js'
import { Deadline } from '../waiting.js'

/** A client without any own mind. */
export function rawCluster(bootstrap: string): Cluster {
  const [host = '', port] = bootstrap.split(':')
  return new Cluster({
    bootstrapServers: [{ host, port: Number(port) }],
    clientId: 'raw',
    requestTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    connectTimeoutMaxMs: 30_000,
    reconnectBackoffMs: 50,
    reconnectBackoffMaxMs: 1000,
    retryBackoffMs: 50,
    retryBackoffMaxMs: 1000,
    metadataMaxAgeMs: 300_000,
    connectionsMaxIdleMs: 540_000,
    allowAutoTopicCreation: false,
    ports: systemClientPorts,
    logger: silentLogger,
  })
}

/** Appends a batch of records with these timestamps. */
export async function appendRecords(
  cluster: Cluster,
  topic: string,
  partition: number,
  timestamps: readonly number[],
): Promise<void> {
  const records = buildBatch(timestamps.map((timestamp) => ({ key: null, value: Buffer.from('v'), timestamp })))
  const deadline = new Deadline(systemClientPorts, 'appendRecords', 20_000)
  // A partition that is new is not its leader's at once.
  await cluster.repeatedly(deadline, async () => {
    const { topicId = '', partitions } = (await cluster.metadata.topic(topic)) ?? {}
    const response = await cluster.ask(partitions?.[partition]?.leader ?? -1, apis.Produce, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: topic, topicId, partitionData: [{ index: partition, records }] }],
    })
    const error = errorOf(response.responses[0]?.partitionResponses[0]?.errorCode ?? -1)
    if (error !== undefined) throw error
  })
}

export interface RawMember {
  readonly memberId: string
  readonly generationId: number
}

/** The only member of a classic group, with partition 0 of a topic. */
export async function joinAlone(
  cluster: Cluster,
  groupId: string,
  topic: string,
  groupInstanceId: string | null = null,
): Promise<RawMember> {
  const target = { type: 'group', key: groupId } as const
  const metadata = encodeVersioned(consumerProtocolSubscription, 0, { topics: [topic] })
  const deadline = new Deadline(systemClientPorts, 'join', 20_000)
  let memberId = ''
  const join = async () => {
    const body = {
      groupId,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      memberId,
      groupInstanceId,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata }],
    }
    return await cluster.askRepeatedly(target, apis.JoinGroup, body, deadline, () => undefined)
  }
  let joined = await join()
  while (joined.errorCode !== 0) {
    if (deadline.isOver) throw new Error(`JoinGroup: error ${joined.errorCode}`)
    memberId = joined.memberId
    cluster.coordinators.forget('group', groupId)
    await deadline.sleep(50)
    joined = await join()
  }
  const { generationId } = joined
  const assignedPartitions = [{ topic, partitions: [0] }]
  await cluster.askRepeatedly(
    target,
    apis.SyncGroup,
    {
      groupId,
      generationId,
      memberId: joined.memberId,
      groupInstanceId,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [
        {
          memberId: joined.memberId,
          assignment: encodeVersioned(consumerProtocolAssignment, 0, { assignedPartitions }),
        },
      ],
    },
    deadline,
    () => undefined,
  )
  return { memberId: joined.memberId, generationId }
}
