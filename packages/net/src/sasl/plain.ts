import type { SaslClient } from './authenticate.js'

/** SASL PLAIN (RFC 4616): the password as it is, so over TLS only. */
export function plain({ username, password }: { readonly username: string; readonly password: string }): SaslClient {
  return {
    mechanism: 'PLAIN',
    initial: () => Buffer.from(`\0${username}\0${password}`),
    respond: () => undefined,
  }
}
