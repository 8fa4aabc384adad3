// The servers that are compared: ours, Apache's, and the bare sink. Each is started on its own folder and a free port,
// pinned to the cores that it is given, and gives the same handle. Apache's get the JVM options of its own start script.
// Whatever is left when this process ends, by whatever way, is killed and removed.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jarsOf } from '../../interop/lib/java.mjs'
import { freePort, waitUntilReady } from '../../interop/lib/network.mjs'
import { interopDir, rootDir } from '../../interop/lib/paths.mjs'
import { startProgram } from '../../interop/lib/programs.mjs'
import { onCores } from './cores.mjs'

const stopMs = 30_000
const homes = new Set()
process.on('exit', () => {
  // The programs have been killed by now: their module was loaded, and so listens, first.
  for (const home of homes) rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

/** What both brokers are told beyond their defaults: those of the configuration that Apache delivers. */
const common = {
  'num.partitions': 1,
  'offsets.topic.num.partitions': 5,
  'offsets.topic.replication.factor': 1,
  'group.initial.rebalance.delay.ms': 0,
  'log.segment.delete.delay.ms': 1000,
}

/** kafka-server-start.sh's options without its log of garbage collections and JMX, which cost a little. */
const serverJvm = [
  ...['-Xmx1G', '-Xms1G', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent', '-XX:MaxInlineLevel=15'],
  '-Djava.awt.headless=true',
]

export const apacheKinds = ['apache-3.9', 'apache-4.x']

const commandLines = {
  millrace: (home, port, { cpuProfDir }) => {
    const file = writeProperties(home, {
      'broker.id': 0,
      listeners: `PLAINTEXT://127.0.0.1:${port}`,
      'log.dirs': join(home, 'data'),
      ...common,
    })
    if (!cpuProfDir) return [join(rootDir, 'bin', 'kafka-server-start'), [file]]
    const profiling = ['--cpu-prof', '--cpu-prof-dir', cpuProfDir, join(rootDir, 'scripts', 'run.cjs')]
    return [process.execPath, [...profiling, 'tool', 'kafka-server-start', file]]
  },
  'apache-2.5': apacheWithZookeeper('kafka-2.5'),
  'apache-3.9': apache('kafka-3.9'),
  'apache-4.x': apache('kafka-4.x'),
  sink: (home, port) => [process.execPath, [join(rootDir, 'benchmarks', 'programs', 'sink.mjs'), String(port), home]],
}

/** A server on its own folder. `start` and `stop` may alternate: port and data stay. */
export class Server {
  kind
  port
  #home
  #cores
  #command
  #program
  /** What it needs beside it, as long as it is not disposed of. */
  #helpers = []
  #startHelper = async (port, command, args) => {
    const program = startProgram(...onCores(this.#cores.broker, command, args), { cwd: this.#home, input: '' })
    this.#helpers.push(program)
    await waitUntilReady(port, program, { kafka: false })
  }

  constructor(kind, cores) {
    this.kind = kind
    this.#cores = cores
  }

  get pid() {
    return this.#program.pid
  }

  get bootstrap() {
    return `127.0.0.1:${this.port}`
  }

  get hasEnded() {
    return this.#program.ended
  }

  get output() {
    return this.#program.describe()
  }

  /** Makes its folder, settings and, for Apache's, the formatted storage. `cpuProfDir`: ours leaves a profile there. */
  async prepare({ cpuProfDir } = {}) {
    this.#home = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
    homes.add(this.#home)
    mkdirSync(join(this.#home, 'data'))
    this.port = await freePort()
    this.#command = await commandLines[this.kind](this.#home, this.port, { cpuProfDir, startHelper: this.#startHelper })
    return this
  }

  /** Starts the process and returns at once. */
  launch() {
    this.#program = startProgram(...onCores(this.#cores.broker, ...this.#command), { cwd: this.#home, input: '' })
  }

  async start() {
    this.launch()
    await this.untilReady()
    return this
  }

  async untilReady() {
    await waitUntilReady(this.port, this.#program)
  }

  /** SIGTERM, and SIGKILL when that does not help. */
  async stop() {
    if (!this.#program || this.#program.ended) return
    this.#program.kill('SIGTERM')
    const timer = setTimeout(() => this.#program.kill('SIGKILL'), stopMs)
    await this.#program.exited
    clearTimeout(timer)
  }

  async dispose() {
    await this.stop()
    for (const helper of this.#helpers.splice(0)) {
      helper.kill('SIGKILL')
      await helper.exited
    }
    rmSync(this.#home, { recursive: true, force: true })
    homes.delete(this.#home)
  }
}

/** With Apache's ZooKeeper beside it. */
function apacheWithZookeeper(line) {
  return async (home, port, { startHelper }) => {
    const zookeeperPort = await freePort()
    const zookeeper = { dataDir: join(home, 'zookeeper'), clientPort: zookeeperPort, 'admin.enableServer': false }
    const quorumFile = writeProperties(home, zookeeper, 'zookeeper.properties')
    const java = javaOptions(line)
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
    await startHelper(zookeeperPort, 'java', ['-Xmx256m', ...java, main, quorumFile])
    const file = writeProperties(home, {
      'broker.id': 0,
      'zookeeper.connect': `127.0.0.1:${zookeeperPort}`,
      listeners: `PLAINTEXT://127.0.0.1:${port}`,
      'log.dirs': join(home, 'data'),
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      ...common,
    })
    return ['java', [...serverJvm, ...java, 'kafka.Kafka', file]]
  }
}

/** KRaft, broker and controller in one process. */
function apache(line) {
  return async (home, port) => {
    const controllerPort = await freePort()
    const file = writeProperties(home, {
      'process.roles': 'broker,controller',
      'node.id': 0,
      'controller.quorum.voters': `0@127.0.0.1:${controllerPort}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'PLAINTEXT',
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
      'log.dirs': join(home, 'data'),
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'share.coordinator.state.topic.replication.factor': 1,
      'share.coordinator.state.topic.min.isr': 1,
      ...common,
    })
    const java = javaOptions(line)
    const format = ['kafka.tools.StorageTool', 'format', '-t', 'bWlsbHJhY2UtYmVuY2gtMQ', '-c', file]
    const tool = startProgram('java', [...java, ...format], { cwd: home, input: '' })
    if ((await tool.exited).code !== 0) throw new Error(tool.describe())
    return ['java', [...serverJvm, ...java, 'kafka.Kafka', file]]
  }
}

function javaOptions(line) {
  const logging = join(interopDir, 'apache', 'logging')
  return [
    `-Dlog4j.configuration=file:${join(logging, 'log4j.properties')}`,
    `-Dlog4j2.configurationFile=${join(logging, 'log4j2.properties')}`,
    ...['-cp', join(jarsOf(line), '*')],
  ]
}

function writeProperties(home, properties, name = 'server.properties') {
  const file = join(home, name)
  if (existsSync(file)) return file
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}
