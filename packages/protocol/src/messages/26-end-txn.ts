import { api } from '../schema/api.js'
import { bool, type Infer, int16, int32, int64, string, struct } from '../schema/fields.js'

export const endTxnRequest = struct({
  transactionalId: string(),
  producerId: int64(),
  producerEpoch: int16(),
  committed: bool({ about: 'False: abort.' }),
})

export const endTxnResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  producerId: int64({
    versions: '5+',
    default: -1,
    ignorable: true,
    about: 'Another one if the epochs of the last are used up.',
  }),
  producerEpoch: int16({ versions: '5+', default: -1, ignorable: true, about: 'For the next transaction.' }),
})

export interface EndTxnRequest extends Infer<typeof endTxnRequest> {}
export interface EndTxnResponse extends Infer<typeof endTxnResponse> {}

/**
 * EndTxn: commits or aborts a transaction.
 *
 * Version 5 needs transaction.version 2 on both sides.
 */
export const endTxn = api({
  key: 26,
  name: 'EndTxn',
  versions: '0-5',
  advertised: '0-4',
  flexible: '3+',
  notes: {
    2: 'may answer PRODUCER_FENCED',
    3: 'flexible',
    4: 'may answer TRANSACTION_ABORTABLE (KIP-890)',
    5: 'the epoch is bumped by every transaction, and answered (KIP-890)',
  },
  request: endTxnRequest,
  response: endTxnResponse,
})
