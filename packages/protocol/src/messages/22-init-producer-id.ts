import { api } from '../schema/api.js'
import { type Infer, int16, int32, int64, string, struct } from '../schema/fields.js'

export const initProducerIdRequest = struct({
  transactionalId: string({ nullable: true, about: 'Null: idempotent only.' }),
  transactionTimeoutMs: int32(),
  producerId: int64({ versions: '3+', default: -1 }),
  producerEpoch: int16({ versions: '3+', default: -1 }),
})

export const initProducerIdResponse = struct({
  throttleTimeMs: int32({ default: 0, ignorable: true }),
  errorCode: int16(),
  producerId: int64({ default: -1 }),
  producerEpoch: int16(),
})

export interface InitProducerIdRequest extends Infer<typeof initProducerIdRequest> {}
export interface InitProducerIdResponse extends Infer<typeof initProducerIdResponse> {}

/** InitProducerId: gives a producer its id and epoch, and fences earlier producers of its transactional id. */
export const initProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: '0-5',
  flexible: '2+',
  notes: {
    2: 'flexible',
    3: 'the present id and epoch, to recover from an error (KIP-360)',
    4: 'may answer PRODUCER_FENCED',
    5: 'may answer TRANSACTION_ABORTABLE (KIP-890)',
  },
  request: initProducerIdRequest,
  response: initProducerIdResponse,
})
