import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'
import { NOT_ASKED } from './shared-structs.js'

export const describeClusterRequest = struct({
  includeClusterAuthorizedOperations: bool(),
  endpointType: int8({ versions: '1+', default: 1, about: '1: brokers; 2: controllers.' }),
  includeFencedBrokers: bool({ versions: '2+' }),
})

export const describeClusterResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  endpointType: int8({ versions: '1+', default: 1, about: '1: brokers; 2: controllers.' }),
  clusterId: string(),
  controllerId: int32({ default: -1 }),
  brokers: array(
    struct({
      brokerId: int32({ mapKey: true }),
      host: string(),
      port: int32(),
      rack: string({ nullable: true, default: null }),
      isFenced: bool({ versions: '2+' }),
    }),
  ),
  clusterAuthorizedOperations: int32({ default: NOT_ASKED }),
})

export interface DescribeClusterRequest extends Infer<typeof describeClusterRequest> {}
export interface DescribeClusterResponse extends Infer<typeof describeClusterResponse> {}

/** DescribeCluster: cluster id, controller and brokers (KIP-700). */
export const describeCluster = api({
  key: 60,
  name: 'DescribeCluster',
  versions: '0-2',
  flexible: '0+',
  notes: {
    1: 'endpoint type (KIP-919)',
    2: 'fenced brokers (KIP-1073)',
  },
  request: describeClusterRequest,
  response: describeClusterResponse,
})
