import { api } from '../schema/api.js'
import { array, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const createAclsRequest = struct({
  creations: array(
    struct({
      resourceType: int8({
        about: '2: topic; 3: group; 4: cluster; 5: transactional id; 6: delegation token; 7: user.',
      }),
      resourceName: string(),
      resourcePatternType: int8({ versions: '1+', default: 3, about: '3: literal; 4: prefixed.' }),
      principal: string({ about: 'Such as User:alice.' }),
      host: string({ about: 'An address, or * for any.' }),
      operation: int8({ about: 'From 2 on: all, read, write, create, delete, alter, describe and further ones.' }),
      permissionType: int8({ about: '2: deny; 3: allow.' }),
    }),
  ),
})

export const createAclsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  results: array(struct({ errorCode: int16(), errorMessage: string({ nullable: true }) }), {
    about: 'In the order of the request.',
  }),
})

export interface CreateAclsRequest extends Infer<typeof createAclsRequest> {}
export interface CreateAclsResponse extends Infer<typeof createAclsResponse> {}

/** CreateAcls: adds access control entries. */
export const createAcls = api({
  key: 30,
  name: 'CreateAcls',
  versions: '0-3',
  advertised: '1-3',
  flexible: '2+',
  notes: {
    1: 'pattern type (KIP-290)',
    2: 'flexible',
    3: 'users as resources (KIP-373)',
  },
  request: createAclsRequest,
  response: createAclsResponse,
})
