import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct, wideInt64 } from '../schema/fields.js'

export const listTransactionsRequest = struct({
  stateFilters: array(string(), { about: 'Empty: all states.' }),
  producerIdFilters: array(int64(), { about: 'Empty: all producers.' }),
  durationFilter: wideInt64({
    versions: '1+',
    default: -1,
    about: 'Milliseconds that the transaction has been open at least; negative: no matter.',
  }),
  transactionalIdPattern: string({
    versions: '2+',
    nullable: '2+',
    default: null,
    about: 'A regular expression in the syntax of RE2; null: any.',
  }),
})

export const listTransactionsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  unknownStateFilters: array(string(), { about: 'Filters that name no state.' }),
  transactionStates: array(struct({ transactionalId: string(), producerId: int64(), transactionState: string() })),
})

export interface ListTransactionsRequest extends Infer<typeof listTransactionsRequest> {}
export interface ListTransactionsResponse extends Infer<typeof listTransactionsResponse> {}

/** ListTransactions: the transactional ids that a broker coordinates (KIP-664). */
export const listTransactions = api({
  key: 66,
  name: 'ListTransactions',
  versions: '0-2',
  flexible: '0+',
  notes: {
    1: 'by duration (KIP-994)',
    2: 'by a pattern of the id (KIP-1152)',
  },
  request: listTransactionsRequest,
  response: listTransactionsResponse,
})
