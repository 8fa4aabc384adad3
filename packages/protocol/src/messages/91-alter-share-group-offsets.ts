import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct, uuid } from '../schema/fields.js'

export const alterShareGroupOffsetsRequest = struct({
  groupId: string(),
  topics: array(
    struct({
      topicName: string({ mapKey: true }),
      partitions: array(struct({ partitionIndex: int32(), startOffset: int64() })),
    }),
  ),
})

export const alterShareGroupOffsetsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  responses: array(
    struct({
      topicName: string({ mapKey: true }),
      topicId: uuid(),
      partitions: array(
        struct({
          partitionIndex: int32(),
          errorCode: int16(),
          errorMessage: string({ nullable: true, default: null }),
        }),
      ),
    }),
  ),
})

export interface AlterShareGroupOffsetsRequest extends Infer<typeof alterShareGroupOffsetsRequest> {}
export interface AlterShareGroupOffsetsResponse extends Infer<typeof alterShareGroupOffsetsResponse> {}

/** AlterShareGroupOffsets: lets an empty share group start elsewhere (KIP-932). */
export const alterShareGroupOffsets = api({
  key: 91,
  name: 'AlterShareGroupOffsets',
  versions: '0',
  flexible: '0+',
  request: alterShareGroupOffsetsRequest,
  response: alterShareGroupOffsetsResponse,
})
