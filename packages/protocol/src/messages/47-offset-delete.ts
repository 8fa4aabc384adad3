import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const offsetDeleteRequest = struct({
  groupId: string(),
  topics: array(struct({ name: string({ mapKey: true }), partitions: array(struct({ partitionIndex: int32() })) })),
})

export const offsetDeleteResponse = struct({
  errorCode: int16(),
  throttleTimeMs: int32({ default: 0, ignorable: true }),
  topics: array(
    struct({
      name: string({ mapKey: true }),
      partitions: array(struct({ partitionIndex: int32({ mapKey: true }), errorCode: int16() })),
    }),
  ),
})

export interface OffsetDeleteRequest extends Infer<typeof offsetDeleteRequest> {}
export interface OffsetDeleteResponse extends Infer<typeof offsetDeleteResponse> {}

/** OffsetDelete: forgets the positions of a group in topics that it does not read any more (KIP-496). Never flexible. */
export const offsetDelete = api({
  key: 47,
  name: 'OffsetDelete',
  versions: '0',
  flexible: 'none',
  request: offsetDeleteRequest,
  response: offsetDeleteResponse,
})
