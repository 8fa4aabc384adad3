// The embedded ZooKeeper beside Apache's 3.8 (from the jars of Kafka 3.9), under our client. Both sync to the disk before
// they answer, as is their default.
import { join } from 'node:path'
import { rootDir } from '../../interop/lib/paths.mjs'
import { mustRun } from '../../interop/lib/programs.mjs'
import { startServer } from '../../interop/zookeeper/servers.mjs'
import { onCores } from '../lib/cores.mjs'
import { whileCounting } from '../lib/usage.mjs'

const pipeline = { sessions: 4, window: 64 }
/** zookeeper-server-start.sh's, without its log of garbage collections and JMX. */
const jvm = [
  ...['-Xmx512M', '-Xms512M', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent', '-XX:MaxInlineLevel=15'],
  '-Djava.awt.headless=true',
]

export const zookeeperWorkloads = [
  zookeeperWorkload('zookeeper-multi', 'ZooKeeper: multi of check and create, 256 under way', {
    load: { kind: 'multi', ...pipeline },
    operations: { full: 100_000, quick: 40_000 },
  }),
  zookeeperWorkload('zookeeper-get', 'ZooKeeper: getData of 100 B, 256 under way', {
    load: { kind: 'getData', ...pipeline },
    operations: { full: 200_000, quick: 100_000 },
  }),
]

function zookeeperWorkload(name, title, { load, operations }) {
  const run = async ({ zooKeeper, cores }, count) => {
    const program = join(rootDir, 'benchmarks', 'programs', 'zookeeper.mjs')
    const options = JSON.stringify({ ...load, port: zooKeeper.port, operations: count })
    return JSON.parse(await mustRun(...onCores(cores.clients, process.execPath, [program, options])))
  }
  return {
    name,
    title,
    startsServer: true,
    peers: ['apache-3.9'],
    goals: { operationCpuUs: 1, operationsPerSecond: '≥ 1.0 ×' },
    async prepare(context) {
      const { kind, cores, cpuProfDir, size } = context
      context.zooKeeper = await startServer(kind.startsWith('apache') ? 'apache' : kind, {
        launcher: ['taskset', '-c', cores.broker],
        jvm,
        cpuProfDir,
      })
      await run(context, operations[size])
    },
    async measure(context) {
      const count = operations[context.size]
      const { result, cpuUs } = await whileCounting(context.zooKeeper.pid, () => run(context, count))
      return { operationCpuUs: cpuUs / count, operationsPerSecond: result.perSecond }
    },
    async finish({ zooKeeper }) {
      await zooKeeper.dispose()
    },
  }
}
