// ZooKeeper servers to compare: ours from this clone, Apache's from the jars of Kafka 3.9, and an ensemble of three of the
// latter. All on free ports of the loopback interface and in temporary folders; `dispose` stops and removes them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { javaArgs } from '../lib/java.mjs'
import { freePort, waitUntilReady } from '../lib/network.mjs'
import { rootDir } from '../lib/paths.mjs'
import { startProgram, until } from '../lib/programs.mjs'

const stopMs = 20_000
export const line = 'kafka-3.9'
const quorumPeerMain = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
/** What Apache's reads from system properties, and ours from its file. */
const systemProperties = ['znode.container.checkIntervalMs', 'jute.maxbuffer']

const homes = new Set()
process.on('exit', () => {
  // The programs have been killed by now: their module was loaded, and so listens, first.
  if (!process.env.KEEP_LOGS) for (const home of homes) rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

/** One server on its own folder. Port and data stay over restarts. */
export class Server {
  kind
  port
  home
  #command
  #program

  constructor(kind, { home, port, command }) {
    this.kind = kind
    this.home = home
    this.port = port
    this.#command = command
  }

  get address() {
    return `127.0.0.1:${this.port}`
  }

  get pid() {
    return this.#program.pid
  }

  get output() {
    return this.#program?.describe() ?? ''
  }

  /** Starts it (again) and returns at once. */
  launch() {
    this.#program = startProgram(...this.#command, { cwd: this.home, input: '' })
  }

  async start() {
    this.launch()
    await waitUntilReady(this.port, this.#program, { kafka: false })
    await until(async () => /^Mode: /m.test(await fourLetterWord(this.port, 'srvr')), {
      what: `${this.kind} to serve`,
      everyMs: 20,
    })
    return this
  }

  /** SIGTERM; an error when it does not end in time. */
  async stop() {
    await this.#end('SIGTERM')
  }

  /** kill -9. */
  async kill() {
    await this.#end('SIGKILL')
  }

  async dispose() {
    await this.stop().finally(() => {
      if (process.env.KEEP_LOGS) writeFileSync(join(this.home, 'server.out'), this.output)
      else rmSync(this.home, { recursive: true, force: true, maxRetries: 5 })
    })
    if (process.env.KEEP_LOGS) console.log(`Output of the server and its data: ${this.home}`)
  }

  async #end(signal) {
    const program = this.#program
    if (program === undefined || program.ended) return
    program.kill(signal)
    let late = false
    const timer = setTimeout(() => {
      late = true
      program.kill('SIGKILL')
    }, stopMs)
    await program.exited
    clearTimeout(timer)
    if (late) throw new Error(`The server did not end within ${stopMs} ms of ${signal}:\n${program.describe()}`)
  }
}

/**
 * `kind`: `millrace`, `apache`, or `debian` (3.8.0). `properties` are added to its file, `launcher` goes before its command line. `jvm` are
 * Apache's options instead of those for a quick start; `cpuProfDir`: ours leaves a profile there.
 */
export async function startServer(kind, { properties = {}, launcher = [], jvm, cpuProfDir } = {}) {
  const home = makeHome()
  const port = await freePort()
  const all = {
    dataDir: join(home, 'data'),
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': false,
    maxClientCnxns: 0,
    '4lw.commands.whitelist': '*',
    ...properties,
  }
  const [command, ...args] = [...launcher, ...commandLines[kind](writeProperties(home, all), all, { jvm, cpuProfDir })]
  const server = new Server(kind, { home, port, command: [command, args] })
  try {
    return await server.start()
  } catch (error) {
    await server.dispose()
    throw error
  }
}

const commandLines = {
  millrace(file, _properties, { cpuProfDir }) {
    if (!cpuProfDir) return [join(rootDir, 'bin', 'zookeeper-server-start'), file]
    const profiling = ['--cpu-prof', '--cpu-prof-dir', cpuProfDir, join(rootDir, 'scripts', 'run.cjs')]
    return [process.execPath, ...profiling, 'tool', 'zookeeper-server-start', file]
  },
  apache(file, properties, { jvm }) {
    const given = systemProperties.filter((key) => key in properties).map((key) => `-D${key}=${properties[key]}`)
    const quick = javaArgs(line, { heapMb: 768 })
    // Where its logging and its jars are stands behind the options for a quick start.
    const options = jvm ? [...jvm, ...quick.slice(quick.findIndex((each) => each.startsWith('-Dlog4j')))] : quick
    return ['java', ...options, ...given, quorumPeerMain, file]
  },
  debian(file) {
    return ['java', '-Xmx256m', '-cp', '/usr/share/java/zookeeper.jar', quorumPeerMain, file]
  },
}

/** Three of Apache's. `connectString` names all of them; `leader()` finds the one that leads. */
export async function startEnsemble() {
  const members = []
  const ports = []
  for (let id = 1; id <= 3; id++)
    ports.push({ client: await freePort(), peer: await freePort(), vote: await freePort() })
  const ensemble = {
    connectString: ports.map(({ client }) => `127.0.0.1:${client}`).join(','),
    async leader() {
      for (const member of members) {
        const answer = await fourLetterWord(member.port, 'srvr').catch(() => '')
        if (/^Mode: leader/m.test(answer)) return member
      }
      return undefined
    },
    async dispose() {
      await Promise.all(members.map((member) => member.dispose()))
    },
  }
  const common = {
    tickTime: 500,
    initLimit: 20,
    syncLimit: 10,
    maxSessionTimeout: 60_000,
    'admin.enableServer': false,
    '4lw.commands.whitelist': '*',
  }
  for (const [index, { peer, vote }] of ports.entries()) common[`server.${index + 1}`] = `127.0.0.1:${peer}:${vote}`
  try {
    for (const [index, { client }] of ports.entries()) {
      const home = makeHome()
      const dataDir = join(home, 'data')
      mkdirSync(dataDir)
      writeFileSync(join(dataDir, 'myid'), `${index + 1}`)
      const file = writeProperties(home, { ...common, dataDir, clientPort: client, clientPortAddress: '127.0.0.1' })
      const command = ['java', [...javaArgs(line, { heapMb: 256 }), quorumPeerMain, file]]
      const member = new Server('apache', { home, port: client, command })
      member.launch()
      members.push(member)
    }
    await until(() => ensemble.leader(), { what: 'a leader of the ensemble' })
    await Promise.all(members.map((member) => untilServing(member)))
  } catch (error) {
    await ensemble.dispose()
    throw error
  }
  return ensemble
}

async function untilServing(member) {
  await until(async () => /^Mode: (leader|follower)/m.test(await fourLetterWord(member.port, 'srvr')), {
    what: 'a member of the ensemble to serve',
  })
}

/** Everything that a server answers to a four-letter word. */
export function fourLetterWord(port, word, timeoutMs = 10_000) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(word))
    let answer = ''
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer to ${word} from port ${port}`)))
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
  })
}

function makeHome() {
  const home = mkdtempSync(join(tmpdir(), 'millrace-zookeeper-'))
  homes.add(home)
  return home
}

function writeProperties(home, properties) {
  const file = join(home, 'zookeeper.properties')
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}
