import type { Credentials } from './credentials.js'

/**
 * User name and password in Java's notation: `…ScramLoginModule required username="alice" password="secret";`, and
 * `tokenauth="true"` if they are those of a delegation token. Undefined if it has none.
 */
export function parseJaas(text: string): Credentials | undefined {
  const values = new Map<string, string>()
  for (const [, name = '', quoted, plainValue] of text.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/g)) {
    values.set(name, quoted?.replace(/\\(.)/g, '$1') ?? plainValue ?? '')
  }
  const username = values.get('username')
  const password = values.get('password')
  if (username === undefined || password === undefined) return undefined
  return { username, password, isToken: values.get('tokenauth')?.toLowerCase() === 'true' }
}
