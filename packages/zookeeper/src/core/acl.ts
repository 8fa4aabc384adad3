/**
 * Who may do what: turning a request's ACL into the stored one, and checking a caller against it.
 * Follows `PrepRequestProcessor.fixupACL` and `ZooKeeperServer.checkACL`.
 */
import { type Acl, type Identity, Perms } from './data-types.js'
import { isIpPattern, matchesIpPattern } from './ip.js'

/** The ACL to store for one that a caller asked for; undefined means INVALIDACL. `auth` becomes the caller's identities. */
export function storedAcl(asked: readonly Acl[], identities: readonly Identity[]): readonly Acl[] | undefined {
  const stored = new Map<string, Acl>()
  for (const entry of asked) {
    const resolved = resolveEntry(entry, identities)
    if (resolved.length === 0) return undefined
    for (const acl of resolved) stored.set(`${acl.perms}/${acl.scheme}/${acl.id}`, acl)
  }
  return stored.size === 0 ? undefined : [...stored.values()]
}

function resolveEntry(entry: Acl, identities: readonly Identity[]): readonly Acl[] {
  const { perms, scheme, id } = entry
  switch (scheme) {
    case 'world':
      return id === 'anyone' ? [entry] : []
    case 'auth':
      // An address proves nothing, so it does not count here.
      return identities.filter((identity) => identity.scheme !== 'ip').map((identity) => ({ perms, ...identity }))
    case 'digest':
      return id.split(':').length === 2 ? [entry] : []
    case 'ip':
      return isIpPattern(id) ? [entry] : []
    default:
      return []
  }
}

/** True if one of `identities` (or everyone) has any of the permission bits `perms`. */
export function isAllowed(acl: readonly Acl[], perms: number, identities: readonly Identity[]): boolean {
  if (acl.length === 0) return true
  for (const identity of identities) {
    if (identity.scheme === 'super') return true
  }
  for (const entry of acl) {
    if ((entry.perms & perms) === 0) continue
    if (entry.scheme === 'world') {
      if (entry.id === 'anyone') return true
      continue
    }
    for (const identity of identities) {
      if (identity.scheme !== entry.scheme) continue
      if (identity.scheme === 'ip' ? matchesIpPattern(identity.id, entry.id) : identity.id === entry.id) return true
    }
  }
  return false
}

/** The ACL as getACL shows it: without ADMIN, password hashes stay hidden. */
export function shownAcl(acl: readonly Acl[], identities: readonly Identity[]): readonly Acl[] {
  if (isAllowed(acl, Perms.ADMIN, identities)) return acl
  return acl.map((entry) => (entry.scheme === 'digest' ? { ...entry, id: `${userName(entry)}:x` } : entry))
}

/** The identity's name without secrets, for `whoAmI`. */
export function userName({ scheme, id }: Identity): string {
  return scheme === 'digest' ? (id.split(':')[0] ?? '') : id
}
