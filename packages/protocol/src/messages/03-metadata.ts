import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, string, struct, uuid } from '../schema/fields.js'
import { NOT_ASKED } from './shared-structs.js'

export const metadataRequest = struct({
  topics: array(
    struct({
      topicId: uuid({ versions: '10+', ignorable: true }),
      name: string({ nullable: '10+', about: 'Null to ask by id, from version 12 on.' }),
    }),
    { nullable: '1+', about: 'Null: all topics. Empty: none, but in version 0 all.' },
  ),
  allowAutoTopicCreation: bool({ versions: '4+', default: true }),
  includeClusterAuthorizedOperations: bool({ versions: '8-10' }),
  includeTopicAuthorizedOperations: bool({ versions: '8+' }),
})

export const metadataResponse = struct({
  throttleTimeMs: int32({ versions: '3+', ignorable: true }),
  brokers: array(
    struct({
      nodeId: int32({ mapKey: true }),
      host: string(),
      port: int32(),
      rack: string({ versions: '1+', nullable: '1+', default: null, ignorable: true }),
    }),
  ),
  clusterId: string({ versions: '2+', nullable: '2+', default: null, ignorable: true }),
  controllerId: int32({ versions: '1+', default: -1, ignorable: true }),
  topics: array(
    struct({
      errorCode: int16(),
      name: string({ nullable: '12+', mapKey: true, about: 'Null for an unknown topic id.' }),
      topicId: uuid({ versions: '10+', ignorable: true, about: 'Zero for an unknown name.' }),
      isInternal: bool({ versions: '1+', default: false, ignorable: true }),
      partitions: array(
        struct({
          errorCode: int16(),
          partitionIndex: int32(),
          leaderId: int32({ about: '-1 if there is none.' }),
          leaderEpoch: int32({ versions: '7+', default: -1, ignorable: true }),
          replicaNodes: array(int32()),
          isrNodes: array(int32()),
          offlineReplicas: array(int32(), { versions: '5+', ignorable: true }),
        }),
      ),
      topicAuthorizedOperations: int32({ versions: '8+', default: NOT_ASKED }),
    }),
  ),
  clusterAuthorizedOperations: int32({ versions: '8-10', default: NOT_ASKED }),
  errorCode: int16({ versions: '13+', ignorable: true }),
})

export interface MetadataRequest extends Infer<typeof metadataRequest> {}
export interface MetadataResponse extends Infer<typeof metadataResponse> {}

/** Metadata: the brokers, and the partitions of topics with their leaders; may create topics that are asked for. */
export const metadata = api({
  key: 3,
  name: 'Metadata',
  versions: '0-13',
  flexible: '9+',
  notes: {
    1: 'null for all topics; controller, racks, internal topics',
    2: 'cluster id (KIP-78)',
    4: 'whether topics may be created (KIP-4)',
    5: 'offline replicas (KIP-112)',
    7: 'leader epoch (KIP-320)',
    8: 'authorized operations (KIP-430)',
    9: 'flexible',
    10: 'topic ids in the response (KIP-516)',
    11: "the cluster's authorized operations moved to DescribeCluster (KIP-700)",
    12: 'topics by id',
    13: 'error of the whole request (KIP-1102)',
  },
  request: metadataRequest,
  response: metadataResponse,
})
