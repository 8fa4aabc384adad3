import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, int64, string, struct, uuid } from '../schema/fields.js'
import { nodeEndpoint } from './shared-structs.js'

export const shareAcknowledgeRequest = struct({
  groupId: string({ nullable: true, default: null }),
  memberId: string({ nullable: true }),
  shareSessionEpoch: int32({ about: 'Of the session: 0 opens it, -1 closes it.' }),
  isRenewAck: bool({ versions: '2+', default: false }),
  topics: array(
    struct({
      topicId: uuid({ mapKey: true }),
      partitions: array(
        struct({
          partitionIndex: int32({ mapKey: true }),
          acknowledgementBatches: array(
            struct({
              firstOffset: int64(),
              lastOffset: int64(),
              acknowledgeTypes: array(int8(), {
                about: '0: gap; 1: accept; 2: release; 3: reject; 4: renew. One for each offset, or one for all.',
              }),
            }),
          ),
        }),
      ),
    }),
  ),
})

export const shareAcknowledgeResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  acquisitionLockTimeoutMs: int32({ versions: '2+', ignorable: true, about: 'How long records stay acquired.' }),
  responses: array(
    struct({
      topicId: uuid({ mapKey: true }),
      partitions: array(
        struct({
          partitionIndex: int32(),
          errorCode: int16(),
          errorMessage: string({ nullable: true, default: null }),
          currentLeader: struct({ leaderId: int32(), leaderEpoch: int32() }),
        }),
      ),
    }),
  ),
  nodeEndpoints: array(struct(nodeEndpoint)),
})

export interface ShareAcknowledgeRequest extends Infer<typeof shareAcknowledgeRequest> {}
export interface ShareAcknowledgeResponse extends Infer<typeof shareAcknowledgeResponse> {}

/** ShareAcknowledge: settles records that a member of a share group has acquired (KIP-932). */
export const shareAcknowledge = api({
  key: 79,
  name: 'ShareAcknowledge',
  versions: '1-2',
  flexible: '0+',
  notes: {
    1: 'first stable version (KIP-932)',
    2: 'renewal of acquired records (KIP-1222)',
  },
  request: shareAcknowledgeRequest,
  response: shareAcknowledgeResponse,
})
