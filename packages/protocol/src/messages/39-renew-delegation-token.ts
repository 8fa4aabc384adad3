import { api } from '../schema/api.js'
import { bytes, type Infer, int16, int32, struct, timestamp, wideInt64 } from '../schema/fields.js'

export const renewDelegationTokenRequest = struct({
  hmac: bytes(),
  renewPeriodMs: wideInt64({ about: 'Counted from now; -1: as the broker does by default.' }),
})

export const renewDelegationTokenResponse = struct({
  errorCode: int16(),
  expiryTimestampMs: timestamp(),
  throttleTimeMs: int32({ default: 0 }),
})

export interface RenewDelegationTokenRequest extends Infer<typeof renewDelegationTokenRequest> {}
export interface RenewDelegationTokenResponse extends Infer<typeof renewDelegationTokenResponse> {}

/** RenewDelegationToken: lets a delegation token expire later (KIP-48). */
export const renewDelegationToken = api({
  key: 39,
  name: 'RenewDelegationToken',
  versions: '0-2',
  advertised: '1-2',
  flexible: '2+',
  notes: {
    2: 'flexible',
  },
  request: renewDelegationTokenRequest,
  response: renewDelegationTokenResponse,
})
