import { api } from '../schema/api.js'
import { bytes, type Infer, int16, int32, struct, timestamp, wideInt64 } from '../schema/fields.js'

export const expireDelegationTokenRequest = struct({
  hmac: bytes(),
  expiryTimePeriodMs: wideInt64({ about: 'Counted from now; negative: at once.' }),
})

export const expireDelegationTokenResponse = struct({
  errorCode: int16(),
  expiryTimestampMs: timestamp(),
  throttleTimeMs: int32({ default: 0 }),
})

export interface ExpireDelegationTokenRequest extends Infer<typeof expireDelegationTokenRequest> {}
export interface ExpireDelegationTokenResponse extends Infer<typeof expireDelegationTokenResponse> {}

/** ExpireDelegationToken: lets a delegation token expire earlier (KIP-48). */
export const expireDelegationToken = api({
  key: 40,
  name: 'ExpireDelegationToken',
  versions: '0-2',
  advertised: '1-2',
  flexible: '2+',
  notes: {
    2: 'flexible',
  },
  request: expireDelegationTokenRequest,
  response: expireDelegationTokenResponse,
})
