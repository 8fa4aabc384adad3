/**
 * A thread for ZooKeeper: a server, sessions, or both. A busy loop of its owner then stalls nobody's session, neither its
 * own nor those of other processes.
 */
import { MessageChannel, Worker } from 'node:worker_threads'
import { parseConnectString } from '../client/connect-string.js'
import type { ConnectZooKeeperOptions } from '../client/connect-zookeeper.js'
import { ZooKeeperClient } from '../client/zookeeper-client.js'
import type { ServerConfig } from '../config/server-config.js'
import { zooKeeperErrorOf } from '../errors.js'
import type { ServerLog } from '../server/standalone/standalone-server.js'
import type { ZooKeeper } from '../zookeeper.js'
import type { ThreadCommand, ThreadEvent } from './messages.js'
import { ThreadSession } from './thread-session.js'

export interface ZooKeeperThreadOptions {
  /** Of the server. */
  readonly log: ServerLog
  /** The thread ended by itself, by a bug or for want of memory: its sessions are closed, its server is gone. */
  readonly onFailure: (error: Error) => void
}

/** A server that runs in the thread. */
export interface ThreadServer {
  /** Undefined without a port that speaks plainly. */
  readonly port: number | undefined
  readonly securePort: number | undefined
}

export class ZooKeeperThread {
  readonly #options: ZooKeeperThreadOptions
  readonly #worker: Worker
  #server: { resolve: (server: ThreadServer) => void; reject: (error: Error) => void } | undefined
  #onServerClosed: (() => void) | undefined
  #hasServer = false
  #isClosing = false

  constructor(options: ZooKeeperThreadOptions) {
    this.#options = options
    // What Node was started with is about the program, and some of it is refused with a file.
    this.#worker = new Worker(new URL('./zookeeper-worker.js', import.meta.url), { execArgv: [] })
    this.#worker.on('message', (event: ThreadEvent) => this.#onEvent(event))
    let failure: Error | undefined
    this.#worker.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error))
    })
    this.#worker.on('exit', (code) => this.#onExit(failure ?? new Error(`the ZooKeeper thread ended with ${code}`)))
  }

  /**
   * Starts a server, one in a thread, which is started again by itself when its disk has failed. `isPortPreferred`: any
   * free port does if the one of `config` is taken. Errors: EADDRINUSE and others of the ports, those of the folder.
   */
  async startServer(config: ServerConfig, options: { readonly isPortPreferred: boolean }): Promise<ThreadServer> {
    return await new Promise<ThreadServer>((resolve, reject) => {
      this.#server = { resolve, reject }
      this.#post({ kind: 'startServer', config, ...options })
    })
  }

  /** Opens a session, as `connectZooKeeper` does. */
  async connect({ connectString, signal, ...options }: ConnectZooKeeperOptions): Promise<ZooKeeper> {
    const { servers, chroot } = parseConnectString(connectString)
    signal?.throwIfAborted()
    const { port1, port2 } = new MessageChannel()
    this.#worker.postMessage({ kind: 'openSession', port: port2, servers, options } satisfies ThreadCommand, [port2])
    return ZooKeeperClient.over(await ThreadSession.open(port1, signal), chroot)
  }

  /** Stops the server cleanly, and the thread. Sessions should be closed before. */
  async close(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    if (this.#hasServer) {
      await new Promise<void>((resolve) => {
        this.#onServerClosed = resolve
        this.#post({ kind: 'closeServer' })
      })
    }
    await this.#worker.terminate()
  }

  #post(command: ThreadCommand): void {
    this.#worker.postMessage(command)
  }

  #onEvent(event: ThreadEvent): void {
    switch (event.kind) {
      case 'serverStarted':
        this.#hasServer = true
        this.#server?.resolve({ port: event.port, securePort: event.securePort })
        break
      case 'serverRefused':
        this.#server?.reject(zooKeeperErrorOf(event.error))
        break
      case 'serverClosed':
        this.#onServerClosed?.()
        break
      case 'log':
        this.#options.log(event.level, event.message, event.fields)
        break
      default:
        event satisfies never
    }
  }

  #onExit(reason: Error): void {
    this.#server?.reject(reason)
    this.#onServerClosed?.()
    if (!this.#isClosing) this.#options.onFailure(reason)
  }
}
