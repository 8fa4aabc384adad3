import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct, uuid } from '../schema/fields.js'

const topicPartitions = { topicId: uuid(), partitions: array(int32()) }

export const shareGroupHeartbeatRequest = struct({
  groupId: string(),
  memberId: string(),
  memberEpoch: int32({ about: '0: join; -1: leave.' }),
  rackId: string({ nullable: true, default: null, about: 'Null: as in the last heartbeat.' }),
  subscribedTopicNames: array(string(), { nullable: true, default: null, about: 'Null: as in the last heartbeat.' }),
})

export const shareGroupHeartbeatResponse = struct({
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

export interface ShareGroupHeartbeatRequest extends Infer<typeof shareGroupHeartbeatRequest> {}
export interface ShareGroupHeartbeatResponse extends Infer<typeof shareGroupHeartbeatResponse> {}

/** ShareGroupHeartbeat: joins, stays in and leaves a share group (KIP-932). */
export const shareGroupHeartbeat = api({
  key: 76,
  name: 'ShareGroupHeartbeat',
  versions: '1',
  flexible: '0+',
  notes: {
    1: 'first stable version (KIP-932)',
  },
  request: shareGroupHeartbeatRequest,
  response: shareGroupHeartbeatResponse,
})
