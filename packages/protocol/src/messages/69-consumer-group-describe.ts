import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, string, struct, uuid } from '../schema/fields.js'
import { NOT_ASKED } from './shared-structs.js'

const topicPartitions = { topicId: uuid(), topicName: string(), partitions: array(int32()) }

const assignment = { topicPartitions: array(struct(topicPartitions)) }

export const consumerGroupDescribeRequest = struct({ groupIds: array(string()), includeAuthorizedOperations: bool() })

export const consumerGroupDescribeResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  groups: array(
    struct({
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
      groupId: string(),
      groupState: string({ about: 'Empty, Assigning, Reconciling, Stable or Dead.' }),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array(
        struct({
          memberId: string(),
          instanceId: string({ nullable: true, default: null }),
          rackId: string({ nullable: true, default: null }),
          memberEpoch: int32(),
          clientId: string(),
          clientHost: string(),
          subscribedTopicNames: array(string()),
          subscribedTopicRegex: string({ nullable: true, default: null }),
          assignment: struct(assignment),
          targetAssignment: struct(assignment),
          memberType: int8({
            versions: '1+',
            default: -1,
            ignorable: true,
            about: '0: classic; 1: consumer; -1 if not known.',
          }),
        }),
      ),
      authorizedOperations: int32({ default: NOT_ASKED }),
    }),
  ),
})

export interface ConsumerGroupDescribeRequest extends Infer<typeof consumerGroupDescribeRequest> {}
export interface ConsumerGroupDescribeResponse extends Infer<typeof consumerGroupDescribeResponse> {}

/** ConsumerGroupDescribe: state and members of consumer groups (KIP-848). */
export const consumerGroupDescribe = api({
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: '0-1',
  flexible: '0+',
  notes: {
    1: 'member type (KIP-1099)',
  },
  request: consumerGroupDescribeRequest,
  response: consumerGroupDescribeResponse,
})
