import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const leaveGroupRequest = struct({
  groupId: string(),
  memberId: string({ versions: '0-2' }),
  members: array(
    struct({
      memberId: string(),
      groupInstanceId: string({ nullable: true, default: null }),
      reason: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    }),
    { versions: '3+' },
  ),
})

export const leaveGroupResponse = struct({
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16(),
  members: array(struct({ memberId: string(), groupInstanceId: string({ nullable: true }), errorCode: int16() }), {
    versions: '3+',
  }),
})

export interface LeaveGroupRequest extends Infer<typeof leaveGroupRequest> {}
export interface LeaveGroupResponse extends Infer<typeof leaveGroupResponse> {}

/** LeaveGroup: takes members out of a classic group. */
export const leaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: '0-5',
  flexible: '4+',
  notes: {
    1: 'throttle time',
    3: 'many members in one request; static members (KIP-345)',
    4: 'flexible',
    5: 'reason (KIP-800)',
  },
  request: leaveGroupRequest,
  response: leaveGroupResponse,
})
