import { api } from '../schema/api.js'
import { type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const heartbeatRequest = struct({
  groupId: string(),
  generationId: int32(),
  memberId: string(),
  groupInstanceId: string({ versions: '3+', nullable: '3+', default: null, about: 'Set by static members (KIP-345).' }),
})

export const heartbeatResponse = struct({
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16(),
})

export interface HeartbeatRequest extends Infer<typeof heartbeatRequest> {}
export interface HeartbeatResponse extends Infer<typeof heartbeatResponse> {}

/** Heartbeat: keeps a member of a classic group alive and tells it when to join again. */
export const heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  versions: '0-4',
  flexible: '4+',
  notes: {
    1: 'throttle time',
    3: 'static members (KIP-345)',
    4: 'flexible',
  },
  request: heartbeatRequest,
  response: heartbeatResponse,
})
