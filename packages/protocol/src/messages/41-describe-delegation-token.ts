import { api } from '../schema/api.js'
import { array, bytes, type Infer, int16, int32, string, struct, timestamp } from '../schema/fields.js'

export const describeDelegationTokenRequest = struct({
  owners: array(struct({ principalType: string(), principalName: string() }), { nullable: true, about: 'Null: all.' }),
})

export const describeDelegationTokenResponse = struct({
  errorCode: int16(),
  tokens: array(
    struct({
      principalType: string(),
      principalName: string(),
      tokenRequesterPrincipalType: string({ versions: '3+' }),
      tokenRequesterPrincipalName: string({ versions: '3+' }),
      issueTimestamp: timestamp(),
      expiryTimestamp: timestamp(),
      maxTimestamp: timestamp({ about: 'Renewal is possible up to here.' }),
      tokenId: string(),
      hmac: bytes(),
      renewers: array(struct({ principalType: string(), principalName: string() })),
    }),
  ),
  throttleTimeMs: int32({ default: 0 }),
})

export interface DescribeDelegationTokenRequest extends Infer<typeof describeDelegationTokenRequest> {}
export interface DescribeDelegationTokenResponse extends Infer<typeof describeDelegationTokenResponse> {}

/** DescribeDelegationToken: the delegation tokens of owners (KIP-48). */
export const describeDelegationToken = api({
  key: 41,
  name: 'DescribeDelegationToken',
  versions: '0-3',
  advertised: '1-3',
  flexible: '2+',
  notes: {
    2: 'flexible',
    3: 'who asked for the token (KIP-373)',
  },
  request: describeDelegationTokenRequest,
  response: describeDelegationTokenResponse,
})
