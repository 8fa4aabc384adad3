import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, records, string, struct, timestamp, uuid } from '../schema/fields.js'
import { leaderIdAndEpoch, nodeEndpoint } from './shared-structs.js'

export const produceRequest = struct({
  transactionalId: string({ nullable: true, default: null, about: 'Null unless the producer is transactional.' }),
  acks: int16({ about: '0: no response; 1: written by the leader; -1: written by all in-sync replicas.' }),
  timeoutMs: int32({ about: 'How long to wait for the replicas when acks is -1.' }),
  topicData: array(
    struct({
      name: string({ versions: '0-12', ignorable: true, mapKey: true }),
      topicId: uuid({ versions: '13+', ignorable: true, mapKey: true }),
      partitionData: array(
        struct({
          index: int32(),
          records: records({ nullable: true, about: 'One record batch of format 2.' }),
        }),
      ),
    }),
  ),
})

export const produceResponse = struct({
  responses: array(
    struct({
      name: string({ versions: '0-12', ignorable: true, mapKey: true }),
      topicId: uuid({ versions: '13+', ignorable: true, mapKey: true }),
      partitionResponses: array(
        struct({
          index: int32(),
          errorCode: int16(),
          baseOffset: int64({ about: 'Offset given to the first record.' }),
          logAppendTimeMs: timestamp({
            default: -1,
            ignorable: true,
            about: '-1 unless the topic uses LogAppendTime.',
          }),
          logStartOffset: int64({ versions: '5+', default: -1, ignorable: true }),
          recordErrors: array(
            struct({
              batchIndex: int32({ about: 'Which record of the batch was refused.' }),
              batchIndexErrorMessage: string({ nullable: true, default: null }),
            }),
            { versions: '8+', ignorable: true },
          ),
          errorMessage: string({ versions: '8+', nullable: '8+', default: null, ignorable: true }),
          currentLeader: struct(leaderIdAndEpoch, { tag: 0, taggedVersions: '10+' }),
        }),
      ),
    }),
  ),
  throttleTimeMs: int32({ default: 0, ignorable: true }),
  nodeEndpoints: array(struct(nodeEndpoint), { tag: 0, taggedVersions: '10+' }),
})

export interface ProduceRequest extends Infer<typeof produceRequest> {}
export interface ProduceResponse extends Infer<typeof produceResponse> {}

/**
 * Produce: appends record batches to partitions; with acks=0 there is no response.
 *
 * Versions 0 to 2 carry message formats that are no longer written. They are advertised nevertheless, because librdkafka
 * before 2.11 switches compression off for a broker that does not name version 0, and are refused when used.
 */
export const produce = api({
  key: 0,
  name: 'Produce',
  versions: '3-13',
  advertised: '0-13',
  flexible: '9+',
  notes: {
    3: 'record batches of format 2; transactional id',
    4: 'may answer KAFKA_STORAGE_ERROR',
    5: 'log start offset',
    7: 'zstd (KIP-110)',
    8: 'errors of single records (KIP-467)',
    9: 'flexible',
    10: 'current leader (KIP-951)',
    11: 'may answer TRANSACTION_ABORTABLE (KIP-890)',
    12: 'adds partitions to the transaction by itself (KIP-890, transactions v2)',
    13: 'topic ids in place of names (KIP-516)',
  },
  request: produceRequest,
  response: produceResponse,
})
