import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, int64, string, struct, uint16 } from '../schema/fields.js'
import { NOT_ASKED } from './shared-structs.js'

const keyValue = { key: string(), value: string() }

/** An internal topic that the topology needs. */
const topicInfo = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(struct(keyValue)),
}

/** Where a member answers interactive queries. */
const endpoint = { host: string(), port: uint16() }

const taskOffset = { subtopologyId: string(), partition: int32(), offset: int64() }

/** Tasks of one subtopology, by partition. */
const taskIds = { subtopologyId: string(), partitions: array(int32()) }

const assignment = {
  activeTasks: array(struct(taskIds)),
  standbyTasks: array(struct(taskIds)),
  warmupTasks: array(struct(taskIds)),
}

export const streamsGroupDescribeRequest = struct({ groupIds: array(string()), includeAuthorizedOperations: bool() })

export const streamsGroupDescribeResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  groups: array(
    struct({
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      topology: struct(
        {
          epoch: int32(),
          subtopologies: array(
            struct({
              subtopologyId: string(),
              sourceTopics: array(string()),
              repartitionSinkTopics: array(string()),
              stateChangelogTopics: array(struct(topicInfo)),
              repartitionSourceTopics: array(struct(topicInfo)),
            }),
            { nullable: true, default: null },
          ),
        },
        { nullable: true, default: null },
      ),
      members: array(
        struct({
          memberId: string(),
          memberEpoch: int32(),
          instanceId: string({ nullable: true, default: null }),
          rackId: string({ nullable: true, default: null }),
          clientId: string(),
          clientHost: string(),
          topologyEpoch: int32(),
          processId: string(),
          userEndpoint: struct(endpoint, { nullable: true, default: null }),
          clientTags: array(struct(keyValue)),
          taskOffsets: array(struct(taskOffset)),
          taskEndOffsets: array(struct(taskOffset)),
          assignment: struct(assignment),
          targetAssignment: struct(assignment),
          isClassic: bool({ about: 'The member uses the classic protocol.' }),
        }),
      ),
      authorizedOperations: int32({ default: NOT_ASKED }),
    }),
  ),
})

export interface StreamsGroupDescribeRequest extends Infer<typeof streamsGroupDescribeRequest> {}
export interface StreamsGroupDescribeResponse extends Infer<typeof streamsGroupDescribeResponse> {}

/** StreamsGroupDescribe: state, topology and members of groups of Kafka Streams (KIP-1071). */
export const streamsGroupDescribe = api({
  key: 89,
  name: 'StreamsGroupDescribe',
  versions: '0',
  flexible: '0+',
  request: streamsGroupDescribeRequest,
  response: streamsGroupDescribeResponse,
})
