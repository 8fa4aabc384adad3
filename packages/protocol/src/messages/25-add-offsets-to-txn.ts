import { api } from '../schema/api.js'
import { type Infer, int16, int32, int64, string, struct } from '../schema/fields.js'

export const addOffsetsToTxnRequest = struct({
  transactionalId: string(),
  producerId: int64(),
  producerEpoch: int16(),
  groupId: string(),
})

export const addOffsetsToTxnResponse = struct({ throttleTimeMs: int32({ default: 0 }), errorCode: int16() })

export interface AddOffsetsToTxnRequest extends Infer<typeof addOffsetsToTxnRequest> {}
export interface AddOffsetsToTxnResponse extends Infer<typeof addOffsetsToTxnResponse> {}

/** AddOffsetsToTxn: announces that a transaction is about to commit offsets of a group. */
export const addOffsetsToTxn = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: '0-4',
  flexible: '3+',
  notes: {
    2: 'may answer PRODUCER_FENCED',
    3: 'flexible',
    4: 'may answer TRANSACTION_ABORTABLE (KIP-890)',
  },
  request: addOffsetsToTxnRequest,
  response: addOffsetsToTxnResponse,
})
