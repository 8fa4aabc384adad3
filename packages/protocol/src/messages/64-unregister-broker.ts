import { api } from '../schema/api.js'
import { type Infer, int16, int32, string, struct } from '../schema/fields.js'

export const unregisterBrokerRequest = struct({ brokerId: int32() })

export const unregisterBrokerResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
})

export interface UnregisterBrokerRequest extends Infer<typeof unregisterBrokerRequest> {}
export interface UnregisterBrokerResponse extends Infer<typeof unregisterBrokerResponse> {}

/** UnregisterBroker: forgets a broker that will not return (KRaft). */
export const unregisterBroker = api({
  key: 64,
  name: 'UnregisterBroker',
  versions: '0',
  flexible: '0+',
  request: unregisterBrokerRequest,
  response: unregisterBrokerResponse,
})
