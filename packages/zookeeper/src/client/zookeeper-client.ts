/**
 * The client of a session over any endpoint: in process, later over the wire.
 *
 *     connecting ──► connected ◄──► disconnected ──► expired
 *                        └──────────────┴──────────► closed
 *
 * It owns the session's identity, the requests under way, the watches (they outlive connections) and the chroot, which it
 * puts before paths and takes off again. It never repeats a request: when the connection drops, those under way fail with
 * CONNECTIONLOSS, because nobody knows whether they were done.
 */
import assert from 'node:assert'
import { ClientWatches, type ClientWatchKind } from '../core/client-watches.js'
import type { Acl, AddWatchMode, MultiOp, MultiResult, Stat, WatchEventType } from '../core/data-types.js'
import type { Reply, Request } from '../core/requests.js'
import { ZooKeeperError, type ZooKeeperErrorName } from '../errors.js'
import type { Connection, ConnectionSink, Endpoint } from '../server/endpoint.js'
import type { Timers } from '../store/ports.js'
import type { CreateOptions, Watcher, ZooKeeper, ZooKeeperState } from '../zookeeper.js'
import { Chroot } from './chroot.js'

export interface ZooKeeperClientOptions {
  readonly endpoint: Endpoint
  readonly sessionTimeoutMs: number
  /** Absolute path put before every path; it must exist. Default none. */
  readonly chroot?: string
  /** The client's address, for `ip` ACLs; default 127.0.0.1. */
  readonly address?: string
  readonly heartbeat: 'implicit' | 'explicit'
  /** Pause before a lost connection is sought again; default 100. */
  readonly reconnectBackoffMs?: number
  readonly timers: Timers
}

interface Call {
  readonly request: Request
  /** For the error, without chroot. */
  readonly path: string | undefined
  readonly onReply: (reply: Reply) => void
  readonly reject: (error: ZooKeeperError) => void
}

type ReplyOf<K extends Reply['kind']> = Extract<Reply, { kind: K }>

export class ZooKeeperClient implements ZooKeeper {
  readonly #options: ZooKeeperClientOptions
  readonly #chroot: Chroot
  readonly #watches = new ClientWatches<Watcher>()
  readonly #auths: Request[] = []
  readonly #listeners = new Set<(state: ZooKeeperState) => void>()
  #connection: Connection | undefined
  #state: ZooKeeperState | 'connecting' = 'connecting'
  #sessionId = 0n
  #password = Buffer.alloc(16)
  #sessionTimeoutMs: number
  #lastZxidSeen = 0n
  /** Sent, in order, waiting for their replies. */
  readonly #inFlight = new Set<Call>()
  /** Waiting for a connection. */
  #queue: Call[] = []
  #cancelReconnect: (() => void) | undefined
  /** Set while the session is being closed: a connection that breaks then ends the wait too. */
  #onConnectionEnd: (() => void) | undefined

  /** Settles once the session is there. Errors: CONNECTIONLOSS if the endpoint refuses. */
  static async connect(options: ZooKeeperClientOptions): Promise<ZooKeeperClient> {
    const client = new ZooKeeperClient(options)
    await new Promise<void>((resolve, reject) => {
      client.#connect(resolve, reject)
    })
    return client
  }

  private constructor(options: ZooKeeperClientOptions) {
    this.#options = options
    this.#chroot = new Chroot(options.chroot ?? '/')
    this.#sessionTimeoutMs = options.sessionTimeoutMs
  }

  get sessionId(): bigint {
    return this.#sessionId
  }

  get sessionTimeoutMs(): number {
    return this.#sessionTimeoutMs
  }

  get state(): ZooKeeperState {
    return this.#state === 'connecting' ? 'disconnected' : this.#state
  }

  onStateChange(listener: (state: ZooKeeperState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
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
    const reply = await this.#send(request, (answer) => {
      if (watcher === undefined) return
      if (answer.kind === 'stat') this.#watches.add('data', full, watcher)
      else if (answer.kind === 'error' && answer.error === 'NONODE') this.#watches.add('exist', full, watcher)
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
    const removed = this.#watches.remove(full, watcher)
    if (removed === undefined) throw new ZooKeeperError('NOWATCHER', path)
    // The server knows one watch per connection and path; it goes with the last of our functions.
    if (!removed.left) await this.#call('empty', { kind: 'removeWatches', path: full, watcherType: 'any' })
  }

  async addAuth(scheme: string, auth: Buffer): Promise<void> {
    const request: Request = { kind: 'auth', scheme, auth }
    this.#auths.push(request)
    try {
      await this.#call('empty', request)
    } catch (error) {
      if (error instanceof ZooKeeperError && error.code === 'AUTHFAILED') this.#end('closed')
      throw error
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'expired' || this.#state === 'closed') return
    const connection = this.#state === 'connected' ? this.#connection : undefined
    this.#connection = undefined
    this.#end('closed')
    if (connection === undefined) return
    await new Promise<void>((resolve) => {
      this.#onConnectionEnd = resolve
      connection.submit({ kind: 'closeSession' }, () => resolve())
    })
  }

  async #call<K extends Reply['kind']>(
    kind: K,
    request: Request,
    onReply?: (reply: Reply) => void,
  ): Promise<ReplyOf<K>> {
    const reply = await this.#send(request, onReply)
    return this.#expect(kind, reply, 'path' in request ? this.#chroot.strip(request.path) : undefined)
  }

  #expect<K extends Reply['kind']>(kind: K, reply: Reply, path: string | undefined): ReplyOf<K> {
    if (reply.kind === 'error') throw new ZooKeeperError(reply.error, path, reply.results)
    assert(isKind(reply, kind), `a ${reply.kind} reply where ${kind} was expected`)
    return reply
  }

