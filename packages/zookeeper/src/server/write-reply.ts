import assert from 'node:assert'
import type { DataTree } from '../core/data-tree.js'
import type { MultiOp, MultiResult } from '../core/data-types.js'
import type { Applied, ChangeResult } from '../core/database.js'
import type { Reply, WriteRequest } from '../core/requests.js'

/** The reply of an accepted write, from what applying its changes answered. */
export function writeReply(
  request: Exclude<WriteRequest, { kind: 'refused' }>,
  applied: Applied,
  tree: DataTree,
): Reply {
  if (request.kind === 'multi') return { kind: 'multi', results: multiResults(request.operations, applied.results) }
  if (request.kind === 'check') {
    const node = tree.node(request.path)
    assert(node !== undefined, 'a check that passed has a node')
    return { kind: 'stat', stat: tree.stat(request.path, node) }
  }
  const [result] = applied.results
  assert(result !== undefined && applied.results.length === 1, 'one write, one change')
  switch (result.kind) {
    case 'create':
      return { kind: 'created', path: result.path, stat: result.stat }
    case 'setData':
    case 'setAcl':
      return { kind: 'stat', stat: result.stat }
    case 'delete':
    case 'session':
      return { kind: 'empty' }
    default:
      return result satisfies never
  }
}

/** Checks change nothing, so they have no result of their own. */
function multiResults(operations: readonly MultiOp[], results: readonly ChangeResult[]): readonly MultiResult[] {
  let next = 0
  return operations.map((operation): MultiResult => {
    if (operation.kind === 'check') return { kind: 'check' }
    const result = results[next++]
    assert(result !== undefined && result.kind === operation.kind, 'results follow the operations')
    return result
  })
}
