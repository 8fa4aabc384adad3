// One connection on which requests go out in the version that is wanted, and answers come back decoded.
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { rootDir } from '../lib/paths.mjs'

export const protocol = await import(join(rootDir, 'packages', 'protocol', 'dist', 'index.js'))
const answerMs = 15_000

export class Connection {
  #bootstrap
  #socket
  #received = Buffer.alloc(0)
  #correlationId = 0

  constructor(bootstrap) {
    this.#bootstrap = bootstrap
  }

  /** The answer, decoded; `'closed'` when the broker closes the connection instead. */
  async call(api, version, body) {
    await this.#open()
    const correlationId = ++this.#correlationId
    const header = { correlationId, clientId: 'versions' }
    for (const buffer of protocol.encodeRequest(api, version, header, body)) this.#socket.write(buffer)
    const frame = await this.#frame(`${api.name} version ${version}`)
    if (frame === undefined) return 'closed'
    return protocol.decodeResponse(api, version, frame).body
  }

  close() {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  async #open() {
    if (this.#socket !== undefined) return
    const [host, port] = this.#bootstrap.split(':')
    const socket = connect(Number(port), host)
    await once(socket, 'connect')
    socket.on('error', () => {})
    this.#received = Buffer.alloc(0)
    this.#socket = socket
  }

  /** The next frame without its length; undefined when the connection ends first. */
  #frame(what) {
    const socket = this.#socket
    return new Promise((resolve, reject) => {
      const settle = (end, value) => {
        clearTimeout(timer)
        socket.off('data', onData)
        socket.off('close', onClose)
        end(value)
      }
      const onData = (chunk) => {
        this.#received = Buffer.concat([this.#received, chunk])
        if (this.#received.length < 4) return
        const end = 4 + this.#received.readInt32BE(0)
        if (this.#received.length < end) return
        const frame = Buffer.from(this.#received.subarray(4, end))
        this.#received = this.#received.subarray(end)
        settle(resolve, frame)
      }
      const onClose = () => {
        this.#socket = undefined
        settle(resolve, undefined)
      }
      const timer = setTimeout(
        () => settle(reject, new Error(`${what} to ${this.#bootstrap}: no answer within ${answerMs} ms`)),
        answerMs,
      )
      socket.on('data', onData)
      socket.on('close', onClose)
    })
  }
}
