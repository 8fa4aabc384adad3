import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const listGroupsRequest = struct({
  statesFilter: array(string(), { versions: '4+', about: 'Empty: all states.' }),
  typesFilter: array(string(), { versions: '5+', about: 'Empty: all types.' }),
})

export const listGroupsResponse = struct({
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16(),
  groups: array(
    struct({
      groupId: string(),
      protocolType: string(),
      groupState: string({ versions: '4+', ignorable: true }),
      groupType: string({ versions: '5+', ignorable: true }),
    }),
  ),
})

export interface ListGroupsRequest extends Infer<typeof listGroupsRequest> {}
export interface ListGroupsResponse extends Infer<typeof listGroupsResponse> {}

/** ListGroups: the groups that a broker coordinates. */
export const listGroups = api({
  key: 16,
  name: 'ListGroups',
  versions: '0-5',
  flexible: '3+',
  notes: {
    1: 'throttle time',
    3: 'flexible',
    4: 'states (KIP-518)',
    5: 'types (KIP-848)',
  },
  request: listGroupsRequest,
  response: listGroupsResponse,
})
