/** ACLs as they are typed and shown: `scheme:id:perms`, with permissions as letters. */
import { type Acl, Perms } from '@millrace/zookeeper'

/** In the order in which they are shown (`ZKUtil.getPermString`). */
const letters: Readonly<Record<string, number>> = {
  c: Perms.CREATE,
  d: Perms.DELETE,
  r: Perms.READ,
  w: Perms.WRITE,
  a: Perms.ADMIN,
}

/** Reads entries separated by commas. What cannot be read is told to `warn` and left out (`AclParser`). */
export function parseAcl(text: string, warn: (line: string) => void): readonly Acl[] {
  const acl: Acl[] = []
  for (const entry of text.replace(/,+$/, '').split(',')) {
    const first = entry.indexOf(':')
    const last = entry.lastIndexOf(':')
    if (first === last) warn(`${entry} does not have the form scheme:id:perm`)
    else {
      const perms = parsePerms(entry.slice(last + 1), warn)
      acl.push({ perms, scheme: entry.slice(0, first), id: entry.slice(first + 1, last) })
    }
  }
  return acl
}

/** The lines that `getAcl` prints: two for each entry, as Java's `Id` ends its text with a line break. */
export function formatAcl(acl: readonly Acl[]): readonly string[] {
  return acl.flatMap(({ scheme, id, perms }) => [`'${scheme},'${id}`, `: ${formatPerms(perms)}`])
}

function parsePerms(text: string, warn: (line: string) => void): number {
  let perms = 0
  for (const letter of text) {
    const bit = Object.hasOwn(letters, letter) ? letters[letter] : undefined
    if (bit === undefined) warn(`Unknown perm type: ${letter}`)
    perms |= bit ?? 0
  }
  return perms
}

function formatPerms(perms: number): string {
  return Object.entries(letters)
    .filter(([, bit]) => (perms & bit) !== 0)
    .map(([letter]) => letter)
    .join('')
}
