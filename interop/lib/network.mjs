// Free ports, and the question "does it serve yet?": a bare Metadata request, so that no client library is needed.
import { connect, createServer } from 'node:net'
import { until } from './programs.mjs'

const readyMs = 60_000

/** A port of the loopback interface that nobody listens on at the moment. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Waits until `port` serves: for a Kafka broker, until Metadata names a broker and a controller. */
export async function waitUntilReady(port, program, { kafka = true } = {}) {
  await until(
    async () => {
      if (program.ended) return true
      return kafka ? await hasController(port) : await accepts(port)
    },
    { what: `${program.title} to serve`, timeoutMs: readyMs, everyMs: 50 },
  ).catch((error) => {
    throw new Error(`${error.message}\n${program.describe()}`)
  })
  if (program.ended) throw new Error(`It ended instead of serving:\n${program.describe()}`)
}

async function accepts(port) {
  await exchange(port, undefined)
  return true
}

async function hasController(port) {
  const response = await exchange(port, metadataRequest())
  const brokers = response.readInt32BE(8)
  if (brokers < 1) return false
  let at = 12
  for (let i = 0; i < brokers; i++) {
    at += 4
    at += 2 + response.readInt16BE(at) // host
    at += 4
    at += 2 + Math.max(0, response.readInt16BE(at)) // rack
  }
  return response.readInt32BE(at) >= 0
}

/** Metadata version 1, correlation id 1, no client id, an empty list of topics. */
function metadataRequest() {
  const request = Buffer.alloc(18)
  request.writeInt32BE(14, 0)
  request.writeInt16BE(3, 4)
  request.writeInt16BE(1, 6)
  request.writeInt32BE(1, 8)
  request.writeInt16BE(-1, 12)
  request.writeInt32BE(0, 14)
  return request
}

function exchange(port, request, timeoutMs = 2000) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const chunks = []
    const end = (settle, value) => {
      socket.destroy()
      settle(value)
    }
    socket.setTimeout(timeoutMs, () => end(reject, new Error(`no answer from port ${port}`)))
    socket.once('error', (error) => end(reject, error))
    socket.once('close', () => reject(new Error(`port ${port} closed the connection`)))
    socket.once('connect', () => (request ? socket.write(request) : end(resolve, Buffer.alloc(0))))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      const all = Buffer.concat(chunks)
      if (all.length >= 4 && all.length >= 4 + all.readInt32BE(0)) end(resolve, all)
    })
  })
}
