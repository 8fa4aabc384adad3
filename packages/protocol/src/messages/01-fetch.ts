import { api } from '../schema/api.js'
import {
  array,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uuid,
  wideInt64,
} from '../schema/fields.js'
import { leaderIdAndEpoch, nodeEndpoint } from './shared-structs.js'

export const fetchRequest = struct({
  clusterId: string({ tag: 0, taggedVersions: '12+', nullable: '12+', default: null, ignorable: true }),
  replicaId: int32({ versions: '0-14', default: -1, about: 'Broker id of a follower; -1 for a consumer.' }),
  replicaState: struct(
    {
      replicaId: int32({ default: -1, about: 'Broker id of a follower; -1 for a consumer.' }),
      replicaEpoch: int64({ default: -1 }),
    },
    { tag: 1, taggedVersions: '15+' },
  ),
  maxWaitMs: int32(),
  minBytes: int32({ about: 'The answer waits until there are so many bytes, or maxWaitMs have passed.' }),
  maxBytes: int32({ default: 0x7fffffff, ignorable: true, about: 'Exceeded by the first batch if need be (KIP-74).' }),
  isolationLevel: int8({ default: 0, ignorable: true, about: '0: read uncommitted; 1: read committed.' }),
  sessionId: int32({ versions: '7+', default: 0, ignorable: true }),
  sessionEpoch: int32({ versions: '7+', default: -1, ignorable: true, about: '-1: no session; 0: a new one.' }),
  topics: array(
    struct({
      topic: string({ versions: '0-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array(
        struct({
          partition: int32(),
          currentLeaderEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
          fetchOffset: int64(),
          lastFetchedEpoch: int32({ versions: '12+', default: -1, about: 'For followers: to detect divergence.' }),
          logStartOffset: int64({ versions: '5+', default: -1, ignorable: true, about: 'For followers.' }),
          partitionMaxBytes: int32(),
          replicaDirectoryId: uuid({ tag: 0, taggedVersions: '17+', ignorable: true }),
          highWatermark: wideInt64({
            tag: 1,
            taggedVersions: '18+',
            default: 2 ** 63,
            ignorable: true,
            about: 'What the follower believes; 2^63 (on the wire 2^63 - 1) if it does not say.',
          }),
        }),
      ),
    }),
  ),
  forgottenTopicsData: array(
    struct({
      topic: string({ versions: '7-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array(int32()),
    }),
    { versions: '7+', about: 'Partitions to take out of the fetch session.' },
  ),
  rackId: string({ versions: '11+', default: '', ignorable: true, about: 'For reading from the closest replica.' }),
})

export const fetchResponse = struct({
  throttleTimeMs: int32({ ignorable: true, default: 0 }),
  errorCode: int16({ versions: '7+', ignorable: true }),
  sessionId: int32({ versions: '7+', default: 0 }),
  responses: array(
    struct({
      topic: string({ versions: '0-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array(
        struct({
          partitionIndex: int32(),
          errorCode: int16(),
          highWatermark: int64(),
          lastStableOffset: int64({ default: -1, ignorable: true }),
          logStartOffset: int64({ versions: '5+', default: -1, ignorable: true }),
          divergingEpoch: struct(
            { epoch: int32({ default: -1 }), endOffset: int64({ default: -1 }) },
            { tag: 0, taggedVersions: '12+', about: 'For followers: where their log departs from the leader.' },
          ),
          currentLeader: struct(leaderIdAndEpoch, { tag: 1, taggedVersions: '12+' }),
          snapshotId: struct(
            { endOffset: int64({ default: -1 }), epoch: int32({ default: -1 }) },
            { tag: 2, taggedVersions: '12+', about: 'KRaft only.' },
          ),
          abortedTransactions: array(struct({ producerId: int64(), firstOffset: int64() }), {
            nullable: true,
            ignorable: true,
            about: 'With read committed: what the consumer must filter out.',
          }),
          preferredReadReplica: int32({ versions: '11+', default: -1 }),
          records: records({ nullable: true, about: 'Whole batches; the last one may be cut short.' }),
        }),
      ),
    }),
  ),
  nodeEndpoints: array(struct(nodeEndpoint), { tag: 0, taggedVersions: '16+' }),
})

export interface FetchRequest extends Infer<typeof fetchRequest> {}
export interface FetchResponse extends Infer<typeof fetchResponse> {}

/** Fetch: reads record batches from partitions and waits for new ones; consumers and followers use it. */
export const fetch = api({
  key: 1,
  name: 'Fetch',
  versions: '4-18',
  flexible: '12+',
  notes: {
    4: 'isolation level; aborted transactions',
    5: 'log start offset',
    7: 'fetch sessions (KIP-227)',
    9: 'leader epoch, to fence (KIP-320)',
    10: 'zstd (KIP-110)',
    11: 'rack and preferred read replica (KIP-392)',
    12: 'flexible; last fetched epoch and divergence',
    13: 'topic ids in place of names (KIP-516)',
    15: 'replica state in place of replica id (KIP-903)',
    16: 'endpoints of new leaders (KIP-951)',
    17: 'directory id (KIP-853)',
    18: 'high watermark of the follower (KIP-1166)',
  },
  request: fetchRequest,
  response: fetchResponse,
})
