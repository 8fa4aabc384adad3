/**
 * User name and password in Java's notation: `…ScramLoginModule required username="alice" password="secret";`. Undefined if it
 * has none.
 */
export function parseJaas(text: string): { readonly username: string; readonly password: string } | undefined {
  const values = new Map<string, string>()
  for (const [, name = '', quoted, plainValue] of text.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/g)) {
    values.set(name, quoted?.replace(/\\(.)/g, '$1') ?? plainValue ?? '')
  }
  const username = values.get('username')
  const password = values.get('password')
  return username === undefined || password === undefined ? undefined : { username, password }
}
