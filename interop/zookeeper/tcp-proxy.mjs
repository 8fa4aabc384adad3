// A network between one client and its server that can be cut.
import { connect, createServer } from 'node:net'

/** Resolves to `{ port, cut, close }`; `cut` breaks what is connected now, and lets in what comes later. */
export async function startTcpProxy(serverPort) {
  const sockets = new Set()
  const server = createServer((inner) => {
    const outer = connect(serverPort, '127.0.0.1')
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('data', (bytes) => other.write(bytes))
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroySoon()
      })
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: server.address().port,
    cut,
    close() {
      cut()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
