import { api } from '../schema/api.js'
import { type Infer, int16, int32, string, struct, uuid } from '../schema/fields.js'

export const removeRaftVoterRequest = struct({
  clusterId: string({ nullable: true }),
  voterId: int32(),
  voterDirectoryId: uuid(),
})

export const removeRaftVoterResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true, ignorable: true }),
})

export interface RemoveRaftVoterRequest extends Infer<typeof removeRaftVoterRequest> {}
export interface RemoveRaftVoterResponse extends Infer<typeof removeRaftVoterResponse> {}

/** RemoveRaftVoter: takes the vote from a KRaft controller (KIP-853). */
export const removeRaftVoter = api({
  key: 81,
  name: 'RemoveRaftVoter',
  versions: '0',
  flexible: '0+',
  request: removeRaftVoterRequest,
  response: removeRaftVoterResponse,
})
