import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const listPartitionReassignmentsRequest = struct({
  timeoutMs: int32({ default: 60000 }),
  topics: array(struct({ name: string(), partitionIndexes: array(int32()) }), {
    nullable: true,
    default: null,
    about: 'Null: all topics.',
  }),
})

export const listPartitionReassignmentsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  topics: array(
    struct({
      name: string(),
      partitions: array(
        struct({
          partitionIndex: int32(),
          replicas: array(int32()),
          addingReplicas: array(int32()),
          removingReplicas: array(int32()),
        }),
      ),
    }),
  ),
})

export interface ListPartitionReassignmentsRequest extends Infer<typeof listPartitionReassignmentsRequest> {}
export interface ListPartitionReassignmentsResponse extends Infer<typeof listPartitionReassignmentsResponse> {}

/** ListPartitionReassignments: the partitions whose replicas are being moved (KIP-455). */
export const listPartitionReassignments = api({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: '0',
  flexible: '0+',
  request: listPartitionReassignmentsRequest,
  response: listPartitionReassignmentsResponse,
})
