/**
 * The client of one session over any endpoint: in process, later over the wire.
 *
 * It makes requests of calls and results of replies. It owns the chroot, which it puts before paths and takes off again,
 * and says which reply sets which watch. Connections, and when a request is sent or fails for want of one, are the
 * session's (client-session.ts).
 */
import assert from 'node:assert'
import type { ClientWatchKind } from '../core/client-watches.js'
import type { Acl, AddWatchMode, MultiOp, MultiResult, Stat } from '../core/data-types.js'
import type { Reply, Request } from '../core/requests.js'
import { ZooKeeperError } from '../errors.js'
import type { CreateOptions, Watcher, ZooKeeper, ZooKeeperState } from '../zookeeper.js'
import { Chroot } from './chroot.js'
import { ClientSession, type ClientSessionOptions } from './client-session.js'

export interface ZooKeeperClientOptions extends ClientSessionOptions {
  /** Absolute path put before every path; it must exist. Default none. */
  readonly chroot?: string
}

type ReplyOf<K extends Reply['kind']> = Extract<Reply, { kind: K }>

export class ZooKeeperClient implements ZooKeeper {
  readonly #chroot: Chroot
  readonly #session: ClientSession

  /** Settles once the session is there. Errors: CONNECTIONLOSS if the endpoint refuses. */
  static async connect(options: ZooKeeperClientOptions): Promise<ZooKeeperClient> {
    const chroot = new Chroot(options.chroot ?? '/')
    return new ZooKeeperClient(chroot, await ClientSession.open(options, chroot))
  }

  private constructor(chroot: Chroot, session: ClientSession) {
    this.#chroot = chroot
    this.#session = session
  }

  get sessionId(): bigint {
    return this.#session.id
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
    const request: Request = { kind: 'exists', path: full, watch: watcher !== undefined }
    const reply = await this.#session.send(request, (answer) => {
      if (watcher === undefined) return
      if (answer.kind === 'stat') this.#session.watches.add('data', full, watcher)
      else if (answer.kind === 'error' && answer.error === 'NONODE') this.#session.watches.add('exist', full, watcher)
    })
    if (reply.kind === 'error' && reply.error === 'NONODE') return null
    return this.#expect('stat', reply, path).stat
  }

  async getData(path: string, watcher?: Watcher): Promise<{ readonly data: Buffer | null; readonly stat: Stat }> {
    const full = this.#chroot.add(path)
    const request: Request = { kind: 'getData', path: full, watch: watcher !== undefined }
    const { data, stat } = await this.#call('data', request, this.#watchOnSuccess('data', full, watcher))
    return { data, stat }
  }

  async getChildren(
    path: string,
    watcher?: Watcher,
  ): Promise<{ readonly children: readonly string[]; readonly stat: Stat }> {
    const full = this.#chroot.add(path)
    const request: Request = { kind: 'getChildren', path: full, watch: watcher !== undefined }
    const { children, stat } = await this.#call('children', request, this.#watchOnSuccess('child', full, watcher))
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

  async sync(path: string): Promise<void> {
    await this.#call('path', { kind: 'sync', path: this.#chroot.add(path) })
  }

  async addWatch(path: string, mode: AddWatchMode, watcher: Watcher): Promise<void> {
    const full = this.#chroot.add(path)
    await this.#call('empty', { kind: 'addWatch', path: full, mode }, this.#watchOnSuccess(mode, full, watcher))
  }

  async removeWatch(path: string, watcher: Watcher): Promise<void> {
    const full = this.#chroot.add(path)
    const removed = this.#session.watches.remove(full, watcher)
    if (removed === undefined) throw new ZooKeeperError('NOWATCHER', path)
    // The server knows one watch per connection and path; it goes with the last of our functions.
    if (!removed.left) await this.#call('empty', { kind: 'removeWatches', path: full, watcherType: 'any' })
  }

  async addAuth(scheme: string, auth: Buffer): Promise<void> {
    const request: Request = { kind: 'auth', scheme, auth }
    this.#session.remember(request)
    try {
      await this.#call('empty', request)
    } catch (error) {
      if (error instanceof ZooKeeperError && error.code === 'AUTHFAILED') this.#session.end('closed')
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#session.close()
  }

  async #call<K extends Reply['kind']>(
    kind: K,
    request: Request,
    onReply?: (reply: Reply) => void,
  ): Promise<ReplyOf<K>> {
    const reply = await this.#session.send(request, onReply)
    return this.#expect(kind, reply, 'path' in request ? this.#chroot.strip(request.path) : undefined)
  }

  #expect<K extends Reply['kind']>(kind: K, reply: Reply, path: string | undefined): ReplyOf<K> {
    if (reply.kind === 'error') throw new ZooKeeperError(reply.error, path, reply.results)
    assert(isKind(reply, kind), `a ${reply.kind} reply where ${kind} was expected`)
    return reply
  }

  #watchOnSuccess(kind: ClientWatchKind, path: string, watcher: Watcher | undefined): (reply: Reply) => void {
    return (reply) => {
      if (watcher !== undefined && reply.kind !== 'error') this.#session.watches.add(kind, path, watcher)
    }
  }
}

function isKind<K extends Reply['kind']>(reply: Reply, kind: K): reply is ReplyOf<K> {
  return reply.kind === kind
}
