/**
 * A second, naive ZooKeeper to check the real one against: one map that is copied whole for every multi, nothing clever.
 * ACLs are left out.
 */

import type { CreateMode } from '../core/data-types.js'
import { ZooKeeperErrorCode, type ZooKeeperErrorName } from '../errors.js'

export type ModelOp =
  | { readonly kind: 'create'; readonly path: string; readonly data: string; readonly mode: CreateMode }
  | { readonly kind: 'delete'; readonly path: string; readonly version: number }
  | { readonly kind: 'setData'; readonly path: string; readonly data: string; readonly version: number }
  | { readonly kind: 'check'; readonly path: string; readonly version: number }

interface ModelNode {
  data: string
  version: number
  czxid: number
  mzxid: number
  pzxid: number
  created: number
  owner: bigint
}

export type ModelResult =
  | { readonly kind: 'ok'; readonly values: readonly string[] }
  | { readonly kind: 'error'; readonly code: ZooKeeperErrorName; readonly results?: readonly number[] }

export class NaiveModel {
  nodes = new Map<string, ModelNode>()
  zxid: number

  constructor(zxid: number) {
    this.zxid = zxid
    for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']) {
      this.nodes.set(path, { data: '', version: 0, czxid: 0, mzxid: 0, pzxid: 0, created: 0, owner: 0n })
    }
  }

  write(session: bigint, op: ModelOp): ModelResult {
    this.zxid++
    const value = this.#do(this.nodes, session, op)
    return value.startsWith('!') ? { kind: 'error', code: errorName(value) } : { kind: 'ok', values: [value] }
  }

  multi(session: bigint, ops: readonly ModelOp[]): ModelResult {
    this.zxid++
    const copy = new Map([...this.nodes].map(([path, node]) => [path, { ...node }]))
    const values: string[] = []
    for (const [index, op] of ops.entries()) {
      const value = this.#do(copy, session, op)
      if (value.startsWith('!')) {
        const code = errorName(value)
        const results = ops.map((_, at) => (at < index ? 0 : at === index ? ZooKeeperErrorCode[code] : -2))
        return { kind: 'error', code, results }
      }
      values.push(value)
    }
    this.nodes = copy
    return { kind: 'ok', values }
  }

  closeSession(session: bigint): void {
    this.zxid++
    for (const [path, node] of [...this.nodes]) {
      if (node.owner !== session) continue
      this.nodes.delete(path)
      this.#parent(this.nodes, path).pzxid = this.zxid
    }
  }

  /** Every node as `path data version cversion czxid mzxid pzxid owner`, sorted. */
  dump(): readonly string[] {
    return [...this.nodes]
      .map(([path, node]) => {
        const cversion = 2 * node.created - this.#children(this.nodes, path).length
        const { data, version, czxid, mzxid, pzxid, owner } = node
        return [path, data, version, cversion, czxid, mzxid, pzxid, owner].join(' ')
      })
      .sort()
  }

  #do(nodes: Map<string, ModelNode>, session: bigint, op: ModelOp): string {
    switch (op.kind) {
      case 'create': {
        const parent = nodes.get(parentOf(op.path))
        if (parent === undefined) return '!NONODE'
        const sequence = op.mode.endsWith('sequential') ? `${parent.created}`.padStart(10, '0') : ''
        const path = op.path + sequence
        if (path !== '/' && path.endsWith('/')) return '!BADARGUMENTS'
        if (nodes.has(path)) return '!NODEEXISTS'
        if (parent.owner !== 0n) return '!NOCHILDRENFOREPHEMERALS'
        parent.created++
        parent.pzxid = this.zxid
        nodes.set(path, {
          data: op.data,
          version: 0,
          czxid: this.zxid,
          mzxid: this.zxid,
          pzxid: this.zxid,
          created: 0,
          owner: op.mode.startsWith('ephemeral') ? session : 0n,
        })
        return path
      }
      case 'delete': {
        if (op.path === '/') return '!BADARGUMENTS'
        const node = nodes.get(op.path)
        if (node === undefined) return '!NONODE'
        if (op.version !== -1 && op.version !== node.version) return '!BADVERSION'
        if (this.#children(nodes, op.path).length > 0) return '!NOTEMPTY'
        nodes.delete(op.path)
        this.#parent(nodes, op.path).pzxid = this.zxid
        return 'deleted'
      }
      case 'setData':
      case 'check': {
        const node = nodes.get(op.path)
        if (node === undefined) return '!NONODE'
        if (op.version !== -1 && op.version !== node.version) return '!BADVERSION'
        if (op.kind === 'check') return 'checked'
        node.data = op.data
        node.version++
        node.mzxid = this.zxid
        return `version ${node.version}`
      }
      default:
        return op satisfies never
    }
  }

  #children(nodes: Map<string, ModelNode>, path: string): readonly string[] {
    return [...nodes.keys()].filter((other) => other !== '/' && parentOf(other) === path)
  }

  #parent(nodes: Map<string, ModelNode>, path: string): ModelNode {
    return nodes.get(parentOf(path)) as ModelNode
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

function errorName(value: string): ZooKeeperErrorName {
  return value.slice(1) as ZooKeeperErrorName
}
