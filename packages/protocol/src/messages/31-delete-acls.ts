import { api } from '../schema/api.js'
import { array, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const deleteAclsRequest = struct({
  filters: array(
    struct({
      resourceTypeFilter: int8({
        about: '1: any. 2: topic; 3: group; 4: cluster; 5: transactional id; 6: delegation token; 7: user.',
      }),
      resourceNameFilter: string({ nullable: true, about: 'Null: any.' }),
      patternTypeFilter: int8({
        versions: '1+',
        default: 3,
        about: '1: any; 2: all that match the name; 3: literal; 4: prefixed.',
      }),
      principalFilter: string({ nullable: true, about: 'Null: any.' }),
      hostFilter: string({ nullable: true, about: 'Null: any.' }),
      operation: int8({
        about: '1: any. From 2 on: all, read, write, create, delete, alter, describe and further ones.',
      }),
      permissionType: int8({ about: '1: any; 2: deny; 3: allow.' }),
    }),
  ),
})

export const deleteAclsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  filterResults: array(
    struct({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      matchingAcls: array(
        struct({
          errorCode: int16(),
          errorMessage: string({ nullable: true }),
          resourceType: int8(),
          resourceName: string(),
          patternType: int8({ versions: '1+', default: 3, about: '3: literal; 4: prefixed.' }),
          principal: string(),
          host: string(),
          operation: int8(),
          permissionType: int8({ about: '2: deny; 3: allow.' }),
        }),
      ),
    }),
    { about: 'In the order of the request.' },
  ),
})

export interface DeleteAclsRequest extends Infer<typeof deleteAclsRequest> {}
export interface DeleteAclsResponse extends Infer<typeof deleteAclsResponse> {}

/** DeleteAcls: removes the access control entries that match filters. */
export const deleteAcls = api({
  key: 31,
  name: 'DeleteAcls',
  versions: '0-3',
  advertised: '1-3',
  flexible: '2+',
  notes: {
    1: 'pattern type (KIP-290)',
    2: 'flexible',
    3: 'users as resources (KIP-373)',
  },
  request: deleteAclsRequest,
  response: deleteAclsResponse,
})
