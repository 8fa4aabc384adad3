import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const deleteGroupsRequest = struct({
  groupsNames: array(string()),
})

export const deleteGroupsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  results: array(struct({ groupId: string({ mapKey: true }), errorCode: int16() })),
})

export interface DeleteGroupsRequest extends Infer<typeof deleteGroupsRequest> {}
export interface DeleteGroupsResponse extends Infer<typeof deleteGroupsResponse> {}

/** DeleteGroups: deletes empty groups and their offsets. */
export const deleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: '0-2',
  flexible: '2+',
  notes: {
    2: 'flexible',
  },
  request: deleteGroupsRequest,
  response: deleteGroupsResponse,
})
