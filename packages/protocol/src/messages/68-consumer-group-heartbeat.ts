import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct, uuid } from '../schema/fields.js'

const topicPartitions = { topicId: uuid(), partitions: array(int32()) }

export const consumerGroupHeartbeatRequest = struct({
  groupId: string(),
  memberId: string(),
  memberEpoch: int32({ about: '0: join; -1: leave; -2: leave, a static member will be back.' }),
  instanceId: string({ nullable: true, default: null, about: 'Set by static members.' }),
  rackId: string({ nullable: true, default: null }),
  rebalanceTimeoutMs: int32({ default: -1, about: '-1: as in the last heartbeat.' }),
  subscribedTopicNames: array(string(), { nullable: true, default: null, about: 'Null: as in the last heartbeat.' }),
  subscribedTopicRegex: string({
    versions: '1+',
    nullable: '1+',
    default: null,
    about: 'Null: as in the last heartbeat. In the syntax of RE2.',
  }),
  serverAssignor: string({ nullable: true, default: null, about: 'Null: as in the last heartbeat.' }),
  topicPartitions: array(struct({ topicId: uuid(), partitions: array(int32()) }), {
    nullable: true,
    default: null,
    about: 'Null: as in the last heartbeat. What the member owns.',
  }),
})

export const consumerGroupHeartbeatResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  memberId: string({ nullable: true, default: null }),
  memberEpoch: int32(),
  heartbeatIntervalMs: int32(),
  assignment: struct(
    { topicPartitions: array(struct(topicPartitions)) },
    { nullable: true, default: null, about: 'Null: as before.' },
  ),
})

export interface ConsumerGroupHeartbeatRequest extends Infer<typeof consumerGroupHeartbeatRequest> {}
export interface ConsumerGroupHeartbeatResponse extends Infer<typeof consumerGroupHeartbeatResponse> {}

/**
 * ConsumerGroupHeartbeat: joins, stays in and leaves a consumer group.
 *
 * The coordinator assigns the partitions (KIP-848).
 */
export const consumerGroupHeartbeat = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: '0-1',
  flexible: '0+',
  notes: {
    0: 'the coordinator may choose the member id',
    1: 'topics by regular expression; the member chooses its id (KIP-1082)',
  },
  request: consumerGroupHeartbeatRequest,
  response: consumerGroupHeartbeatResponse,
})
