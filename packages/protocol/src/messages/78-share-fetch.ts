import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, int64, records, string, struct, uuid } from '../schema/fields.js'
import { nodeEndpoint } from './shared-structs.js'

export const shareFetchRequest = struct({
  groupId: string({ nullable: true, default: null }),
  memberId: string({ nullable: true }),
  shareSessionEpoch: int32({ about: 'Of the session: 0 opens it, -1 closes it.' }),
  maxWaitMs: int32(),
  minBytes: int32({ about: 'The answer waits until there are so many bytes, or maxWaitMs have passed.' }),
  maxBytes: int32({ default: 2147483647 }),
  maxRecords: int32({ about: 'Exceeded by a whole batch if need be.' }),
  batchSize: int32({ about: 'How many records an acquired batch should have.' }),
  shareAcquireMode: int8({
    versions: '2+',
    default: 0,
    ignorable: true,
    about: '0: whole batches; 1: never more than maxRecords.',
  }),
  isRenewAck: bool({ versions: '2+', default: false, about: 'Renewals are among the acknowledgements.' }),
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
  forgottenTopicsData: array(struct({ topicId: uuid(), partitions: array(int32()) }), {
    about: 'Partitions to take out of the session.',
  }),
})

export const shareFetchResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  acquisitionLockTimeoutMs: int32({ about: 'How long records stay acquired.' }),
  responses: array(
    struct({
      topicId: uuid({ mapKey: true }),
      partitions: array(
        struct({
          partitionIndex: int32(),
          errorCode: int16(),
          errorMessage: string({ nullable: true, default: null }),
          acknowledgeErrorCode: int16(),
          acknowledgeErrorMessage: string({ nullable: true, default: null }),
          currentLeader: struct({ leaderId: int32(), leaderEpoch: int32() }),
          records: records(),
          acquiredRecords: array(struct({ firstOffset: int64(), lastOffset: int64(), deliveryCount: int16() })),
        }),
      ),
    }),
  ),
  nodeEndpoints: array(struct(nodeEndpoint)),
})

export interface ShareFetchRequest extends Infer<typeof shareFetchRequest> {}
export interface ShareFetchResponse extends Infer<typeof shareFetchResponse> {}

/** ShareFetch: acquires records for a member of a share group, and settles earlier ones (KIP-932). */
export const shareFetch = api({
  key: 78,
  name: 'ShareFetch',
  versions: '1-2',
  flexible: '0+',
  notes: {
    1: 'first stable version (KIP-932)',
    2: 'a strict limit of records (KIP-1206); renewal of acquired records (KIP-1222)',
  },
  request: shareFetchRequest,
  response: shareFetchResponse,
})
