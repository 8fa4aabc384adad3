/**
 * Decides writes: may this caller do this now, and which changes is it?
 *
 * The order of the checks is that of ZooKeeper's `PrepRequestProcessor`, because clients see which error comes first. For
 * a multi, whose later operations see earlier ones, the tree is changed for the length of the decision and put back
 * before it returns: nothing of a decision is left in the tree, `Database.apply` alone changes it.
 */
import assert from 'node:assert'
import { ZooKeeperErrorCode, type ZooKeeperErrorName } from '../errors.js'
import { isAllowed, storedAcl } from './acl.js'
import { type DataTree, nextVersion, type Znode } from './data-tree.js'
import { type Acl, type CreateMode, type Identity, type MultiOp, OPEN_ACL_UNSAFE, Perms } from './data-types.js'
import { isValidPath, parentPath, sequentialSuffix } from './path.js'
import type { WriteRequest } from './requests.js'
import { type Change, CONTAINER_OWNER, isSessionOwner, TTL_MS_MAX, ttlOwner } from './txn.js'

/** Who asks, and when. */
export interface WriteCaller {
  readonly sessionId: bigint
  readonly identities: readonly Identity[]
  /** The transaction that the write will be, if it is accepted. */
  readonly zxid: bigint
  readonly nowMs: number
}

export interface WriteRules {
  /** TTL nodes (`zookeeper.extendedTypesEnabled`); otherwise UNIMPLEMENTED. */
  readonly extendedTypesEnabled: boolean
}

export type WriteDecision =
  | { readonly kind: 'accepted'; readonly changes: readonly Change[] }
  | { readonly kind: 'refused'; readonly error: ZooKeeperErrorName; readonly results?: readonly number[] }

/** Paths that cannot be deleted. */
const SYSTEM_PATHS: ReadonlySet<string> = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'])

type Step = { readonly change: Change | undefined } | { readonly error: ZooKeeperErrorName }

export function decideWrite(
  tree: DataTree,
  request: WriteRequest,
  caller: WriteCaller,
  rules: WriteRules,
): WriteDecision {
  if (request.kind === 'refused') return { kind: 'refused', error: request.error }
  if (request.kind === 'multi') return decideMulti(tree, request.operations, caller, rules)
  const step = request.kind === 'setAcl' ? decideSetAcl(tree, request, caller) : decideOp(tree, request, caller, rules)
  if ('error' in step) return { kind: 'refused', error: step.error }
  return { kind: 'accepted', changes: step.change === undefined ? [] : [step.change] }
}

function decideMulti(
  tree: DataTree,
  operations: readonly MultiOp[],
  caller: WriteCaller,
  rules: WriteRules,
): WriteDecision {
  const changes: Change[] = []
  const undos: (() => void)[] = []
  let refusal: WriteDecision | undefined
  for (const [index, operation] of operations.entries()) {
    const step = decideOp(tree, operation, caller, rules)
    if ('error' in step) {
      refusal = { kind: 'refused', error: step.error, results: resultsOfRefusal(operations.length, index, step.error) }
      break
    }
    if (step.change === undefined) continue
    changes.push(step.change)
    if (index < operations.length - 1) undos.push(tryChange(tree, step.change, caller))
  }
  for (const undo of undos.reverse()) undo()
  return refusal ?? { kind: 'accepted', changes }
}

/** 0 before the failing operation, its code, −2 after it. */
function resultsOfRefusal(count: number, failed: number, error: ZooKeeperErrorName): readonly number[] {
  return Array.from({ length: count }, (_, index) => {
    if (index < failed) return ZooKeeperErrorCode.OK
    return index === failed ? ZooKeeperErrorCode[error] : ZooKeeperErrorCode.RUNTIMEINCONSISTENCY
  })
}

function tryChange(tree: DataTree, change: Change, { zxid, nowMs }: WriteCaller): () => void {
  switch (change.kind) {
    case 'create':
      return tree.create(change, zxid, nowMs)
    case 'delete':
      return tree.delete(change.path, zxid)
    case 'setData':
      return tree.setData(change.path, change.data, change.version, zxid, nowMs)
    default:
      return assert.fail(`${change.kind} within a multi`)
  }
}

function decideOp(tree: DataTree, operation: MultiOp, caller: WriteCaller, rules: WriteRules): Step {
  switch (operation.kind) {
    case 'create':
      return decideCreate(tree, operation, caller, rules)
    case 'delete':
      return decideDelete(tree, operation, caller)
    case 'setData': {
      const found = findChecked(tree, operation.path, operation.version, Perms.WRITE, caller)
      if ('error' in found) return found
      const { path, data } = operation
      return { change: { kind: 'setData', path, data, version: nextVersion(found.node.version) } }
    }
    case 'check': {
      const found = findChecked(tree, operation.path, operation.version, Perms.READ, caller)
      return 'error' in found ? found : { change: undefined }
    }
    default:
      return operation satisfies never
  }
}

