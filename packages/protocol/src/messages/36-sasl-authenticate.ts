import { api } from '../schema/api.js'
import { bytes, type Infer, int16, string, struct, wideInt64 } from '../schema/fields.js'

export const saslAuthenticateRequest = struct({ authBytes: bytes() })

export const saslAuthenticateResponse = struct({
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  authBytes: bytes(),
  sessionLifetimeMs: wideInt64({
    versions: '1+',
    default: 0,
    ignorable: true,
    about: 'When to authenticate again at the latest; 0: never.',
  }),
})

export interface SaslAuthenticateRequest extends Infer<typeof saslAuthenticateRequest> {}
export interface SaslAuthenticateResponse extends Infer<typeof saslAuthenticateResponse> {}

/** SaslAuthenticate: one step of a SASL exchange (KIP-152). */
export const saslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: '0-2',
  flexible: '2+',
  notes: {
    1: 'lifetime of the session (KIP-368)',
    2: 'flexible',
  },
  request: saslAuthenticateRequest,
  response: saslAuthenticateResponse,
})
