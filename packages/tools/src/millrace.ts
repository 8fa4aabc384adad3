/** `millrace`: the short umbrella over the tools. */
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { runBroker } from './run-broker.js'

export async function millrace(args: readonly string[]): Promise<void> {
  const program = new Command('millrace').description('Apache Kafka in TypeScript.')
  program
    .command('start')
    .description('Run one broker on this machine.')
    .option('--data <dir>', 'where the data is kept', 'data')
    .option('--port <port>', 'the port on localhost', parsePort, 9092)
    .option('--override <key=value>', 'a setting of server.properties; may be repeated', collect, [])
    .action(async (options: StartOptions) => {
      const properties = propertiesOf(options)
      const httpPortIsPreferred = !properties.has(httpPortKey)
      if (httpPortIsPreferred) properties.set(httpPortKey, usualHttpPort)
      await runBroker(properties, { introduces: true, httpPortIsPreferred })
    })
  program
    .command('zookeeper-copy')
    .description('Copy all nodes from one ZooKeeper to another, while no broker runs.')
    .argument('<from>', 'host:port[/chroot]')
    .argument('<to>', 'host:port[,host:port]*[/chroot]; empty, the chroot is made if it is missing')
    .action(async (from: string, to: string) => {
      const { zookeeperCopy } = await import('./zookeeper-copy/zookeeper-copy.js')
      await zookeeperCopy(from, to)
    })
  await program.parseAsync(args, { from: 'user' })
}

const httpPortKey = 'millrace.http.port'
/** Where Prometheus looks for Kafka's metrics by habit: the JMX exporter's port. */
const usualHttpPort = '9404'

interface StartOptions {
  readonly data: string
  readonly port: number
  readonly override: readonly (readonly [string, string])[]
}

function propertiesOf({ data, port, override }: StartOptions): Map<string, string> {
  const dir = resolve(data)
  return new Map([
    ['broker.id', '0'],
    ['listeners', `PLAINTEXT://localhost:${port}`],
    ['log.dirs', join(dir, 'kafka-logs')],
    ['millrace.store.dir', join(dir, 'zookeeper')],
    ['group.initial.rebalance.delay.ms', '0'],
    ...override,
  ])
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) throw new InvalidArgumentError('must be a port, from 0 to 65535')
  return port
}

function collect(pair: string, before: readonly (readonly [string, string])[]) {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
  if (key === undefined || value === undefined) throw new InvalidArgumentError('must be key=value')
  return [...before, [key, value] as const]
}
