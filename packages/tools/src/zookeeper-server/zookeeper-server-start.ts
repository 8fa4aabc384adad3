/** `zookeeper-server-start [-daemon] zookeeper.properties`, as Apache Kafka's script of that name. */
import { startDaemon } from '../daemon.js'
import { readProperties } from '../properties-file.js'
import { fail } from '../start-failure.js'
import { runZooKeeper } from './run-zookeeper.js'

const usage = 'USAGE: zookeeper-server-start [-daemon] zookeeper.properties'

export async function zookeeperServerStart(args: readonly string[]): Promise<void> {
  const isDaemon = args[0] === '-daemon'
  const rest = isDaemon ? args.slice(1) : args
  const [file, ...others] = rest
  if (file === '--help' || file === '-h') return console.error(usage)
  if (file === undefined) return fail(usage)
  if (others.length > 0) return fail(`${others.join(' ')} is one argument too many.\n${usage}`)
  const properties = readProperties(file)
  if (typeof properties === 'string') return fail(properties)
  if (isDaemon) return startDaemon(rest, { replaced: args.length, outputFile: 'zookeeper.out' })
  await runZooKeeper(properties, file)
}
