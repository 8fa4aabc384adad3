import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct, uuid } from '../schema/fields.js'

export const describeShareGroupOffsetsRequest = struct({
  groups: array(
    struct({
      groupId: string(),
      topics: array(struct({ topicName: string(), partitions: array(int32()) }), {
        nullable: true,
        about: 'Null: all topics.',
      }),
    }),
  ),
})

export const describeShareGroupOffsetsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  groups: array(
    struct({
      groupId: string(),
      topics: array(
        struct({
          topicName: string(),
          topicId: uuid(),
          partitions: array(
            struct({
              partitionIndex: int32(),
              startOffset: int64({ about: '-1 if there is none.' }),
              leaderEpoch: int32(),
              lag: int64({ versions: '1+', default: -1, ignorable: true }),
              errorCode: int16(),
              errorMessage: string({ nullable: true, default: null }),
            }),
          ),
        }),
      ),
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
    }),
  ),
})

export interface DescribeShareGroupOffsetsRequest extends Infer<typeof describeShareGroupOffsetsRequest> {}
export interface DescribeShareGroupOffsetsResponse extends Infer<typeof describeShareGroupOffsetsResponse> {}

/** DescribeShareGroupOffsets: where share groups are in partitions (KIP-932). */
export const describeShareGroupOffsets = api({
  key: 90,
  name: 'DescribeShareGroupOffsets',
  versions: '0-1',
  flexible: '0+',
  notes: {
    1: 'lag (KIP-1226)',
  },
  request: describeShareGroupOffsetsRequest,
  response: describeShareGroupOffsetsResponse,
})
