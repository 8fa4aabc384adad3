import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct, uuid } from '../schema/fields.js'

export const deleteShareGroupOffsetsRequest = struct({
  groupId: string(),
  topics: array(struct({ topicName: string() })),
})

export const deleteShareGroupOffsetsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  responses: array(
    struct({
      topicName: string(),
      topicId: uuid(),
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
    }),
  ),
})

export interface DeleteShareGroupOffsetsRequest extends Infer<typeof deleteShareGroupOffsetsRequest> {}
export interface DeleteShareGroupOffsetsResponse extends Infer<typeof deleteShareGroupOffsetsResponse> {}

/** DeleteShareGroupOffsets: forgets where an empty share group is in topics (KIP-932). */
export const deleteShareGroupOffsets = api({
  key: 92,
  name: 'DeleteShareGroupOffsets',
  versions: '0',
  flexible: '0+',
  request: deleteShareGroupOffsetsRequest,
  response: deleteShareGroupOffsetsResponse,
})
