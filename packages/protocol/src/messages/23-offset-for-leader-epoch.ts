import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct } from '../schema/fields.js'

export const offsetForLeaderEpochRequest = struct({
  replicaId: int32({
    versions: '3+',
    default: -2,
    ignorable: true,
    about: '-1: consumer; -2: may look beyond the high watermark.',
  }),
  topics: array(
    struct({
      topic: string({ mapKey: true }),
      partitions: array(
        struct({
          partition: int32(),
          currentLeaderEpoch: int32({ default: -1, ignorable: true }),
          leaderEpoch: int32({ about: 'The epoch whose end is asked for.' }),
        }),
      ),
    }),
  ),
})

export const offsetForLeaderEpochResponse = struct({
  throttleTimeMs: int32({ default: 0, ignorable: true }),
  topics: array(
    struct({
      topic: string({ mapKey: true }),
      partitions: array(
        struct({
          errorCode: int16(),
          partition: int32(),
          leaderEpoch: int32({
            default: -1,
            ignorable: true,
            about: 'The largest known epoch up to the one asked for.',
          }),
          endOffset: int64({ default: -1 }),
        }),
      ),
    }),
  ),
})

export interface OffsetForLeaderEpochRequest extends Infer<typeof offsetForLeaderEpochRequest> {}
export interface OffsetForLeaderEpochResponse extends Infer<typeof offsetForLeaderEpochResponse> {}

/** OffsetForLeaderEpoch: where a leader epoch ends, to find out whether a log was truncated. */
export const offsetForLeaderEpoch = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: '2-4',
  flexible: '4+',
  notes: {
    2: 'current leader epoch, to fence (KIP-320)',
    3: 'replica id',
    4: 'flexible',
  },
  request: offsetForLeaderEpochRequest,
  response: offsetForLeaderEpochResponse,
})
