import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, string, struct, uint16, uuid } from '../schema/fields.js'

export const addRaftVoterRequest = struct({
  clusterId: string({ nullable: true }),
  timeoutMs: int32(),
  voterId: int32(),
  voterDirectoryId: uuid(),
  listeners: array(struct({ name: string({ mapKey: true }), host: string(), port: uint16() })),
  ackWhenCommitted: bool({
    versions: '1+',
    default: true,
    about: 'False: answer as soon as it is in the log of the leader.',
  }),
})

export const addRaftVoterResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true, ignorable: true }),
})

export interface AddRaftVoterRequest extends Infer<typeof addRaftVoterRequest> {}
export interface AddRaftVoterResponse extends Infer<typeof addRaftVoterResponse> {}

/** AddRaftVoter: makes a KRaft controller a voter (KIP-853). */
export const addRaftVoter = api({
  key: 80,
  name: 'AddRaftVoter',
  versions: '0-1',
  flexible: '0+',
  notes: {
    1: 'may be answered before it is committed (KIP-1186)',
  },
  request: addRaftVoterRequest,
  response: addRaftVoterResponse,
})
