// Random operations of three clients, from a seed: what a client asks, and when its connection breaks, comes back, or its
// session ends. A step is plain data and depends on no answer, so that any part of a run is a run as well.
//
//   { client, action: 'ask', request }                  a request as packages/zookeeper/src/core/requests.ts has it
//   { client, action: 'cut' | 'reconnect' | 'renew' }   `renew`: the session is closed, and another one opened
//
// A path `{ recent: n }` is that of a sequential node that was created not long ago.
//
// ZooKeeper 3.8 confuses one-shot and persistent watches of one client on one path, and answers checkWatches for another
// client's watch (ZOOKEEPER-4466, mended in 3.9). So a path has only one sort of watch here, by the seed.
import { digestId } from '../../packages/zookeeper/dist/index.js'
import { seeded } from '../durability/random.mjs'

export const clientCount = 3

const names = ['a', 'b', 'c']
const systemPaths = ['/zookeeper', '/zookeeper/config', '/zookeeper/quota', '/zookeeper/none']
const oddPaths = [
  ...['', 'a', '/a/', '/a//b', '//', '/a/./b', '/a/../b', '/.', '/..', '/a/.b', '/a/...', '/a b', '/ä', '/a/€'],
  ...['/a\u0000', '/\u0001', '/a\u001f', '/a\u007f', '/a\u009f', '/\ue000', '/\uf8ff', '/\ufff0', '/\uffff', '/😀'],
]
const treePaths = names.flatMap((a) => [
  `/${a}`,
  ...names.flatMap((b) => [`/${a}/${b}`, ...names.map((c) => `/${a}/${b}/${c}`)]),
])
const identities = ['alice:secret', 'alice:other', 'bob:secret', 'carol', ':']

const world = (perms) => ({ perms, scheme: 'world', id: 'anyone' })
const digest = (perms, who) => ({ perms, scheme: 'digest', id: digestId(who) })
const openAcl = [world(31)]
/** These can be undone: everyone, or who proves to be alice or bob, may change them again. */
const acls = [
  [{ perms: 31, scheme: 'auth', id: '' }],
  [{ perms: 31, scheme: 'auth', id: 'ignored' }, world(1)],
  [world(1), digest(31, 'alice:secret')],
  [digest(31, 'bob:secret'), digest(3, 'alice:secret')],
  [world(17), world(17), world(2)],
  [{ perms: 31, scheme: 'ip', id: '127.0.0.1' }],
  [{ perms: 31, scheme: 'ip', id: '127.0.0.0/8' }, world(1)],
  [world(31), { perms: 31, scheme: 'ip', id: '10.0.0.0/24' }],
]
/** Only for leaves: nobody gets in again. */
const closedAcls = [[world(0)], [{ perms: 31, scheme: 'ip', id: '10.1.2.3' }], [world(1)], [world(32)]]
const invalidAcls = [
  [],
  [{ perms: 31, scheme: 'moon', id: 'x' }],
  [{ perms: 31, scheme: 'world', id: 'someone' }],
  [{ perms: 31, scheme: 'digest', id: 'without-colon' }],
  [{ perms: 31, scheme: 'digest', id: 'a:b:c' }],
  [{ perms: 31, scheme: 'ip', id: '300.1.1.1' }],
  [{ perms: 31, scheme: 'ip', id: '10.0.0.0/99' }],
  [world(31), { perms: 31, scheme: 'super', id: '' }],
]
const createModes = ['persistent', 'persistent-sequential', 'ephemeral', 'ephemeral-sequential', 'container']
const ttlsMs = [1, 60_000, 2 ** 39, 2 ** 40 - 1, 2 ** 40, 0]

/** A generator of steps. */
export function operations(seed) {
  const random = seeded(seed)
  const make = new RequestMaker(random)
  const isCut = Array.from({ length: clientCount }, () => false)
  return {
    next() {
      const client = random.below(clientCount)
      if (isCut[client]) {
        if (random.chance(0.8)) return this.next()
        isCut[client] = false
        return { client, action: 'reconnect' }
      }
      if (random.chance(0.008)) {
        isCut[client] = true
        return { client, action: 'cut' }
      }
      if (random.chance(0.005)) return { client, action: 'renew' }
      return { client, action: 'ask', request: make.request() }
    },
  }
}

class RequestMaker {
  #random
  #kinds
  /** Those that are watched persistently. */
  #persistentPaths

