/**
 * The HTTP port for those who run the broker: `/metrics`, `/healthz`, `/readyz`.
 *
 * It is up before the broker is and down after it, so that a probe can see the start and the stop. It reads, and changes
 * nothing. Whoever reaches the port can read the names of topics and groups, so it is on loopback unless told otherwise.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expositionContentType } from '../metrics/exposition.js'
import type { MetricsRegistry } from '../metrics/metrics-registry.js'
import { BindError } from '../network/socket-server.js'
import type { Logger } from '../ports.js'
import { type HealthCheck, report } from './health.js'
import { writeSliced } from './scrape.js'

export interface OperationsServerOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly registry: MetricsRegistry
  /** Read at each probe: they grow while the broker starts. */
  readonly liveness: () => readonly HealthCheck[]
  readonly readiness: () => readonly HealthCheck[]
  readonly logger: Logger
}

export interface HttpAddress {
  readonly host: string
  readonly port: number
}

const maxConnections = 64
const maxScrapes = 4
const paths = ['/metrics', '/healthz', '/readyz']

export class OperationsServer {
  readonly #options: OperationsServerOptions
  readonly #server: Server
  #scrapes = 0

  private constructor(options: OperationsServerOptions) {
    this.#options = options
    this.#server = createServer(
      {
        maxHeaderSize: 8 * 1024,
        headersTimeout: 5000,
        requestTimeout: 5000,
        keepAliveTimeout: 15_000,
        connectionsCheckingInterval: 5000,
      },
      (request, response) => {
        this.#serve(request, response).catch((error: unknown) => {
          options.logger.error('An HTTP request failed', { error })
          response.destroy()
        })
      },
    )
    this.#server.maxConnections = maxConnections
    // A reader that takes nothing for so long is gone.
    this.#server.setTimeout(30_000)
  }

  /** @throws BindError when the address cannot be listened on */
  static async listen(options: OperationsServerOptions): Promise<OperationsServer> {
    const { host, port, logger } = options
    const server = new OperationsServer(options)
    await new Promise<void>((resolve, reject) => {
      const http = server.#server
      http.once('error', (error) => reject(new BindError({ name: 'HTTP', host, port }, error)))
      http.listen({ host, port }, () => {
        http.removeAllListeners('error')
        http.on('error', (error) => logger.error('The HTTP port failed', { error }))
        resolve()
      })
    })
    return server
  }

  get address(): HttpAddress {
    return { host: this.#options.host, port: (this.#server.address() as AddressInfo).port }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?', 1)
    response.setHeader('Cache-Control', 'no-store')
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (!paths.includes(path)) return answer(response, 404, `There is nothing here but ${paths.join(', ')}.\n`)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return answer(response, 405, 'Only GET and HEAD.\n')
    }
    if (path === '/metrics') await this.#scrape(request, response)
    else await this.#probe(path === '/healthz' ? this.#options.liveness() : this.#options.readiness(), response)
  }

  async #probe(checks: readonly HealthCheck[], response: ServerResponse): Promise<void> {
    const found = await report(checks)
    response.setHeader('Content-Type', 'application/json; charset=utf-8')
    answer(response, found.status === 'ok' ? 200 : 503, `${JSON.stringify(found)}\n`)
  }

  async #scrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#scrapes >= maxScrapes) return answer(response, 503, 'Too many scrapes at one time.\n')
    const { registry } = this.#options
    response.setHeader('Content-Type', expositionContentType)
    if (request.method === 'HEAD') return answer(response, 200, '')
    this.#scrapes += 1
    try {
      await registry.prepare()
      await writeSliced(registry.lines(), response)
    } finally {
      this.#scrapes -= 1
    }
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.end(body)
}
