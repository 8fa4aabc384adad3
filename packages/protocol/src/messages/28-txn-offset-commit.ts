import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct } from '../schema/fields.js'

export const txnOffsetCommitRequest = struct({
  transactionalId: string(),
  groupId: string(),
  producerId: int64(),
  producerEpoch: int16(),
  generationId: int32({ versions: '3+', default: -1, about: '-1 for commits from outside the group.' }),
  memberId: string({ versions: '3+', default: '' }),
  groupInstanceId: string({ versions: '3+', nullable: '3+', default: null, about: 'Set by static members (KIP-345).' }),
  topics: array(
    struct({
      name: string(),
      partitions: array(
        struct({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32({ versions: '2+', default: -1, ignorable: true }),
          committedMetadata: string({ nullable: true }),
        }),
      ),
    }),
  ),
})

export const txnOffsetCommitResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  topics: array(struct({ name: string(), partitions: array(struct({ partitionIndex: int32(), errorCode: int16() })) })),
})

export interface TxnOffsetCommitRequest extends Infer<typeof txnOffsetCommitRequest> {}
export interface TxnOffsetCommitResponse extends Infer<typeof txnOffsetCommitResponse> {}

/**
 * TxnOffsetCommit: stores positions of a group that count once the transaction is committed.
 *
 * Version 5 needs transaction.version 2 on both sides.
 */
export const txnOffsetCommit = api({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: '0-5',
  advertised: '0-4',
  flexible: '3+',
  notes: {
    2: 'leader epoch (KIP-320)',
    3: 'flexible; fenced by generation and member (KIP-447)',
    4: 'may answer TRANSACTION_ABORTABLE (KIP-890)',
    5: 'adds the group to the transaction, without AddOffsetsToTxn (KIP-890)',
  },
  request: txnOffsetCommitRequest,
  response: txnOffsetCommitResponse,
})
