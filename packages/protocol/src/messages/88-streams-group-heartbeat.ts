import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, int64, string, struct, uint16 } from '../schema/fields.js'

const keyValue = { key: string(), value: string() }

/** An internal topic that the topology needs. */
const topicInfo = {
  name: string(),
  partitions: int32({ about: '0: as many as the source topics.' }),
  replicationFactor: int16(),
  topicConfigs: array(struct(keyValue)),
}

/** Tasks of one subtopology, by partition. */
const taskIds = { subtopologyId: string(), partitions: array(int32()) }

/** Where a member answers interactive queries. */
const endpoint = { host: string(), port: uint16() }

const taskOffset = { subtopologyId: string(), partition: int32(), offset: int64() }

const status = {
  statusCode: int8({
    about:
      '0: stale topology; 1: source topics missing; 2: topics partitioned wrongly; 3: internal topics missing; 4: shut down; 5: delayed.',
  }),
  statusDetail: string(),
}

const topicPartition = { topic: string(), partitions: array(int32()) }

export const streamsGroupHeartbeatRequest = struct({
  groupId: string(),
  memberId: string(),
  memberEpoch: int32({ about: '0: join; -1: leave; -2: leave, a static member will be back.' }),
  endpointInformationEpoch: int32(),
  instanceId: string({ nullable: true, default: null }),
  rackId: string({ nullable: true, default: null }),
  rebalanceTimeoutMs: int32({ default: -1, about: '-1: as in the last heartbeat.' }),
  topology: struct(
    {
      epoch: int32(),
      subtopologies: array(
        struct({
          subtopologyId: string(),
          sourceTopics: array(string()),
          sourceTopicRegex: array(string()),
          stateChangelogTopics: array(struct(topicInfo)),
          repartitionSinkTopics: array(string()),
          repartitionSourceTopics: array(struct(topicInfo)),
          copartitionGroups: array(
            struct({
              sourceTopics: array(int16(), { about: 'Indices into the list of the subtopology.' }),
              sourceTopicRegex: array(int16()),
              repartitionSourceTopics: array(int16()),
            }),
          ),
        }),
      ),
    },
    { nullable: true, default: null, about: 'When joining only.' },
  ),
  activeTasks: array(struct(taskIds), { nullable: true, default: null, about: 'Null: as in the last heartbeat.' }),
  standbyTasks: array(struct(taskIds), { nullable: true, default: null, about: 'Null: as in the last heartbeat.' }),
  warmupTasks: array(struct(taskIds), { nullable: true, default: null, about: 'Null: as in the last heartbeat.' }),
  processId: string({ nullable: true, default: null }),
  userEndpoint: struct(endpoint, { nullable: true, default: null, about: 'Null: as in the last heartbeat.' }),
  clientTags: array(struct(keyValue), { nullable: true, default: null }),
  taskOffsets: array(struct(taskOffset), { nullable: true, default: null }),
  taskEndOffsets: array(struct(taskOffset), { nullable: true, default: null }),
  shutdownApplication: bool({ default: false }),
})

export const streamsGroupHeartbeatResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  memberId: string(),
  memberEpoch: int32(),
  heartbeatIntervalMs: int32(),
  acceptableRecoveryLag: int32(),
  taskOffsetIntervalMs: int32(),
  status: array(struct(status), { nullable: true }),
  activeTasks: array(struct(taskIds), { nullable: true, default: null, about: 'Null: as before.' }),
  standbyTasks: array(struct(taskIds), { nullable: true, default: null, about: 'Null: as before.' }),
  warmupTasks: array(struct(taskIds), { nullable: true, default: null, about: 'Null: as before.' }),
  endpointInformationEpoch: int32(),
  partitionsByUserEndpoint: array(
    struct({
      userEndpoint: struct(endpoint),
      activePartitions: array(struct(topicPartition)),
      standbyPartitions: array(struct(topicPartition)),
    }),
    { nullable: true, default: null },
  ),
})

export interface StreamsGroupHeartbeatRequest extends Infer<typeof streamsGroupHeartbeatRequest> {}
export interface StreamsGroupHeartbeatResponse extends Infer<typeof streamsGroupHeartbeatResponse> {}

/**
 * StreamsGroupHeartbeat: joins, stays in and leaves a group of Kafka Streams.
 *
 * The coordinator assigns the tasks (KIP-1071).
 */
export const streamsGroupHeartbeat = api({
  key: 88,
  name: 'StreamsGroupHeartbeat',
  versions: '0',
  flexible: '0+',
  request: streamsGroupHeartbeatRequest,
  response: streamsGroupHeartbeatResponse,
})
