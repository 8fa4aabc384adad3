/** ZooKeeper's admin server: the commands over HTTP, `GET /commands/stats` and its siblings. Without TLS and for reading only. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AdminServerConfig } from '../../config/server-config.js'
import { adminCommandNames, runAdminCommand } from './admin-commands.js'
import type { AdminView } from './admin-view.js'
import { javaJson } from './java-json.js'

export class AdminServer {
  readonly #server: Server

  /** Listens on `config.address` and `config.port`, whatever `config.isEnabled` says. Rejects with Node's error (EADDRINUSE …). */
  static async start(config: AdminServerConfig, view: AdminView): Promise<AdminServer> {
    const server = createServer((request, response) => respond(request, response, config.commandUrl, view))
    server.timeout = config.idleTimeoutMs
    server.keepAliveTimeout = config.idleTimeoutMs
    server.listen(config.port, config.address)
    await once(server, 'listening')
    return new AdminServer(server)
  }

  private constructor(server: Server) {
    this.#server = server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends at once; who waits for an answer gets none. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

function respond(request: IncomingMessage, response: ServerResponse, commandUrl: string, view: AdminView): void {
  // Nothing that is sent with a request matters.
  request.resume()
  const { status, type, body } = answerTo(request, commandUrl, view)
  const allow = status === 405 ? { Allow: 'GET, HEAD' } : {}
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...allow }).end(body)
}

function answerTo({ url = '', method }: IncomingMessage, commandUrl: string, view: AdminView): Answer {
  const command = commandIn(url.split('?')[0] ?? '', commandUrl)
  if (command === undefined) return { status: 404, type: 'text/plain', body: 'Not Found\n' }
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: 'text/plain', body: 'Method Not Allowed\n' }
  if (command === '') return { status: 200, type: 'text/html', body: links(commandUrl) }
  return { status: 200, type: 'application/json', body: javaJson(runAdminCommand(command, view)) }
}

/** What stands behind the command URL, without its slash; undefined: the path is another one. */
function commandIn(path: string, commandUrl: string): string | undefined {
  if (path === commandUrl) return ''
  return path.startsWith(`${commandUrl}/`) ? path.slice(commandUrl.length + 1) : undefined
}

function links(commandUrl: string): string {
  return adminCommandNames.map((name) => `<a href="${commandUrl}/${name}">${name}</a>\n<br/>\n`).join('')
}
