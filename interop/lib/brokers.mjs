// Starting brokers: ours from this clone, Apache's from the fetched jars. Both give the same handle, so that a suite
// runs unchanged against either: with `--against apache-3.9` a suite proves that what it asks for is what Kafka does.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { javaArgs } from './java.mjs'
import { freePort, waitUntilReady } from './network.mjs'
import { rootDir } from './paths.mjs'
import { runProgram, startProgram } from './programs.mjs'

const stopMs = 20_000
const common = {
  'group.initial.rebalance.delay.ms': 0,
  'offsets.topic.num.partitions': 5,
  'offsets.topic.replication.factor': 1,
}

/** What the suites run against: `millrace`, or a line of Apache's such as `apache-3.9`. */
export const target = process.env.INTEROP_AGAINST || 'millrace'

/** One broker on its own data folder. `bootstrap` and `dataDir` stay the same over restarts. */
class Broker {
  kind
  home
  port
  /** `broker()` starts it, `before(helpers)` what it needs. */
  starters
  #program
  #helpers = []
  /** What earlier processes of it have printed. */
  #earlierOutput = ''

  constructor(kind, home) {
    this.kind = kind
    this.home = home
  }

  get bootstrap() {
    return `127.0.0.1:${this.port}`
  }

  get dataDir() {
    return join(this.home, 'data')
  }

  /** Of the broker's process. */
  get pid() {
    return this.#program.pid
  }

  get output() {
    const now = this.#program ? `${this.#program.stdout}${this.#program.stderr}` : ''
    return this.#earlierOutput + now
  }

  /** Starts it (again) and waits until it serves. */
  async start() {
    if (this.#helpers.length === 0) await this.starters.before?.(this.#helpers)
    this.#earlierOutput = this.output
    this.#program = this.starters.broker()
    await waitUntilReady(this.port, this.#program)
  }

  /** SIGTERM; resolves to `{ code, tookMs }`; an error when it does not end in time. */
  async stop({ limitMs = stopMs } = {}) {
    const startedAt = performance.now()
    try {
      const { code } = await this.#end('SIGTERM', limitMs)
      return { code, tookMs: performance.now() - startedAt }
    } finally {
      for (const helper of this.#helpers.splice(0)) {
        helper.kill('SIGKILL')
        await helper.exited
      }
    }
  }

  /** Any signal, SIGSTOP for instance. Waits for nothing. */
  signal(name) {
    this.#program.kill(name)
  }

  /** Resolves to `{ code, signal }` when its process ends, which nobody asked it to. */
  exited() {
    return this.#program.exited
  }

  /** kill -9. */
  async kill() {
    await this.#end('SIGKILL')
  }

  async #end(signal, limitMs = stopMs) {
    const program = this.#program
    if (program === undefined) return { code: 0 } // It never came to it.
    program.kill(signal)
    let late = false
    const timer = setTimeout(() => {
      late = true
      program.kill('SIGKILL')
    }, limitMs)
    const end = await program.exited
    clearTimeout(timer)
    if (late) throw new Error(`The broker did not end within ${limitMs} ms of ${signal}:\n${program.describe()}`)
    return end
  }

  /** Stops what runs and removes the data. */
  async dispose() {
    await this.stop().finally(() => {
      if (process.env.KEEP_LOGS) writeFileSync(join(this.home, 'broker.out'), this.output)
      else rmSync(this.home, { recursive: true, force: true })
    })
    if (process.env.KEEP_LOGS) console.log(`Output of the broker and its data: ${this.home}`)
  }
}

/**
 * Starts a broker on a free port of the loopback interface and a temporary folder, and waits until it serves.
 * `kind`: `millrace`, `apache-2.5`, `apache-3.9` (both with ZooKeeper), `apache-3.9-kraft`, `apache-4.x` (KRaft).
 * `properties` are added to its server.properties; as a function they are made from its port. `prepare(home)` runs before
 * the first start; `zookeeperCommands` are given to ZooKeeper's shell before it. An Apache broker has a ZooKeeper of its
 * own unless `properties` have `zookeeper.connect`. For ours, `env` is added to its environment, and
 * `launcher` is a command line that starts the one behind it (`prlimit --nofile=1024`). Of Apache's: `listeners` gives it more
 * of them, `{ SSL: { port, protocol } }`, and `heapMb` the size of its heap.
 */
export async function startBroker(options = {}) {
  const { kind = target, properties = {}, prepare = async () => {}, zookeeperCommands = [] } = options
  const { env = {}, launcher = [], listeners = {}, heapMb = 768 } = options
  const home = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
  const broker = new Broker(kind, home)
  try {
    mkdirSync(broker.dataDir)
    broker.port = await freePort()
    await prepare(home)
    const wanted = {
      kind,
      home,
      port: broker.port,
      properties: { ...common, ...(typeof properties === 'function' ? properties(broker.port) : properties) },
      zookeeperCommands,
      env,
      launcher,
      listeners: Object.entries(listeners),
      heapMb,
    }
    broker.starters = await makers[kind](wanted)
    broker.controller = broker.starters.controller
    await broker.start()
  } catch (error) {
    await broker.dispose()
    throw error
  }
  return broker
}

/** How each kind is made ready: what starts it, and what must run before. */
const makers = {
  millrace,
  'apache-2.5': zookeeperMode,
  'apache-3.9': zookeeperMode,
  'apache-3.9-kraft': kraftMode,
  'apache-4.x': kraftMode,
}

/** Starts a broker for one test file: stopped and removed after its last test. */
export async function brokerForFile(hooks, options) {
  const broker = await startBroker(options)
  hooks.after(() => broker.dispose())
  return broker
}

function millrace({ home, port, properties, env, launcher }) {
  const file = writeProperties(home, {
    'broker.id': 0,
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': join(home, 'data'),
    ...properties,
  })
  const [command, ...args] = [...launcher, join(rootDir, 'bin', 'kafka-server-start'), file]
  return { broker: () => startProgram(command, args, { env, input: '' }) }
}

async function zookeeperMode(wanted) {
  const { kind, home, port, properties, listeners, heapMb } = wanted
  const { before, address } = 'zookeeper.connect' in properties ? {} : await zookeeperBeside(wanted)
  const server = writeProperties(home, {
    'broker.id': 0,
    'zookeeper.connect': address,
    listeners: [`PLAINTEXT://127.0.0.1:${port}`, ...listeners.map(addressOf)].join(),
    ...(listeners.length === 0
      ? {}
      : { 'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT', ...listeners.map(protocolOf)].join() }),
    'log.dirs': join(home, 'data'),
    ...apacheProperties(properties),
  })
  return { before, broker: () => startJava(lineOf(kind), home, ['kafka.Kafka', server], heapMb) }
}

