// Many connections of which each does little: a program of raw sockets, the same for every broker.
import { join } from 'node:path'
import { rootDir } from '../../interop/lib/paths.mjs'
import { mustRun } from '../../interop/lib/programs.mjs'
import { onCores } from '../lib/cores.mjs'
import { whileCounting } from '../lib/usage.mjs'
import { createTopic, deleteTopic } from '../lib/wire.mjs'

const name = 'connections-1000'
const load = {
  topic: name,
  partitions: 10,
  connections: 1000,
  perConnectionPerSecond: 10,
  recordSize: 1024,
  warmupSeconds: 3,
}
const seconds = { full: 15, quick: 5 }

export const connectionWorkloads = [
  {
    name,
    title: '1,000 connections × 10 records/s',
    goals: { p99Ms: 0.5 },
    async prepare({ server }) {
      await createTopic(server.port, name, load.partitions)
    },
    async measure({ server, cores, size }) {
      const { result, cpuUs } = await whileCounting(server.pid, async () => {
        const options = JSON.stringify({ ...load, port: server.port, seconds: seconds[size] })
        const program = join(rootDir, 'benchmarks', 'programs', 'connections.mjs')
        return JSON.parse(await mustRun(...onCores(cores.clients, process.execPath, [program, options])))
      })
      const { records, p50Ms, p99Ms, p999Ms } = result
      return { cpuUs: cpuUs / records, p50Ms, p99Ms, p999Ms }
    },
    async finish({ server }) {
      await deleteTopic(server.port, name)
    },
  },
]
