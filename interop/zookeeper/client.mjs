// Our client one floor below its public face: a session that takes requests and gives replies as plain data, so that every
// operation of the protocol can be asked, and whose connection can be cut and found again at a chosen moment.
import { ClientSession } from '../../packages/zookeeper/dist/client/client-session.js'
import { TcpEndpoint } from '../../packages/zookeeper/dist/client/tcp-endpoint.js'

const timers = {
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}
const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }

export class Client {
  session
  /** Hears every notification. */
  onEvent = () => {}
  #current
  #reconnect

  static async connect(port, { sessionTimeoutMs = 60_000 } = {}) {
    const client = new Client()
    const servers = [{ host: '127.0.0.1', port }]
    const endpoint = new TcpEndpoint({ servers, clock, timers, random: Math.random })
    client.session = await ClientSession.open({
      endpoint: client.#watched(endpoint),
      sessionTimeoutMs,
      heartbeat: 'explicit',
      timers: client.#timers(),
    })
    client.session.onNotification((event) => client.onEvent(event))
    return client
  }

  get id() {
    return this.session.id
  }

  get isConnected() {
    return this.session.state === 'connected'
  }

  /** Resolves to the reply, an error of the server's included. */
  ask(request) {
    return this.session.send(request)
  }

  /** Breaks the connection; the session lives on. */
  cut() {
    const { connection, sink } = this.#current
    connection.drop()
    sink.onClosed('lost')
  }

  /** Finds the session again: proofs and watches are told to the server before anything else. */
  async reconnect() {
    const reconnect = this.#reconnect
    this.#reconnect = undefined
    await new Promise((resolve) => {
      const stop = this.session.onStateChange((state) => {
        if (state === 'disconnected') return
        stop()
        resolve()
      })
      reconnect()
    })
  }

  async close() {
    await this.session.close()
  }

  #watched(endpoint) {
    return {
      connect: (request, sink) => {
        const connection = endpoint.connect(request, sink)
        this.#current = { connection, sink }
        return connection
      },
    }
  }

  /** The session schedules nothing but its reconnects, which here wait to be asked for. */
  #timers() {
    return {
      schedule: (_delayMs, callback) => {
        this.#reconnect = callback
        return () => {
          this.#reconnect = undefined
        }
      },
    }
  }
}
