import { api } from '../schema/api.js'
import { array, bool, bytes, type Infer, int16, int32, string, struct } from '../schema/fields.js'
import { NOT_ASKED } from './shared-structs.js'

export const describeGroupsRequest = struct({
  groups: array(string()),
  includeAuthorizedOperations: bool({ versions: '3+' }),
})

export const describeGroupsResponse = struct({
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  groups: array(
    struct({
      errorCode: int16(),
      errorMessage: string({ versions: '6+', nullable: '6+', default: null }),
      groupId: string(),
      groupState: string({ about: 'Empty, Stable, PreparingRebalance, CompletingRebalance or Dead.' }),
      protocolType: string(),
      protocolData: string({ about: 'The assignor, in a stable group.' }),
      members: array(
        struct({
          memberId: string(),
          groupInstanceId: string({ versions: '4+', nullable: '4+', default: null, ignorable: true }),
          clientId: string(),
          clientHost: string(),
          memberMetadata: bytes({ about: 'In a stable group only.' }),
          memberAssignment: bytes({ about: 'In a stable group only.' }),
        }),
      ),
      authorizedOperations: int32({ versions: '3+', default: NOT_ASKED }),
    }),
  ),
})

export interface DescribeGroupsRequest extends Infer<typeof describeGroupsRequest> {}
export interface DescribeGroupsResponse extends Infer<typeof describeGroupsResponse> {}

/** DescribeGroups: state and members of classic groups. */
export const describeGroups = api({
  key: 15,
  name: 'DescribeGroups',
  versions: '0-6',
  flexible: '5+',
  notes: {
    1: 'throttle time',
    3: 'authorized operations (KIP-430)',
    4: 'static members (KIP-345)',
    5: 'flexible',
    6: 'GROUP_ID_NOT_FOUND and a message for groups that are not there (KIP-1043)',
  },
  request: describeGroupsRequest,
  response: describeGroupsResponse,
})
