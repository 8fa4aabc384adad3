import { api } from '../schema/api.js'
import { array, bool, bytes, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const joinGroupRequest = struct({
  groupId: string(),
  sessionTimeoutMs: int32(),
  rebalanceTimeoutMs: int32({ versions: '1+', default: -1, ignorable: true, about: '-1: the session timeout.' }),
  memberId: string({ about: 'Empty when joining for the first time.' }),
  groupInstanceId: string({ versions: '5+', nullable: '5+', default: null, about: 'Set by static members (KIP-345).' }),
  protocolType: string({ about: 'consumer, connect, …' }),
  protocols: array(struct({ name: string({ mapKey: true }), metadata: bytes() }), {
    about: 'Assignors that the member supports, the best first.',
  }),
  reason: string({ versions: '8+', nullable: '8+', default: null, ignorable: true }),
})

export const joinGroupResponse = struct({
  throttleTimeMs: int32({ versions: '2+', ignorable: true }),
  errorCode: int16(),
  generationId: int32({ default: -1 }),
  protocolType: string({ versions: '7+', nullable: '7+', default: null, ignorable: true }),
  protocolName: string({ nullable: '7+' }),
  leader: string({ about: 'Member id of the leader.' }),
  skipAssignment: bool({ versions: '9+', default: false }),
  memberId: string(),
  members: array(
    struct({
      memberId: string(),
      groupInstanceId: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
      metadata: bytes(),
    }),
    { about: 'For the leader only.' },
  ),
})

export interface JoinGroupRequest extends Infer<typeof joinGroupRequest> {}
export interface JoinGroupResponse extends Infer<typeof joinGroupResponse> {}

/** JoinGroup: enters a classic group, or a new generation of it. */
export const joinGroup = api({
  key: 11,
  name: 'JoinGroup',
  versions: '0-9',
  flexible: '6+',
  notes: {
    1: 'rebalance timeout (KIP-62)',
    2: 'throttle time',
    4: 'a new member has to join twice (KIP-394)',
    5: 'static members (KIP-345)',
    6: 'flexible',
    7: 'protocol type in the response (KIP-559)',
    8: 'reason (KIP-800)',
    9: 'the leader may skip the assignment (KIP-814)',
  },
  request: joinGroupRequest,
  response: joinGroupResponse,
})
