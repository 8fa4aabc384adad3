import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const createPartitionsRequest = struct({
  topics: array(
    struct({
      name: string({ mapKey: true }),
      count: int32({ about: 'Partitions that the topic shall have in all.' }),
      assignments: array(struct({ brokerIds: array(int32()) }), {
        nullable: true,
        about: 'One for each new partition; null: the controller decides.',
      }),
    }),
  ),
  timeoutMs: int32(),
  validateOnly: bool(),
})

export const createPartitionsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  results: array(
    struct({ name: string(), errorCode: int16(), errorMessage: string({ nullable: true, default: null }) }),
  ),
})

export interface CreatePartitionsRequest extends Infer<typeof createPartitionsRequest> {}
export interface CreatePartitionsResponse extends Infer<typeof createPartitionsResponse> {}

/** CreatePartitions: adds partitions to topics. */
export const createPartitions = api({
  key: 37,
  name: 'CreatePartitions',
  versions: '0-3',
  flexible: '2+',
  notes: {
    2: 'flexible',
    3: 'may answer THROTTLING_QUOTA_EXCEEDED (KIP-599)',
  },
  request: createPartitionsRequest,
  response: createPartitionsResponse,
})
