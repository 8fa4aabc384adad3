/** The thread of a `ZooKeeperThread`: a server, sessions, or both. */
import assert from 'node:assert'
import { parentPort } from 'node:worker_threads'
import { type RestartingServer, startRestartingServer } from '../server/standalone/restarting-server.js'
import { portableError, type ThreadCommand, type ThreadEvent } from './messages.js'
import { hostSession } from './session-host.js'

assert(parentPort !== null, 'this is a worker thread')
const owner = parentPort
let server: RestartingServer | undefined

owner.on('message', (command: ThreadCommand) => {
  switch (command.kind) {
    case 'startServer':
      void startServer(command)
      break
    case 'closeServer':
      void closeServer()
      break
    case 'openSession':
      void hostSession(command)
      break
    default:
      command satisfies never
  }
})

function tell(event: ThreadEvent): void {
  owner.postMessage(event)
}

async function startServer({
  config,
  isPortPreferred,
}: Extract<ThreadCommand, { kind: 'startServer' }>): Promise<void> {
  try {
    server = await startRestartingServer(config, {
      isPortPreferred,
      log: (level, message, fields = {}) => tell({ kind: 'log', level, message, fields }),
      timers: {
        schedule(delayMs, callback) {
          const timer = setTimeout(callback, delayMs)
          return () => clearTimeout(timer)
        },
      },
    })
    tell({ kind: 'serverStarted', port: server.port, securePort: server.securePort })
  } catch (error) {
    tell({ kind: 'serverRefused', error: portableError(error) })
  }
}

async function closeServer(): Promise<void> {
  try {
    await server?.close()
  } catch (error) {
    tell({
      kind: 'log',
      level: 'error',
      message: 'The server did not close cleanly',
      fields: { reason: String(error) },
    })
  }
  server = undefined
  tell({ kind: 'serverClosed' })
}
