/** Runs one broker in this process until a signal: the common part of `kafka-server-start` and `millrace start`. */
import {
  BindError,
  type Broker,
  BrokerConfigError,
  BrokerIdTakenError,
  LogDirectoryError,
  Loggers,
  startBroker,
  ZooKeeperUnreachableError,
} from '@millrace/broker'
import { consoleLog } from './console-log.js'
import { registerServer } from './running-servers.js'
import { fail, mistakesSentence, takenPortSentence, unforeseenSentence } from './start-failure.js'
import { StopRequest } from './stop-request.js'

export interface RunOptions {
  /** The file the properties came from, for messages. */
  readonly configSource?: string
  /** Say in a few lines what runs and what to do next. */
  readonly introduces?: boolean
  /** Any other port does for metrics and health if the one of the properties is taken. */
  readonly httpPortIsPreferred?: boolean
}

export async function runBroker(properties: ReadonlyMap<string, string>, options: RunOptions): Promise<void> {
  const { httpPortIsPreferred = false } = options
  const format = properties.get('millrace.log.format')?.trim() === 'json' ? 'json' : 'text'
  const loggers = new Loggers({ sink: consoleLog(format), level: options.introduces === true ? 'WARN' : 'INFO' })
  const unregister = registerServer('kafka', loggers.get('millrace.broker'))
  const stopRequest = new StopRequest()
  let broker: Broker
  try {
    broker = await startBroker({ properties, logger: loggers, halt: () => process.exit(1), httpPortIsPreferred })
  } catch (error) {
    unregister()
    fail(await sentenceFor(error, options))
    return
  }
  const isStopped = await stopRequest.whenAsked(async () => {
    unregister()
    await broker.close()
  })
  if (!isStopped && options.introduces === true) introduce(broker)
}

function introduce(broker: Broker): void {
  const addresses = broker.listeners.map(({ host, port }) => `${host === '' ? '0.0.0.0' : host}:${port}`).join(', ')
  console.log(`Millrace is listening on ${addresses} (broker ${broker.brokerId}, cluster ${broker.clusterId}).`)
  console.log(`Data: ${broker.logDirs.join(', ')}`)
  if (broker.http !== undefined)
    console.log(
      `Metrics and health: http://${urlHost(broker.http.host)}:${broker.http.port}/metrics, /healthz, /readyz`,
    )
  if (broker.zooKeeper !== undefined) console.log(`ZooKeeper: ${broker.zooKeeper}`)
  console.log('Next, in another terminal:')
  for (const line of nextCommands(broker)) console.log(`  ${line}`)
  console.log('Stop with Ctrl-C.')
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function nextCommands(broker: Broker): readonly string[] {
  const at = `--bootstrap-server localhost:${broker.listeners[0]?.port} --topic greetings`
  return [`echo hello | bin/kafka-console-producer ${at}`, `bin/kafka-console-consumer ${at} --from-beginning`]
}

/** Errors whose message is the sentence. */
const sayItThemselves = [BindError, LogDirectoryError, ZooKeeperUnreachableError, BrokerIdTakenError]

async function sentenceFor(error: unknown, { configSource }: RunOptions): Promise<string> {
  if (error instanceof BrokerConfigError) return mistakesSentence(configSource ?? 'The configuration', error.mistakes)
  if (error instanceof BindError && error.code === 'EADDRINUSE') return await takenPortSentence(error.port)
  if (sayItThemselves.some((known) => error instanceof known)) return (error as Error).message
  return unforeseenSentence('The broker', error)
}
