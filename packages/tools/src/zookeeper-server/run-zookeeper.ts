/** Runs one ZooKeeper server in this process until a signal. */
import { Loggers } from '@millrace/broker'
import {
  parseServerConfig,
  type ServerConfig,
  ServerConfigError,
  StandaloneServer,
  StoreError,
} from '@millrace/zookeeper'
import { consoleLog } from '../console-log.js'
import { registerServer } from '../running-servers.js'
import { fail, mistakesSentence, takenPortSentence, unforeseenSentence } from '../start-failure.js'
import { StopRequest } from '../stop-request.js'
import { type DataLock, DataLockError, lockData } from './data-lock.js'

/** A key of ours, not ZooKeeper's: how the lines of the log are written, as for a broker. */
const formatKey = 'millrace.log.format'

/** `source` is the file of the properties, for messages. What goes wrong is one sentence on stderr and exit code 1. */
export async function runZooKeeper(properties: ReadonlyMap<string, string>, source: string): Promise<void> {
  const config = readConfig(properties, source)
  if (typeof config === 'string') return fail(config)
  const format = properties.get(formatKey)?.trim() === 'json' ? 'json' : 'text'
  const logger = new Loggers({ sink: consoleLog(format) }).get('millrace.zookeeper')
  for (const warning of config.warnings) logger.warn(warning)
  const unregister = registerServer('zookeeper', logger)
  const stopRequest = new StopRequest()
  let lock: DataLock | undefined
  let server: StandaloneServer
  try {
    lock = await lockData([config.dataDir, config.dataLogDir])
    server = await StandaloneServer.start(config, {
      log: (level, message, fields) => logger[level](message, fields),
      onFailure: (error) => {
        logger.error('The server has failed and ends: only a new start helps', { error })
        process.exit(1)
      },
    })
  } catch (error) {
    await lock?.release()
    unregister()
    return fail(await sentenceFor(error))
  }
  const { port, securePort } = server
  logger.info('ZooKeeper server started', { port, securePort, dataDir: config.dataDir })
  await stopRequest.whenAsked(async () => {
    unregister()
    await server.close()
    await lock.release()
    logger.info('ZooKeeper server stopped')
  })
}

/** The settings, or the sentence that says what is wrong with them. */
function readConfig(properties: ReadonlyMap<string, string>, source: string): ServerConfig | string {
  try {
    return parseServerConfig(new Map([...properties].filter(([key]) => key !== formatKey)))
  } catch (error) {
    if (error instanceof ServerConfigError) return mistakesSentence(source, error.mistakes)
    throw error
  }
}

async function sentenceFor(error: unknown): Promise<string> {
  if (error instanceof DataLockError || error instanceof StoreError) return error.message
  const { code, port } = error as { readonly code?: unknown; readonly port?: unknown }
  if (code === 'EADDRINUSE' && typeof port === 'number') return await takenPortSentence(port)
  if (typeof code === 'string' && typeof port === 'number') {
    return `Cannot listen on port ${port}: ${(error as Error).message}`
  }
  return unforeseenSentence('The ZooKeeper server', error)
}
