import { createHash } from 'node:crypto'
import type { Identity } from '../core/data-types.js'

/** `user:base64(sha1(user:password))`, the id of a digest ACL (`DigestAuthenticationProvider.generateDigest`). */
export function digestId(userAndPassword: string): string {
  const user = userAndPassword.split(':', 1)[0] ?? ''
  return `${user}:${createHash('sha1').update(userAndPassword).digest('base64')}`
}

/**
 * The identity that an `auth` request proves; undefined if it proves none (AUTHFAILED). `superDigest` is the id that may
 * do everything.
 */
export function authenticate(
  scheme: string,
  auth: Buffer,
  address: string,
  superDigest: string | undefined,
): Identity | undefined {
  switch (scheme) {
    case 'digest': {
      const id = digestId(auth.toString('utf8'))
      return id === superDigest ? { scheme: 'super', id: '' } : { scheme, id }
    }
    case 'ip':
      return { scheme, id: address }
    default:
      return undefined
  }
}
