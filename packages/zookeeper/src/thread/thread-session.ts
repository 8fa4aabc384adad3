/**
 * The owner's side of a session that lives in a ZooKeeper thread: calls go there, and what happens comes back in order.
 *
 * The thread keeps the connection, the heartbeat and the watches, however busy the owner is; what it has heard waits here
 * until the owner comes to it.
 */
import type { MessagePort } from 'node:worker_threads'
import { whenAborted } from '../client/abort.js'
import type { Session } from '../client/session.js'
import type { Reply, Request } from '../core/requests.js'
import { ZooKeeperError, zooKeeperErrorOf } from '../errors.js'
import type { WatchedEvent, ZooKeeperState } from '../zookeeper.js'
import type { SessionCommand, SessionEvent, SessionIdentity } from './messages.js'
import { Outbox } from './outbox.js'
import { arrivedReply, asBuffer, portableRequest } from './portable.js'

interface Call {
  readonly onReply: (reply: Reply) => void
  readonly reject: (error: ZooKeeperError) => void
}

export class ThreadSession implements Session {
  readonly #port: MessagePort
  readonly #outbox: Outbox<{ readonly id: number; readonly request: Request }>
  readonly #calls = new Map<number, Call>()
  readonly #listeners = new Set<(state: ZooKeeperState) => void>()
  #onNotification: (event: WatchedEvent) => void = () => {}
  #onOpened: ((error?: Error) => void) | undefined
  #onClosed: (() => void) | undefined
  #identity: SessionIdentity | undefined
  #state: ZooKeeperState = 'disconnected'
  #nextId = 0

  /** `port` leads to a session host that is opening the session. Errors: those of opening it, the signal's reason. */
  static async open(port: MessagePort, signal: AbortSignal | undefined): Promise<ThreadSession> {
    const session = new ThreadSession(port)
    let aborted = false
    const stopListening = whenAborted(signal, () => {
      aborted = true
      session.#post({ kind: 'close' })
    })
    try {
      await new Promise<void>((resolve, reject) => {
        session.#onOpened = (error) => (error === undefined ? resolve() : reject(error))
      })
    } catch (error) {
      port.close()
      throw aborted ? signal?.reason : error
    } finally {
      session.#onOpened = undefined
      stopListening()
    }
    return session
  }

  private constructor(port: MessagePort) {
    this.#port = port
    this.#outbox = new Outbox((calls) => this.#post({ kind: 'calls', calls }))
    port.on('message', (events: readonly SessionEvent[]) => {
      for (const event of events) this.#onEvent(event)
    })
    // The thread is gone, and with it all that it knew.
    port.once('close', () => {
      this.#onOpened?.(new ZooKeeperError('CONNECTIONLOSS'))
      this.#end('closed')
    })
  }

  get id(): bigint {
    return this.#identity?.id ?? 0n
  }

  get password(): Buffer {
    return this.#identity === undefined ? Buffer.alloc(16) : asBuffer(this.#identity.password)
  }

  get timeoutMs(): number {
    return this.#identity?.timeoutMs ?? 0
  }

  get state(): ZooKeeperState {
    return this.#state
  }

  onStateChange(listener: (state: ZooKeeperState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onNotification(listener: (event: WatchedEvent) => void): void {
    this.#onNotification = listener
  }

  send(request: Request, onReply?: (reply: Reply) => void, signal?: AbortSignal): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      signal?.throwIfAborted()
      if (this.#state === 'expired') return reject(new ZooKeeperError('SESSIONEXPIRED'))
      if (this.#state === 'closed') return reject(new ZooKeeperError('CONNECTIONLOSS'))
      const stopListening = whenAborted(signal, reject)
      const id = this.#nextId++
      this.#calls.set(id, {
        onReply: (reply) => {
          stopListening()
          onReply?.(reply)
          resolve(reply)
        },
        reject: (error) => {
          stopListening()
          reject(error)
        },
      })
      this.#outbox.push({ id, request: portableRequest(request) })
    })
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#end('closed')
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve
      this.#port.once('close', resolve)
      this.#post({ kind: 'close' })
    })
    this.#port.close()
  }

  #post(command: SessionCommand): void {
    this.#port.postMessage(command)
  }

  #onEvent(event: SessionEvent): void {
    switch (event.kind) {
      case 'reply':
        this.#take(event.id)?.onReply(arrivedReply(event.reply))
        break
      case 'failed':
        this.#take(event.id)?.reject(new ZooKeeperError(event.code))
        break
      case 'notification':
        if (this.#state !== 'closed' && this.#state !== 'expired') this.#onNotification(event.event)
        break
      case 'state':
        this.#identity = event.session
        if (event.state === 'expired' || event.state === 'closed') this.#end(event.state)
        else this.#setState(event.state)
        if (event.state === 'connected') this.#onOpened?.()
        break
      case 'refused':
        this.#onOpened?.(zooKeeperErrorOf(event.error))
        break
      case 'closed':
        this.#onClosed?.()
        break
      default:
        event satisfies never
    }
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    return call
  }

  #end(state: 'expired' | 'closed'): void {
    if (this.#state === 'closed' || this.#state === 'expired') return
    this.#setState(state)
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const call of calls) call.reject(new ZooKeeperError(state === 'expired' ? 'SESSIONEXPIRED' : 'CONNECTIONLOSS'))
  }

  #setState(state: ZooKeeperState): void {
    if (this.#state === state || this.#state === 'closed') return
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
  }
}