async function zookeeperBeside({ kind, home, zookeeperCommands }) {
  const line = lineOf(kind)
  const zookeeperPort = await freePort()
  const zookeeper = writeProperties(
    home,
    {
      dataDir: join(home, 'zookeeper'),
      clientPort: zookeeperPort,
      clientPortAddress: '127.0.0.1',
      'admin.enableServer': false,
      tickTime: 1000,
    },
    'zookeeper.properties',
  )
  return {
    address: `127.0.0.1:${zookeeperPort}`,
    before: async (helpers) => {
      const program = startJava(line, home, ['org.apache.zookeeper.server.quorum.QuorumPeerMain', zookeeper])
      helpers.push(program)
      await waitUntilReady(zookeeperPort, program, { kafka: false })
      const commands = zookeeperCommands.splice(0)
      if (commands.length > 0) await tellZookeeper(line, zookeeperPort, commands)
    },
  }
}

async function kraftMode({ kind, home, port, properties, listeners, heapMb }) {
  const line = lineOf(kind)
  const controllerPort = await freePort()
  const server = writeProperties(home, {
    'process.roles': 'broker,controller',
    'node.id': 0,
    'controller.quorum.voters': `0@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT', ...listeners.map(protocolOf)].join(),
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: [
      `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      ...listeners.map(addressOf),
    ].join(),
    'advertised.listeners': [`PLAINTEXT://127.0.0.1:${port}`, ...listeners.map(addressOf)].join(),
    'log.dirs': join(home, 'data'),
    ...apacheProperties(properties),
  })
  const tool = 'kafka.tools.StorageTool'
  const format = startJava(line, home, [tool, 'format', '-t', 'bWlsbHJhY2UtaW50ZXJvcA', '-c', server])
  const { code } = await format.exited
  if (code !== 0) throw new Error(format.describe())
  return {
    controller: `127.0.0.1:${controllerPort}`,
    broker: () => startJava(line, home, ['kafka.Kafka', server], heapMb),
  }
}

function addressOf([name, { port }]) {
  return `${name}://127.0.0.1:${port}`
}

function protocolOf([name, { protocol }]) {
  return `${name}:${protocol}`
}

async function tellZookeeper(line, port, commands) {
  const shell = ['org.apache.zookeeper.ZooKeeperMain', '-server', `127.0.0.1:${port}`]
  const input = [...commands, 'quit', ''].join('\n')
  const { stdout, stderr } = await runProgram('java', [...javaArgs(line), ...shell], { input })
  const made = `${stdout}${stderr}`.match(/^Created /gm)?.length ?? 0
  if (made !== commands.length)
    throw new Error(`ZooKeeper took ${made} of ${commands.length} commands:\n${stdout}${stderr}`)
}

function apacheProperties(properties) {
  return {
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 2,
    ...properties,
  }
}

function lineOf(kind) {
  return kind.replace('apache-', 'kafka-').replace('-kraft', '')
}

function startJava(line, cwd, args, heapMb = 768) {
  return startProgram('java', [...javaArgs(line, { heapMb }), ...args], { cwd, input: '' })
}

function writeProperties(home, properties, name = 'server.properties') {
  const file = join(home, name)
  if (!existsSync(file)) {
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`)
    writeFileSync(file, `${lines.join('\n')}\n`)
  }
  return file
}