function decideCreate(
  tree: DataTree,
  operation: Extract<MultiOp, { kind: 'create' }>,
  caller: WriteCaller,
  rules: WriteRules,
): Step {
  const mode = operation.mode ?? 'persistent'
  const owner = ownerOf(mode, operation.ttlMs, caller.sessionId, rules)
  if (typeof owner === 'string') return { error: owner }
  const parent = parentPath(operation.path)
  if (parent === undefined) return { error: 'BADARGUMENTS' }
  const acl = storedAcl(operation.acl ?? OPEN_ACL_UNSAFE, caller.identities)
  if (acl === undefined) return { error: 'INVALIDACL' }
  const parentNode = tree.node(parent)
  if (parentNode === undefined) return { error: 'NONODE' }
  if (!isAllowed(parentNode.acl, Perms.CREATE, caller.identities)) return { error: 'NOAUTH' }
  const suffix = mode.endsWith('-sequential') ? sequentialSuffix(parentNode.childrenCreated) : ''
  const path = operation.path + suffix
  if (!isValidPath(path)) return { error: 'BADARGUMENTS' }
  if (tree.node(path) !== undefined) return { error: 'NODEEXISTS' }
  if (isSessionOwner(parentNode.ephemeralOwner)) return { error: 'NOCHILDRENFOREPHEMERALS' }
  return { change: { kind: 'create', path, data: operation.data, acl, ephemeralOwner: owner } }
}

function ownerOf(
  mode: CreateMode,
  ttlMs: number | undefined,
  sessionId: bigint,
  rules: WriteRules,
): bigint | ZooKeeperErrorName {
  switch (mode) {
    case 'persistent':
    case 'persistent-sequential':
      return ttlMs === undefined ? 0n : 'BADARGUMENTS'
    case 'ephemeral':
    case 'ephemeral-sequential':
      return ttlMs === undefined ? sessionId : 'BADARGUMENTS'
    case 'container':
      return ttlMs === undefined ? CONTAINER_OWNER : 'BADARGUMENTS'
    case 'ttl':
    case 'ttl-sequential':
      if (!rules.extendedTypesEnabled) return 'UNIMPLEMENTED'
      if (ttlMs === undefined || !Number.isInteger(ttlMs) || ttlMs <= 0 || ttlMs > TTL_MS_MAX) return 'BADARGUMENTS'
      return ttlOwner(ttlMs)
    default:
      return mode satisfies never
  }
}

function decideDelete(
  tree: DataTree,
  { path, version }: Extract<MultiOp, { kind: 'delete' }>,
  caller: WriteCaller,
): Step {
  const parent = parentPath(path)
  if (parent === undefined || SYSTEM_PATHS.has(path)) return { error: 'BADARGUMENTS' }
  const parentNode = tree.node(parent)
  if (parentNode === undefined) return { error: 'NONODE' }
  if (!isAllowed(parentNode.acl, Perms.DELETE, caller.identities)) return { error: 'NOAUTH' }
  const node = tree.node(path)
  if (node === undefined) return { error: 'NONODE' }
  if (version !== -1 && version !== node.version) return { error: 'BADVERSION' }
  if (tree.children(path).size > 0) return { error: 'NOTEMPTY' }
  return { change: { kind: 'delete', path } }
}

function decideSetAcl(
  tree: DataTree,
  request: { readonly path: string; readonly acl: readonly Acl[]; readonly version: number },
  caller: WriteCaller,
): Step {
  const { path, version } = request
  if (!isValidPath(path)) return { error: 'BADARGUMENTS' }
  const acl = storedAcl(request.acl, caller.identities)
  if (acl === undefined) return { error: 'INVALIDACL' }
  const node = tree.node(path)
  if (node === undefined) return { error: 'NONODE' }
  if (!isAllowed(node.acl, Perms.ADMIN, caller.identities)) return { error: 'NOAUTH' }
  if (version !== -1 && version !== node.aversion) return { error: 'BADVERSION' }
  return { change: { kind: 'setAcl', path, acl, version: nextVersion(node.aversion) } }
}

function findChecked(
  tree: DataTree,
  path: string,
  version: number,
  perms: number,
  caller: WriteCaller,
): { readonly node: Znode } | { readonly error: ZooKeeperErrorName } {
  if (!isValidPath(path)) return { error: 'BADARGUMENTS' }
  const node = tree.node(path)
  if (node === undefined) return { error: 'NONODE' }
  if (!isAllowed(node.acl, perms, caller.identities)) return { error: 'NOAUTH' }
  if (version !== -1 && version !== node.version) return { error: 'BADVERSION' }
  return { node }
}
