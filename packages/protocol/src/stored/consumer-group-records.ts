/**
 * What `__consumer_offsets` holds of groups with the consumer protocol (KIP-848). The version of a key is the type of its record.
 * Source: the JSON files of Kafka's group coordinator.
 */
import { array, bytes, int8, int32, string, struct, uuid } from '../schema/fields.js'
import { message } from '../schema/message.js'

const groupKey = (name: string, type: number) =>
  message({ name, versions: `${type}`, flexible: 'none', schema: struct({ groupId: string() }) })

const memberKey = (name: string, type: number) =>
  message({ name, versions: `${type}`, flexible: 'none', schema: struct({ groupId: string(), memberId: string() }) })

const topicPartitions = () => array(struct({ topicId: uuid(), partitions: array(int32()) }))

export const consumerGroupMetadataKey = groupKey('ConsumerGroupMetadataKey', 3)
export const consumerGroupMetadataValue = message({
  name: 'ConsumerGroupMetadataValue',
  versions: '0',
  flexible: '0+',
  schema: struct({ epoch: int32() }),
})

export const consumerGroupPartitionMetadataKey = groupKey('ConsumerGroupPartitionMetadataKey', 4)
export const consumerGroupPartitionMetadataValue = message({
  name: 'ConsumerGroupPartitionMetadataValue',
  versions: '0',
  flexible: '0+',
  schema: struct({
    topics: array(
      struct({
        topicId: uuid(),
        topicName: string(),
        numPartitions: int32(),
        partitionMetadata: array(struct({ partition: int32(), racks: array(string()) })),
      }),
    ),
  }),
})

export const consumerGroupMemberMetadataKey = memberKey('ConsumerGroupMemberMetadataKey', 5)
export const consumerGroupMemberMetadataValue = message({
  name: 'ConsumerGroupMemberMetadataValue',
  versions: '0',
  flexible: '0+',
  schema: struct({
    instanceId: string({ nullable: true }),
    rackId: string({ nullable: true }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
    subscribedTopicRegex: string({ nullable: true }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    serverAssignor: string({ nullable: true }),
    classicMemberMetadata: struct(
      {
        sessionTimeoutMs: int32(),
        supportedProtocols: array(struct({ name: string(), metadata: bytes() })),
      },
      { tag: 0, taggedVersions: '0+', nullable: true, default: null },
    ),
  }),
})

export const consumerGroupTargetAssignmentMetadataKey = groupKey('ConsumerGroupTargetAssignmentMetadataKey', 6)
export const consumerGroupTargetAssignmentMetadataValue = message({
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  versions: '0',
  flexible: '0+',
  schema: struct({ assignmentEpoch: int32() }),
})

export const consumerGroupTargetAssignmentMemberKey = memberKey('ConsumerGroupTargetAssignmentMemberKey', 7)
export const consumerGroupTargetAssignmentMemberValue = message({
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  versions: '0',
  flexible: '0+',
  schema: struct({ topicPartitions: topicPartitions() }),
})

export const consumerGroupCurrentMemberAssignmentKey = memberKey('ConsumerGroupCurrentMemberAssignmentKey', 8)
export const consumerGroupCurrentMemberAssignmentValue = message({
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  versions: '0',
  flexible: '0+',
  schema: struct({
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: topicPartitions(),
    partitionsPendingRevocation: topicPartitions(),
  }),
})
