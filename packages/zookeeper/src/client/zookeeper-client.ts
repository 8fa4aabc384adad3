/**
 * The client of one session over any endpoint, in this process or over the wire, in this thread or in another.
 *
 * It makes requests of calls and results of replies. It owns the chroot, which it puts before paths and takes off again,
 * and the functions to call for each watch. Connections, and when a request is sent or fails for want of one, are the
 * session's.
 */
import assert from 'node:assert'
import { ClientWatches, watchSetBy } from '../core/client-watches.js'
import type { Acl, AddWatchMode, Identity, MultiOp, MultiResult, Stat } from '../core/data-types.js'
import type { Reply, Request, WatcherType } from '../core/requests.js'
import { ZooKeeperError } from '../errors.js'
import type { CreateOptions, Watcher, ZooKeeper, ZooKeeperState } from '../zookeeper.js'
import { Chroot } from './chroot.js'
import type { Session } from './session.js'

type ReplyOf<K extends Reply['kind']> = Extract<Reply, { kind: K }>

export class ZooKeeperClient implements ZooKeeper {
  readonly #chroot: Chroot
  readonly #session: Session
  readonly #watches: ClientWatches<Watcher>
  readonly #signal: AbortSignal | undefined

  /** `chroot` is an absolute path put before every path; it must exist. */
  static over(session: Session, chroot = '/'): ZooKeeperClient {
    const watches = new ClientWatches<Watcher>()
    const root = new Chroot(chroot)
    session.onNotification(({ type, path }) => {
      const event = { type, path: root.strip(path) }
      for (const watcher of watches.take(type, path)) watcher(event)
    })
    session.onStateChange((state) => {
      if (state === 'expired' || state === 'closed') watches.clear()
    })
    return new ZooKeeperClient(session, root, watches, undefined)
  }

  private constructor(
    session: Session,
    chroot: Chroot,
    watches: ClientWatches<Watcher>,
    signal: AbortSignal | undefined,
  ) {
    this.#session = session
    this.#chroot = chroot
    this.#watches = watches
    this.#signal = signal
  }

  get sessionId(): bigint {
    return this.#session.id
  }

  get sessionPassword(): Buffer {
    return this.#session.password
  }

  get sessionTimeoutMs(): number {
    return this.#session.timeoutMs
  }

  get state(): ZooKeeperState {
    return this.#session.state
  }

  onStateChange(listener: (state: ZooKeeperState) => void): () => void {
    return this.#session.onStateChange(listener)
  }

  async create(
    path: string,
    data: Buffer | null,
    options: CreateOptions = {},
  ): Promise<{ readonly path: string; readonly stat: Stat }> {
    const reply = await this.#call('created', { kind: 'create', path: this.#chroot.add(path), data, ...options })
    return { path: this.#chroot.strip(reply.path), stat: reply.stat }
  }

  async exists(path: string, watcher?: Watcher): Promise<Stat | null> {
    const full = this.#chroot.add(path)
    const reply = await this.#send({ kind: 'exists', path: full, watch: watcher !== undefined }, watcher)
    if (reply.kind === 'error' && reply.error === 'NONODE') return null
    return expectReply('stat', reply, path).stat
  }

  async getData(path: string, watcher?: Watcher): Promise<{ readonly data: Buffer | null; readonly stat: Stat }> {
    const full = this.#chroot.add(path)
    const { data, stat } = await this.#call(
      'data',
      { kind: 'getData', path: full, watch: watcher !== undefined },
      watcher,
    )
    return { data, stat }
  }

