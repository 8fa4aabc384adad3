import { api } from '../schema/api.js'
import { array, bytes, type Infer, int16, int32, string, struct, timestamp, wideInt64 } from '../schema/fields.js'

export const createDelegationTokenRequest = struct({
  ownerPrincipalType: string({
    versions: '3+',
    nullable: '3+',
    about: 'Null or empty: the token is for the principal that asks.',
  }),
  ownerPrincipalName: string({ versions: '3+', nullable: '3+' }),
  renewers: array(struct({ principalType: string(), principalName: string() })),
  maxLifetimeMs: wideInt64({ about: '-1: as the broker does by default.' }),
})

export const createDelegationTokenResponse = struct({
  errorCode: int16(),
  principalType: string(),
  principalName: string(),
  tokenRequesterPrincipalType: string({ versions: '3+' }),
  tokenRequesterPrincipalName: string({ versions: '3+' }),
  issueTimestampMs: timestamp(),
  expiryTimestampMs: timestamp(),
  maxTimestampMs: timestamp({ about: 'Renewal is possible up to here.' }),
  tokenId: string(),
  hmac: bytes(),
  throttleTimeMs: int32({ default: 0 }),
})

export interface CreateDelegationTokenRequest extends Infer<typeof createDelegationTokenRequest> {}
export interface CreateDelegationTokenResponse extends Infer<typeof createDelegationTokenResponse> {}

/** CreateDelegationToken: a token with which others may act for a principal (KIP-48). */
export const createDelegationToken = api({
  key: 38,
  name: 'CreateDelegationToken',
  versions: '0-3',
  advertised: '1-3',
  flexible: '2+',
  notes: {
    2: 'flexible',
    3: 'a token for somebody else (KIP-373)',
  },
  request: createDelegationTokenRequest,
  response: createDelegationTokenResponse,
})
