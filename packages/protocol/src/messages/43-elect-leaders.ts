import { api } from '../schema/api.js'
import { array, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const electLeadersRequest = struct({
  electionType: int8({ versions: '1+', about: '0: the preferred replica; 1: any, if no one is in sync.' }),
  topicPartitions: array(struct({ topic: string({ mapKey: true }), partitions: array(int32()) }), {
    nullable: true,
    about: 'Null: all partitions.',
  }),
  timeoutMs: int32({ default: 60000 }),
})

export const electLeadersResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16({ versions: '1+' }),
  replicaElectionResults: array(
    struct({
      topic: string(),
      partitionResult: array(
        struct({ partitionId: int32(), errorCode: int16(), errorMessage: string({ nullable: true }) }),
      ),
    }),
  ),
})

export interface ElectLeadersRequest extends Infer<typeof electLeadersRequest> {}
export interface ElectLeadersResponse extends Infer<typeof electLeadersResponse> {}

/** ElectLeaders: elects leaders of partitions anew (KIP-183, KIP-460). */
export const electLeaders = api({
  key: 43,
  name: 'ElectLeaders',
  versions: '0-2',
  flexible: '2+',
  notes: {
    0: 'preferred leaders only',
    1: 'election type; error of the whole request',
    2: 'flexible',
  },
  request: electLeadersRequest,
  response: electLeadersResponse,
})
