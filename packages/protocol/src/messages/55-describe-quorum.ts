import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct, timestamp, uint16, uuid } from '../schema/fields.js'

/** A voter or an observer; -1 for what is not known. */
const replicaState = {
  replicaId: int32(),
  replicaDirectoryId: uuid({ versions: '2+' }),
  logEndOffset: int64(),
  lastFetchTimestamp: timestamp({ versions: '1+', default: -1, ignorable: true }),
  lastCaughtUpTimestamp: timestamp({ versions: '1+', default: -1, ignorable: true }),
}

export const describeQuorumRequest = struct({
  topics: array(
    struct({
      topicName: string({ about: '__cluster_metadata.' }),
      partitions: array(struct({ partitionIndex: int32() })),
    }),
  ),
})

export const describeQuorumResponse = struct({
  errorCode: int16(),
  errorMessage: string({ versions: '2+', nullable: '2+', ignorable: true }),
  topics: array(
    struct({
      topicName: string(),
      partitions: array(
        struct({
          partitionIndex: int32(),
          errorCode: int16(),
          errorMessage: string({ versions: '2+', nullable: '2+', ignorable: true }),
          leaderId: int32({ about: '-1 if not known.' }),
          leaderEpoch: int32(),
          highWatermark: int64(),
          currentVoters: array(struct(replicaState)),
          observers: array(struct(replicaState)),
        }),
      ),
    }),
  ),
  nodes: array(
    struct({
      nodeId: int32({ mapKey: true }),
      listeners: array(struct({ name: string({ mapKey: true }), host: string(), port: uint16() })),
    }),
    { versions: '2+' },
  ),
})

export interface DescribeQuorumRequest extends Infer<typeof describeQuorumRequest> {}
export interface DescribeQuorumResponse extends Infer<typeof describeQuorumResponse> {}

/** DescribeQuorum: state of the KRaft controllers (KIP-595). */
export const describeQuorum = api({
  key: 55,
  name: 'DescribeQuorum',
  versions: '0-2',
  flexible: '0+',
  notes: {
    1: 'when replicas fetched and caught up (KIP-836)',
    2: 'directory ids, listeners, error messages (KIP-853)',
  },
  request: describeQuorumRequest,
  response: describeQuorumResponse,
})
