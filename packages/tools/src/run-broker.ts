/** Runs one broker in this process until a signal: the common part of `kafka-server-start` and `millrace start`. */
import { BindError, type Broker, BrokerConfigError, LogDirectoryError, Loggers, startBroker } from '@millrace/broker'
import { consoleLog } from './console-log.js'
import { portHolder } from './port-holder.js'
import { registerBroker } from './running-brokers.js'

export interface RunOptions {
  /** The file the properties came from, for messages. */
  readonly configSource?: string
  /** Say in a few lines what runs and what to do next. */
  readonly introduces?: boolean
  /** Any other port does for metrics and health if the one of the properties is taken. */
  readonly httpPortIsPreferred?: boolean
}

/** As a JVM takes them: the end of the terminal, Ctrl-C, and the ordinary request to stop. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** A second Ctrl-C this long after the first means it; `npm` passes on the first one twice. */
const impatientAfterMs = 1000

export async function runBroker(properties: ReadonlyMap<string, string>, options: RunOptions): Promise<void> {
  const { httpPortIsPreferred = false } = options
  const format = properties.get('millrace.log.format')?.trim() === 'json' ? 'json' : 'text'
  const loggers = new Loggers({ sink: consoleLog(format), level: options.introduces === true ? 'WARN' : 'INFO' })
  const unregister = registerBroker(loggers.get('millrace.broker'))
  let broker: Broker | undefined
  let stopRequestedMs: number | undefined
  const stop = async () => {
    unregister()
    await broker?.close()
  }
  for (const signal of stopSignals) {
    process.on(signal, () => {
      if (stopRequestedMs !== undefined) {
        if (signal === 'SIGINT' && Date.now() - stopRequestedMs > impatientAfterMs) process.exit(130)
        return
      }
      stopRequestedMs = Date.now()
      // During the start it takes effect when the start is over.
      if (broker !== undefined) stop().catch(failStop)
    })
  }
  try {
    broker = await startBroker({ properties, logger: loggers, halt: () => process.exit(1), httpPortIsPreferred })
  } catch (error) {
    unregister()
    console.error(await sentenceFor(error, options))
    process.exitCode = 1
    return
  }
  if (stopRequestedMs !== undefined) await stop().catch(failStop)
  else if (options.introduces === true) introduce(broker)
}

function failStop(error: unknown): void {
  console.error('Shutdown failed:', error)
  process.exit(1)
}

function introduce(broker: Broker): void {
  const addresses = broker.listeners.map(({ host, port }) => `${host === '' ? '0.0.0.0' : host}:${port}`).join(', ')
  console.log(`Millrace is listening on ${addresses} (broker ${broker.brokerId}, cluster ${broker.clusterId}).`)
  console.log(`Data: ${broker.logDirs.join(', ')}`)
  if (broker.http !== undefined)
    console.log(
      `Metrics and health: http://${urlHost(broker.http.host)}:${broker.http.port}/metrics, /healthz, /readyz`,
    )
  console.log(`Next, in another terminal: ${nextCommand(broker)}`)
  console.log('Stop with Ctrl-C.')
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function nextCommand(broker: Broker): string {
  const port = broker.listeners[0]?.port
  const bootstrap = port === 9092 ? '' : `BOOTSTRAP_SERVERS=localhost:${port} `
  return `${bootstrap}node examples/first-messages.mjs`
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
  const { code, path } = error as NodeJS.ErrnoException
  if (code !== undefined && path !== undefined) return `Cannot use ${path}: ${(error as Error).message}`
  return `The broker could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
