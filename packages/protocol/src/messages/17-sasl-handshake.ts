import { api } from '../schema/api.js'
import { array, type Infer, int16, string, struct } from '../schema/fields.js'

export const saslHandshakeRequest = struct({ mechanism: string() })

export const saslHandshakeResponse = struct({
  errorCode: int16(),
  mechanisms: array(string(), { about: 'Those that the broker has enabled.' }),
})

export interface SaslHandshakeRequest extends Infer<typeof saslHandshakeRequest> {}
export interface SaslHandshakeResponse extends Infer<typeof saslHandshakeResponse> {}

/** SaslHandshake: agrees on the SASL mechanism of a connection. */
export const saslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: '0-1',
  flexible: 'none',
  notes: {
    0: 'bare tokens follow, without headers',
    1: 'SaslAuthenticate requests follow (KIP-152)',
  },
  request: saslHandshakeRequest,
  response: saslHandshakeResponse,
})