  /** `onReply` runs at the reply's place in the order of replies and notifications. */
  #send(request: Request, onReply?: (reply: Reply) => void): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      const call: Call = {
        request,
        path: 'path' in request ? this.#chroot.strip(request.path) : undefined,
        onReply: (reply) => {
          onReply?.(reply)
          resolve(reply)
        },
        reject,
      }
      if (this.#state === 'expired') reject(new ZooKeeperError('SESSIONEXPIRED', call.path))
      else if (this.#state === 'closed') reject(new ZooKeeperError('CONNECTIONLOSS', call.path))
      else if (this.#state === 'connected' && this.#connection !== undefined) this.#submit(this.#connection, call)
      else this.#queue.push(call)
    })
  }

  #submit(connection: Connection, call: Call): void {
    this.#inFlight.add(call)
    connection.submit(call.request, (reply, zxid) => {
      this.#inFlight.delete(call)
      this.#saw(zxid)
      call.onReply(reply)
    })
  }

  #watchOnSuccess(kind: ClientWatchKind, path: string, watcher: Watcher | undefined): (reply: Reply) => void {
    return (reply) => {
      if (watcher !== undefined && reply.kind !== 'error') this.#watches.add(kind, path, watcher)
    }
  }

  #saw(zxid: bigint): void {
    if (zxid > this.#lastZxidSeen) this.#lastZxidSeen = zxid
  }

  #connect(onFirst?: () => void, onRefused?: (error: ZooKeeperError) => void): void {
    let current = true
    const sink: ConnectionSink = {
      onConnected: (session) => {
        this.#attached(session)
        onFirst?.()
      },
      onNotification: (event, zxid) => {
        this.#saw(zxid)
        if (current) this.#notified(event)
      },
      onClosed: (reason) => {
        current = false
        const isFirst = this.#sessionId === 0n
        if (isFirst) onRefused?.(new ZooKeeperError('CONNECTIONLOSS'))
        else this.#lost(reason)
      },
    }
    const { endpoint, address = '127.0.0.1', heartbeat, sessionTimeoutMs } = this.#options
    this.#connection = endpoint.connect(
      {
        sessionId: this.#sessionId,
        password: this.#password,
        timeoutMs: sessionTimeoutMs,
        lastZxidSeen: this.#lastZxidSeen,
        address,
        heartbeat,
      },
      sink,
    )
  }

  /** On the wire: identities first, then the watches, then what waits. */
  #attached(session: { readonly sessionId: bigint; readonly password: Buffer; readonly timeoutMs: number }): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#sessionId = session.sessionId
    this.#password = Buffer.from(session.password)
    this.#sessionTimeoutMs = session.timeoutMs
    for (const auth of this.#auths) connection.submit(auth, () => {})
    if (!this.#watches.isEmpty) connection.submit(this.#watches.rearmRequest(this.#lastZxidSeen), () => {})
    this.#setState('connected')
    const queue = this.#queue
    this.#queue = []
    for (const call of queue) this.#submit(connection, call)
  }

  #notified({ type, path }: { readonly type: WatchEventType; readonly path: string }): void {
    if (this.#state === 'closed' || this.#state === 'expired') return
    const event = { type, path: this.#chroot.strip(path) }
    for (const watcher of this.#watches.take(type, path)) watcher(event)
  }

  #lost(reason: 'expired' | 'lost'): void {
    this.#onConnectionEnd?.()
    if (this.#state === 'closed') return
    this.#connection = undefined
    if (reason === 'expired') {
      this.#end('expired')
      return
    }
    this.#setState('disconnected')
    this.#failInFlight('CONNECTIONLOSS')
    const { timers, reconnectBackoffMs = 100 } = this.#options
    this.#cancelReconnect = timers.schedule(reconnectBackoffMs, () => this.#connect())
  }

  #end(state: 'expired' | 'closed'): void {
    if (this.#state === 'expired' || this.#state === 'closed') return
    this.#cancelReconnect?.()
    this.#connection?.drop()
    this.#connection = undefined
    this.#watches.clear()
    this.#setState(state)
    const code = state === 'expired' ? 'SESSIONEXPIRED' : 'CONNECTIONLOSS'
    this.#failInFlight(code)
    const queue = this.#queue
    this.#queue = []
    for (const call of queue) call.reject(new ZooKeeperError(code, call.path))
  }

  #failInFlight(code: ZooKeeperErrorName): void {
    const calls = [...this.#inFlight]
    this.#inFlight.clear()
    for (const call of calls) call.reject(new ZooKeeperError(code, call.path))
  }

  #setState(state: ZooKeeperState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
  }
}

function isKind<K extends Reply['kind']>(reply: Reply, kind: K): reply is ReplyOf<K> {
  return reply.kind === kind
}
