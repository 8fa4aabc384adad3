import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, string, struct, uuid } from '../schema/fields.js'
import { NOT_ASKED } from './shared-structs.js'

/** Where the next page starts. */
const cursor = { topicName: string(), partitionIndex: int32() }

export const describeTopicPartitionsRequest = struct({
  topics: array(struct({ name: string() }), { about: 'Empty: all topics.' }),
  responsePartitionLimit: int32({ default: 2000 }),
  cursor: struct(cursor, { nullable: true, default: null }),
})

export const describeTopicPartitionsResponse = struct({
  throttleTimeMs: int32({ default: 0, ignorable: true }),
  topics: array(
    struct({
      errorCode: int16(),
      name: string({ nullable: true, mapKey: true }),
      topicId: uuid({ ignorable: true }),
      isInternal: bool({ default: false, ignorable: true }),
      partitions: array(
        struct({
          errorCode: int16(),
          partitionIndex: int32(),
          leaderId: int32(),
          leaderEpoch: int32({ default: -1, ignorable: true }),
          replicaNodes: array(int32()),
          isrNodes: array(int32()),
          eligibleLeaderReplicas: array(int32(), { nullable: true, default: null }),
          lastKnownElr: array(int32(), { nullable: true, default: null }),
          offlineReplicas: array(int32(), { ignorable: true }),
        }),
      ),
      topicAuthorizedOperations: int32({ default: NOT_ASKED }),
    }),
  ),
  nextCursor: struct(cursor, { nullable: true, default: null, about: 'Null on the last page.' }),
})

export interface DescribeTopicPartitionsRequest extends Infer<typeof describeTopicPartitionsRequest> {}
export interface DescribeTopicPartitionsResponse extends Infer<typeof describeTopicPartitionsResponse> {}

/** DescribeTopicPartitions: the partitions of topics, page by page (KIP-966). */
export const describeTopicPartitions = api({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: '0',
  flexible: '0+',
  request: describeTopicPartitionsRequest,
  response: describeTopicPartitionsResponse,
})
