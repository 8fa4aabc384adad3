/** A whole server that is started again, on the same port, when its disk has failed. */
import type { ServerConfig } from '../../config/server-config.js'
import type { StoreDirectory, Timers } from '../../store/ports.js'
import { Restarting } from '../restarting.js'
import { type ServerLog, StandaloneServer } from './standalone-server.js'

export interface RestartingServerOptions {
  /** Any free port will do if the one of the settings is taken. */
  readonly isPortPreferred: boolean
  readonly log: ServerLog
  readonly timers: Timers
  /** Default: the folders of the settings. */
  readonly directory?: StoreDirectory
}

export interface RestartingServer {
  /** Undefined without a port that speaks plainly. */
  readonly port: number | undefined
  /** Undefined without a port that speaks TLS. */
  readonly securePort: number | undefined
  close(): Promise<void>
}

/** Errors of the first start: those of `StandaloneServer.start`. */
export async function startRestartingServer(
  config: ServerConfig,
  options: RestartingServerOptions,
): Promise<RestartingServer> {
  const { isPortPreferred, log, timers, directory } = options
  let present = config
  const start = (onFailure: (error: unknown) => void) =>
    StandaloneServer.start(present, { log, onFailure, ...(directory === undefined ? {} : { directory }) })
  let restarting: Restarting<StandaloneServer>
  try {
    restarting = await Restarting.start({ start, timers, log })
  } catch (error) {
    if (!isPortPreferred || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    log('warn', `Port ${config.clientPort} is taken: the embedded ZooKeeper takes a free one`)
    present = { ...config, clientPort: 0 }
    restarting = await Restarting.start({ start, timers, log })
  }
  // A client finds it again where it was.
  const { port, securePort } = restarting.server
  present = { ...present, clientPort: port, secureClientPort: securePort }
  return { port, securePort, close: () => restarting.close() }
}
