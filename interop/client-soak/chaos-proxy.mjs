// A TCP proxy that treats connections badly: silence (for a while, or for good), resets, delays. It knows nothing of Kafka: the
// broker advertises the proxy's address, so that clients never get past it.
import { connect, createServer } from 'node:net'

/** How long a connection that was silenced for good is kept, if its client does not give it up. */
const forgottenMs = 60_000

class ProxiedConnection {
  #client
  #broker
  #proxy
  isSilent = false

  constructor(client, broker, proxy) {
    this.#client = client
    this.#broker = broker
    this.#proxy = proxy
    this.#forward(client, broker)
    this.#forward(broker, client)
  }

  /** Nothing more arrives, in either direction. The connection stays up. */
  silence() {
    this.isSilent = true
    this.#client.pause()
    this.#broker.pause()
  }

  /** What was held back arrives. */
  resume() {
    this.isSilent = false
    this.#client.resume()
    this.#broker.resume()
  }

  reset() {
    this.#client.resetAndDestroy()
    this.#broker.destroy()
  }

  #forward(from, to) {
    from.setNoDelay(true)
    from.on('error', () => {})
    from.on('close', () => {
      this.#proxy.connections.delete(this)
      to.destroy()
    })
    from.on('data', (chunk) => {
      const { delayMs } = this.#proxy
      if (delayMs === 0) to.write(chunk)
      else this.#writeLater(from, to, chunk, delayMs)
    })
  }

  /** The source is not read meanwhile, which keeps the order. */
  #writeLater(from, to, chunk, delayMs) {
    from.pause()
    setTimeout(() => {
      if (to.destroyed) return
      to.write(chunk)
      if (!this.isSilent) from.resume()
    }, delayMs)
  }
}

class ChaosProxy {
  /** Each chunk of bytes arrives so much later, also on connections to come. */
  delayMs = 0
  connections = new Set()
  /** The broker's port. */
  toPort
  #server

  constructor() {
    this.#server = createServer((client) => {
      const broker = connect(this.toPort, '127.0.0.1')
      this.connections.add(new ProxiedConnection(client, broker, this))
    })
  }

  get port() {
    return this.#server.address().port
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  /** These fall silent for good: only a client that does not wait for ever gets away from them. */
  forget(connections) {
    for (const connection of connections) {
      connection.silence()
      setTimeout(() => connection.reset(), forgottenMs).unref()
    }
  }

  async close() {
    this.#server.close()
    for (const connection of this.connections) connection.reset()
  }
}

/** Listens on a free port of the loopback interface. Its `toPort` is to be set before anybody connects. */
export async function startChaosProxy() {
  const proxy = new ChaosProxy()
  await proxy.listen()
  return proxy
}
