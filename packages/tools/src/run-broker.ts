/** Runs one broker in this process until a signal: the common part of `kafka-server-start` and `millrace start`. */
import { BindError, type Broker, BrokerConfigError, LogDirectoryError, startBroker } from '@millrace/broker'
import { consoleLogger } from './console-logger.js'
import { portHolder } from './port-holder.js'
import { registerBroker } from './running-brokers.js'

export interface RunOptions {
  /** The file the properties came from, for messages. */
  readonly configSource?: string
  /** Say in a few lines what runs and what to do next. */
  readonly introduces?: boolean
}

export async function runBroker(properties: ReadonlyMap<string, string>, options: RunOptions): Promise<void> {
  const logger = consoleLogger(options.introduces === true ? 'warn' : 'info')
  let broker: Broker
  try {
    broker = await startBroker({ properties, logger })
  } catch (error) {
    console.error(await sentenceFor(error, options))
    process.exitCode = 1
    return
  }
  const unregister = registerBroker()
  const stop = async () => {
    unregister()
    await broker.close()
  }
  let isStopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) return
      isStopping = true
      stop().catch((error: unknown) => {
        console.error('Shutdown failed:', error)
        process.exit(1)
      })
    })
  }
  if (options.introduces === true) introduce(broker)
}

function introduce(broker: Broker): void {
  const addresses = broker.listeners.map(({ host, port }) => `${host === '' ? '0.0.0.0' : host}:${port}`).join(', ')
  console.log(`Millrace is listening on ${addresses} (broker ${broker.brokerId}, cluster ${broker.clusterId}).`)
  console.log(`Data: ${broker.logDirs.join(', ')}`)
  console.log('Next, in another terminal: node examples/first-messages.mjs')
  console.log('Stop with Ctrl-C.')
}

async function sentenceFor(error: unknown, { configSource }: RunOptions): Promise<string> {
  if (error instanceof BrokerConfigError) {
    const where = configSource === undefined ? 'The configuration' : configSource
    return `${where} has ${error.mistakes.length} mistake${error.mistakes.length > 1 ? 's' : ''}:\n${error.mistakes.map((mistake) => `  ${mistake}`).join('\n')}`
  }
  if (error instanceof BindError && error.code === 'EADDRINUSE') {
    return `Port ${error.port} is taken by ${(await portHolder(error.port)) ?? 'another program'}: stop it, or choose another port.`
  }
  if (error instanceof BindError || error instanceof LogDirectoryError) return error.message
  return `The broker could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