  constructor(random) {
    this.#random = random
    this.#persistentPaths = ['/', ...treePaths].filter((path) => path === '/a' || random.chance(0.2))
    const weights = {
      create: 22,
      delete: 17,
      setData: 8,
      exists: 7,
      getData: 8,
      getChildren: 8,
      getAcl: 2,
      setAcl: 3,
      multi: 9,
      multiRead: 3,
      addWatch: 3,
      removeWatches: 2,
      auth: 3,
      sync: 1,
      getEphemerals: 2,
      getAllChildrenNumber: 2,
      whoAmI: 1,
    }
    this.#kinds = Object.entries(weights).flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind))
  }

  request() {
    const kind = this.#random.pick(this.#kinds)
    switch (kind) {
      case 'create':
      case 'delete':
      case 'setData':
        return this.#operation(kind)
      case 'exists':
      case 'getData':
      case 'getChildren': {
        const path = this.#path()
        return { kind, path, watch: this.#random.chance(0.5) && !this.#persistentPaths.includes(path) }
      }
      case 'setAcl': {
        const path = this.#path()
        // The root stays open.
        return path === '/' || path === ''
          ? { kind: 'getAcl', path }
          : { kind, path, acl: this.#acl(path), version: this.#version() }
      }
      case 'multi':
        return { kind, operations: this.#several(() => this.#operation(this.#step())) }
      case 'multiRead': {
        const read = () => ({ kind: this.#random.pick(['getData', 'getChildren']), path: this.#path() })
        return { kind, operations: this.#several(read) }
      }
      case 'addWatch':
        return {
          kind,
          path: this.#random.pick(this.#persistentPaths),
          mode: this.#random.pick(['persistent', 'persistent-recursive']),
        }
      case 'removeWatches': {
        const path = this.#random.chance(0.3) ? this.#random.pick(this.#persistentPaths) : this.#path()
        const watcherType = this.#random.pick(['children', 'data', 'any'])
        return { kind, path, watcherType: this.#persistentPaths.includes(path) ? 'any' : watcherType }
      }
      case 'auth':
        return { kind, scheme: 'digest', auth: Buffer.from(this.#random.pick(identities)) }
      case 'sync':
        // Its answer has the path, in which Apache's breaks what is not in Unicode's first plane.
        return { kind, path: this.#random.pick(treePaths) }
      case 'getAllChildrenNumber':
        // Of the empty path, which is the root, Apache's counts the root as well.
        return { kind, path: this.#random.pick(['/', '/none', '/zookeeper', ...treePaths]) }
      case 'whoAmI':
        return { kind }
      default:
        return { kind, path: this.#path() }
    }
  }

  /** Mostly such that a multi has a chance. */
  #step() {
    return this.#random.pick(['create', 'create', 'setData', 'setData', 'delete', 'check', 'check'])
  }

  #several(make) {
    return Array.from({ length: this.#random.below(5) }, make)
  }

  #operation(kind) {
    const path = this.#path()
    switch (kind) {
      case 'create':
        return this.#create(path)
      case 'setData':
        return { kind, path, data: this.#data(), version: this.#version() }
      default:
        return { kind, path, version: this.#version() }
    }
  }

  #create(at) {
    const random = this.#random
    const isTtl = random.chance(0.06)
    const mode = isTtl ? random.pick(['ttl', 'ttl-sequential']) : random.pick(createModes)
    const path = typeof at === 'string' && mode.endsWith('sequential') && random.chance(0.8) ? `${at}/s-` : at
    const isLeaf = typeof path === 'string' && path.split('/').length > 3
    return {
      kind: 'create',
      path: path.replace?.(/^\/\//, '/') ?? path,
      data: this.#data(),
      mode,
      acl: random.chance(0.12) ? this.#acl(isLeaf ? path : '') : openAcl,
      ...(isTtl ? { ttlMs: random.pick(ttlsMs) } : {}),
    }
  }

  #path() {
    const random = this.#random
    const dice = random.below(100)
    if (dice < 3) return random.pick(oddPaths)
    if (dice < 5) return random.pick(systemPaths)
    if (dice < 8) return '/'
    if (dice < 24) return { recent: random.below(1000) }
    const depth = 1 + random.below(3)
    return Array.from({ length: depth }, () => `/${random.pick(names)}`).join('')
  }

  #acl(path) {
    const dice = this.#random.below(10)
    if (dice < 2) return this.#random.pick(invalidAcls)
    if (dice < 4 && typeof path === 'string' && path.split('/').length > 3) return this.#random.pick(closedAcls)
    if (dice < 6) return openAcl
    return this.#random.pick(acls)
  }

  #version() {
    return this.#random.chance(0.7) ? -1 : this.#random.below(4)
  }

  #data() {
    const random = this.#random
    const dice = random.below(10)
    if (dice === 0) return null
    if (dice === 1) return Buffer.alloc(0)
    return Buffer.alloc(dice === 2 ? 2000 : 1 + random.below(20), 97 + random.below(26))
  }
}
