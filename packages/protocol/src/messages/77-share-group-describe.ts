import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, string, struct, uuid } from '../schema/fields.js'
import { NOT_ASKED } from './shared-structs.js'

const topicPartitions = { topicId: uuid(), topicName: string(), partitions: array(int32()) }

const assignment = { topicPartitions: array(struct(topicPartitions)) }

export const shareGroupDescribeRequest = struct({ groupIds: array(string()), includeAuthorizedOperations: bool() })

export const shareGroupDescribeResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  groups: array(
    struct({
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
      groupId: string(),
      groupState: string({ about: 'Empty, Stable or Dead.' }),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array(
        struct({
          memberId: string(),
          rackId: string({ nullable: true, default: null }),
          memberEpoch: int32(),
          clientId: string(),
          clientHost: string(),
          subscribedTopicNames: array(string()),
          assignment: struct(assignment),
        }),
      ),
      authorizedOperations: int32({ default: NOT_ASKED }),
    }),
  ),
})

export interface ShareGroupDescribeRequest extends Infer<typeof shareGroupDescribeRequest> {}
export interface ShareGroupDescribeResponse extends Infer<typeof shareGroupDescribeResponse> {}

/** ShareGroupDescribe: state and members of share groups (KIP-932). */
export const shareGroupDescribe = api({
  key: 77,
  name: 'ShareGroupDescribe',
  versions: '1',
  flexible: '0+',
  notes: {
    1: 'first stable version (KIP-932)',
  },
  request: shareGroupDescribeRequest,
  response: shareGroupDescribeResponse,
})
