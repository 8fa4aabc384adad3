import { api } from '../schema/api.js'
import { array, type Infer, int8, int16, int32, string, struct } from '../schema/fields.js'

export const findCoordinatorRequest = struct({
  key: string({ versions: '0-3' }),
  keyType: int8({ versions: '1+', default: 0, about: '0: group; 1: transaction; 2: share group.' }),
  coordinatorKeys: array(string(), { versions: '4+' }),
})

export const findCoordinatorResponse = struct({
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16({ versions: '0-3' }),
  errorMessage: string({ versions: '1-3', nullable: '1-3', ignorable: true }),
  nodeId: int32({ versions: '0-3' }),
  host: string({ versions: '0-3' }),
  port: int32({ versions: '0-3' }),
  coordinators: array(
    struct({
      key: string(),
      nodeId: int32(),
      host: string(),
      port: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true, ignorable: true }),
    }),
    { versions: '4+' },
  ),
})

export interface FindCoordinatorRequest extends Infer<typeof findCoordinatorRequest> {}
export interface FindCoordinatorResponse extends Infer<typeof findCoordinatorResponse> {}

/** FindCoordinator: tells which broker coordinates a group or a transactional id. */
export const findCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: '0-6',
  flexible: '3+',
  notes: {
    1: 'key type; error message',
    3: 'flexible',
    4: 'many keys in one request (KIP-699)',
    5: 'may answer TRANSACTION_ABORTABLE (KIP-890)',
    6: 'share groups, with keys groupId:topicId:partition (KIP-932)',
  },
  request: findCoordinatorRequest,
  response: findCoordinatorResponse,
})
