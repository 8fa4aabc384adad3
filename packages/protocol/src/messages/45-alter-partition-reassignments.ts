import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const alterPartitionReassignmentsRequest = struct({
  timeoutMs: int32({ default: 60000 }),
  allowReplicationFactorChange: bool({ versions: '1+', default: true }),
  topics: array(
    struct({
      name: string(),
      partitions: array(
        struct({
          partitionIndex: int32(),
          replicas: array(int32(), { nullable: true, default: null, about: 'Null: cancel.' }),
        }),
      ),
    }),
  ),
})

export const alterPartitionReassignmentsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  allowReplicationFactorChange: bool({ versions: '1+', default: true, ignorable: true }),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  responses: array(
    struct({
      name: string(),
      partitions: array(
        struct({ partitionIndex: int32(), errorCode: int16(), errorMessage: string({ nullable: true }) }),
      ),
    }),
  ),
})

export interface AlterPartitionReassignmentsRequest extends Infer<typeof alterPartitionReassignmentsRequest> {}
export interface AlterPartitionReassignmentsResponse extends Infer<typeof alterPartitionReassignmentsResponse> {}

/** AlterPartitionReassignments: moves replicas of partitions to other brokers, or cancels that (KIP-455). */
export const alterPartitionReassignments = api({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: '0-1',
  flexible: '0+',
  notes: {
    1: 'may forbid that the replication factor changes (KIP-860)',
  },
  request: alterPartitionReassignmentsRequest,
  response: alterPartitionReassignmentsResponse,
})
