import assert from 'node:assert'
import { isAllowed, shownAcl, userName } from './acl.js'
import type { DataTree } from './data-tree.js'
import { type Identity, Perms } from './data-types.js'
import { childPath } from './path.js'
import { errorReply, type ReadRequest, type ReadResult, type Reply } from './requests.js'

/** Who reads. */
export interface ReadCaller {
  readonly sessionId: bigint
  readonly identities: readonly Identity[]
}

/** Answers a read from the tree as it is now. Watches are the caller's affair. */
export function answerRead(tree: DataTree, request: ReadRequest, caller: ReadCaller): Reply {
  if (request.kind === 'whoAmI') {
    const identities = caller.identities.map((identity) => ({ scheme: identity.scheme, id: userName(identity) }))
    return { kind: 'identities', identities }
  }
  if (request.kind === 'sync') return { kind: 'path', path: request.path }
  if (request.kind === 'multiRead') {
    const results = request.operations.map(({ kind, path }) =>
      readResult(answerRead(tree, { kind, path, watch: false }, caller)),
    )
    return { kind: 'multiRead', results }
  }
  const { path } = request
  if (request.kind === 'getEphemerals') {
    const owned = [...tree.ephemeralsOf(caller.sessionId)]
    // As Java trims, controls included.
    const isOfAll = /^[\0- ]*\/?[\0- ]*$/.test(path)
    const paths = isOfAll ? owned : owned.filter((each) => each.startsWith(path))
    return { kind: 'paths', paths }
  }
  // The only rule of paths that a read keeps.
  if (request.kind === 'exists' && path.includes('\0')) return errorReply('BADARGUMENTS')
  const node = tree.node(path)
  if (node === undefined) return errorReply('NONODE')
  const perms = request.kind === 'getAcl' ? Perms.READ | Perms.ADMIN : Perms.READ
  if (!isAllowed(node.acl, perms, caller.identities)) return errorReply('NOAUTH')
  switch (request.kind) {
    case 'exists':
      return { kind: 'stat', stat: tree.stat(path, node) }
    case 'getData':
      return { kind: 'data', data: node.data, stat: tree.stat(path, node) }
    case 'getChildren':
      return { kind: 'children', children: [...tree.children(path)], stat: tree.stat(path, node) }
    case 'getAcl':
      return { kind: 'acl', acl: shownAcl(node.acl, caller.identities), stat: tree.stat(path, node) }
    case 'getAllChildrenNumber':
      return { kind: 'count', count: countDescendants(tree, path) }
    default:
      return request.kind satisfies never
  }
}

function readResult(reply: Reply): ReadResult {
  assert(reply.kind === 'data' || reply.kind === 'children' || reply.kind === 'error')
  return reply
}

function countDescendants(tree: DataTree, path: string): number {
  let count = 0
  const pending = [path]
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    for (const name of tree.children(parent)) {
      count++
      pending.push(childPath(parent, name))
    }
  }
  return count
}
