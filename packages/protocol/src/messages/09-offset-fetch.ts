import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, int64, string, struct, uuid } from '../schema/fields.js'

export const offsetFetchRequest = struct({
  groupId: string({ versions: '0-7' }),
  topics: array(struct({ name: string(), partitionIndexes: array(int32()) }), {
    versions: '0-7',
    nullable: '2-7',
    about: 'Null: all topics.',
  }),
  groups: array(
    struct({
      groupId: string(),
      memberId: string({ versions: '9+', nullable: '9+', default: null, ignorable: true }),
      memberEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
      topics: array(
        struct({
          name: string({ versions: '8-9', ignorable: true }),
          topicId: uuid({ versions: '10+', ignorable: true }),
          partitionIndexes: array(int32()),
        }),
        { nullable: true, about: 'Null: all topics.' },
      ),
    }),
    { versions: '8+' },
  ),
  requireStable: bool({
    versions: '7+',
    default: false,
    about: 'Answer UNSTABLE_OFFSET_COMMIT while a transaction is open.',
  }),
})

export const offsetFetchResponse = struct({
  throttleTimeMs: int32({ versions: '3+', ignorable: true }),
  topics: array(
    struct({
      name: string(),
      partitions: array(
        struct({
          partitionIndex: int32(),
          committedOffset: int64({ about: '-1 if there is none.' }),
          committedLeaderEpoch: int32({ versions: '5-7', default: -1, ignorable: true }),
          metadata: string({ nullable: true }),
          errorCode: int16(),
        }),
      ),
    }),
    { versions: '0-7' },
  ),
  errorCode: int16({ versions: '2-7', default: 0, ignorable: true }),
  groups: array(
    struct({
      groupId: string(),
      topics: array(
        struct({
          name: string({ versions: '8-9', ignorable: true }),
          topicId: uuid({ versions: '10+', ignorable: true }),
          partitions: array(
            struct({
              partitionIndex: int32(),
              committedOffset: int64({ about: '-1 if there is none.' }),
              committedLeaderEpoch: int32({ default: -1, ignorable: true }),
              metadata: string({ nullable: true }),
              errorCode: int16(),
            }),
          ),
        }),
      ),
      errorCode: int16({ default: 0 }),
    }),
    { versions: '8+' },
  ),
})

export interface OffsetFetchRequest extends Infer<typeof offsetFetchRequest> {}
export interface OffsetFetchResponse extends Infer<typeof offsetFetchResponse> {}

/** OffsetFetch: reads the committed positions of a group, or of several groups at once. */
export const offsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: '1-10',
  flexible: '6+',
  notes: {
    2: 'null for all topics; error of the whole request',
    5: 'leader epoch (KIP-320)',
    6: 'flexible',
    7: 'require stable (KIP-447)',
    8: 'many groups in one request (KIP-709)',
    9: 'member id and epoch (KIP-848)',
    10: 'topic ids in place of names (KIP-848)',
  },
  request: offsetFetchRequest,
  response: offsetFetchResponse,
})
