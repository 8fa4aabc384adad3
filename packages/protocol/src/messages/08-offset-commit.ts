import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct, timestamp, uuid } from '../schema/fields.js'

export const offsetCommitRequest = struct({
  groupId: string(),
  generationIdOrMemberEpoch: int32({ default: -1, ignorable: true, about: '-1 for commits from outside the group.' }),
  memberId: string({ ignorable: true }),
  groupInstanceId: string({ versions: '7+', nullable: '7+', default: null, about: 'Set by static members (KIP-345).' }),
  retentionTimeMs: timestamp({ versions: '2-4', default: -1, ignorable: true }),
  topics: array(
    struct({
      name: string({ versions: '0-9', ignorable: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      partitions: array(
        struct({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32({ versions: '6+', default: -1, ignorable: true }),
          committedMetadata: string({ nullable: true }),
        }),
      ),
    }),
  ),
})

export const offsetCommitResponse = struct({
  throttleTimeMs: int32({ versions: '3+', ignorable: true }),
  topics: array(
    struct({
      name: string({ versions: '0-9', ignorable: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      partitions: array(struct({ partitionIndex: int32(), errorCode: int16() })),
    }),
  ),
})

export interface OffsetCommitRequest extends Infer<typeof offsetCommitRequest> {}
export interface OffsetCommitResponse extends Infer<typeof offsetCommitResponse> {}

/** OffsetCommit: stores the positions of a group. */
export const offsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  versions: '2-10',
  flexible: '8+',
  notes: {
    2: 'retention time',
    5: 'retention is a matter of the broker (KIP-211)',
    6: 'leader epoch (KIP-320)',
    7: 'static members (KIP-345)',
    8: 'flexible',
    9: 'member epochs of consumer groups (KIP-848)',
    10: 'topic ids in place of names (KIP-848)',
  },
  request: offsetCommitRequest,
  response: offsetCommitResponse,
})