  async getChildren(
    path: string,
    watcher?: Watcher,
  ): Promise<{ readonly children: readonly string[]; readonly stat: Stat }> {
    const full = this.#chroot.add(path)
    const { children, stat } = await this.#call(
      'children',
      { kind: 'getChildren', path: full, watch: watcher !== undefined },
      watcher,
    )
    return { children, stat }
  }

  async setData(path: string, data: Buffer | null, version: number): Promise<Stat> {
    return (await this.#call('stat', { kind: 'setData', path: this.#chroot.add(path), data, version })).stat
  }

  async delete(path: string, version: number): Promise<void> {
    await this.#call('empty', { kind: 'delete', path: this.#chroot.add(path), version })
  }

  async getAcl(path: string): Promise<{ readonly acl: readonly Acl[]; readonly stat: Stat }> {
    const { acl, stat } = await this.#call('acl', { kind: 'getAcl', path: this.#chroot.add(path) })
    return { acl, stat }
  }

  async setAcl(path: string, acl: readonly Acl[], version: number): Promise<Stat> {
    return (await this.#call('stat', { kind: 'setAcl', path: this.#chroot.add(path), acl, version })).stat
  }

  async multi(operations: readonly MultiOp[]): Promise<readonly MultiResult[]> {
    const rooted = operations.map((operation) => ({ ...operation, path: this.#chroot.add(operation.path) }))
    const { results } = await this.#call('multi', { kind: 'multi', operations: rooted })
    return results.map((result) =>
      result.kind === 'create' ? { ...result, path: this.#chroot.strip(result.path) } : result,
    )
  }

  async getEphemerals(prefix: string): Promise<readonly string[]> {
    const { paths } = await this.#call('paths', { kind: 'getEphemerals', path: this.#chroot.add(prefix) })
    return paths.map((path) => this.#chroot.strip(path))
  }

  async getAllChildrenNumber(path: string): Promise<number> {
    return (await this.#call('count', { kind: 'getAllChildrenNumber', path: this.#chroot.add(path) })).count
  }

  async whoAmI(): Promise<readonly Identity[]> {
    return (await this.#call('identities', { kind: 'whoAmI' })).identities
  }

  async sync(path: string): Promise<void> {
    await this.#call('path', { kind: 'sync', path: this.#chroot.add(path) })
  }

  async addWatch(path: string, mode: AddWatchMode, watcher: Watcher): Promise<void> {
    await this.#call('empty', { kind: 'addWatch', path: this.#chroot.add(path), mode }, watcher)
  }

  async removeWatch(path: string, watcher: Watcher): Promise<void> {
    const full = this.#chroot.add(path)
    const removed = this.#watches.remove(full, watcher)
    if (removed === undefined) throw new ZooKeeperError('NOWATCHER', path)
    // The server knows one watch per connection and path; it goes with the last of our functions.
    if (!removed.left) await this.#call('empty', { kind: 'removeWatches', path: full, watcherType: 'any' })
  }

  async removeAllWatches(path: string, type: WatcherType): Promise<void> {
    const full = this.#chroot.add(path)
    await this.#call('empty', { kind: 'removeWatches', path: full, watcherType: type })
    this.#watches.removeAll(full, type)
  }

  async addAuth(scheme: string, auth: Buffer): Promise<void> {
    await this.#call('empty', { kind: 'auth', scheme, auth })
  }

  withSignal(signal: AbortSignal): ZooKeeperClient {
    return new ZooKeeperClient(this.#session, this.#chroot, this.#watches, signal)
  }

  async close(): Promise<void> {
    await this.#session.close()
  }

  async #call<K extends Reply['kind']>(kind: K, request: Request, watcher?: Watcher): Promise<ReplyOf<K>> {
    return expectReply(kind, await this.#send(request, watcher), this.#pathOf(request))
  }

  /** `watcher` is registered where the reply says that its watch is set. */
  async #send(request: Request, watcher?: Watcher): Promise<Reply> {
    try {
      return await this.#session.send(
        request,
        (reply) => {
          const set = watcher === undefined ? undefined : watchSetBy(request, reply)
          if (watcher !== undefined && set !== undefined) this.#watches.add(set.kind, set.path, watcher)
        },
        this.#signal,
      )
    } catch (error) {
      throw error instanceof ZooKeeperError ? new ZooKeeperError(error.code, this.#pathOf(request)) : error
    }
  }

  #pathOf(request: Request): string | undefined {
    return 'path' in request ? this.#chroot.strip(request.path) : undefined
  }
}

function expectReply<K extends Reply['kind']>(kind: K, reply: Reply, path: string | undefined): ReplyOf<K> {
  if (reply.kind === 'error') throw new ZooKeeperError(reply.error, path, reply.results)
  assert(isKind(reply, kind), `a ${reply.kind} reply where ${kind} was expected`)
  return reply
}

function isKind<K extends Reply['kind']>(reply: Reply, kind: K): reply is ReplyOf<K> {
  return reply.kind === kind
}
