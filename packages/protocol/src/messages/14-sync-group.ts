import { api } from '../schema/api.js'
import { array, bytes, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const syncGroupRequest = struct({
  groupId: string(),
  generationId: int32(),
  memberId: string(),
  groupInstanceId: string({ versions: '3+', nullable: '3+', default: null, about: 'Set by static members (KIP-345).' }),
  protocolType: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
  protocolName: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
  assignments: array(struct({ memberId: string(), assignment: bytes() }), { about: 'From the leader only.' }),
})

export const syncGroupResponse = struct({
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16(),
  protocolType: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
  protocolName: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
  assignment: bytes(),
})

export interface SyncGroupRequest extends Infer<typeof syncGroupRequest> {}
export interface SyncGroupResponse extends Infer<typeof syncGroupResponse> {}

/** SyncGroup: the leader of a classic group hands in the assignment, every member receives its part. */
export const syncGroup = api({
  key: 14,
  name: 'SyncGroup',
  versions: '0-5',
  flexible: '4+',
  notes: {
    1: 'throttle time',
    3: 'static members (KIP-345)',
    4: 'flexible',
    5: 'protocol type and name (KIP-559)',
  },
  request: syncGroupRequest,
  response: syncGroupResponse,
})
