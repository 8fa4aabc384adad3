// Apache's command-line tools by the names of their scripts. The first call of a tool starts a JVM of its own, as the
// script would; later calls share one JVM.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileJava, jarsOf, javaArgs } from '../lib/java.mjs'
import { runProgram, startProgram } from '../lib/programs.mjs'

// Main classes have moved between versions; the first one that is in the jars is the tool.
const mainClasses = {
  'kafka-topics': ['org.apache.kafka.tools.TopicCommand', 'kafka.admin.TopicCommand'],
  'kafka-configs': ['org.apache.kafka.tools.ConfigCommand', 'kafka.admin.ConfigCommand'],
  'kafka-console-producer': ['org.apache.kafka.tools.ConsoleProducer', 'kafka.tools.ConsoleProducer'],
  'kafka-console-consumer': ['org.apache.kafka.tools.consumer.ConsoleConsumer', 'kafka.tools.ConsoleConsumer'],
  'kafka-consumer-groups': [
    'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
    'kafka.admin.ConsumerGroupCommand',
  ],
  'kafka-get-offsets': ['org.apache.kafka.tools.GetOffsetShell', 'kafka.tools.GetOffsetShell'],
  'kafka-broker-api-versions': [
    'org.apache.kafka.tools.BrokerApiVersionsCommand',
    'kafka.admin.BrokerApiVersionsCommand',
  ],
  'kafka-producer-perf-test': ['org.apache.kafka.tools.ProducerPerformance'],
  'kafka-consumer-perf-test': ['org.apache.kafka.tools.ConsumerPerformance', 'kafka.tools.ConsumerPerformance'],
  'kafka-delete-records': ['org.apache.kafka.tools.DeleteRecordsCommand', 'kafka.admin.DeleteRecordsCommand'],
  'kafka-log-dirs': ['org.apache.kafka.tools.LogDirsCommand', 'kafka.admin.LogDirsCommand'],
  'kafka-cluster': ['org.apache.kafka.tools.ClusterTool', 'kafka.tools.ClusterTool'],
  'kafka-features': ['org.apache.kafka.tools.FeatureCommand'],
  'kafka-metadata-quorum': ['org.apache.kafka.tools.MetadataQuorumCommand'],
  'kafka-delegation-tokens': ['org.apache.kafka.tools.DelegationTokenCommand', 'kafka.admin.DelegationTokenCommand'],
  'kafka-e2e-latency': ['org.apache.kafka.tools.EndToEndLatency', 'kafka.tools.EndToEndLatency'],
  'kafka-streams-application-reset': ['org.apache.kafka.tools.StreamsResetter', 'kafka.tools.StreamsResetter'],
  'kafka-verifiable-consumer': ['org.apache.kafka.tools.VerifiableConsumer'],
  'kafka-acls': ['kafka.admin.AclCommand'],
  'kafka-transactions': ['org.apache.kafka.tools.TransactionsCommand'],
  'kafka-verifiable-producer': ['org.apache.kafka.tools.VerifiableProducer'],
  'kafka-groups': ['org.apache.kafka.tools.GroupsCommand'],
  'kafka-reassign-partitions': [
    'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
    'kafka.admin.ReassignPartitionsCommand',
  ],
  'kafka-leader-election': ['org.apache.kafka.tools.LeaderElectionCommand', 'kafka.admin.LeaderElectionCommand'],
  'kafka-preferred-replica-election': ['kafka.admin.PreferredReplicaLeaderElectionCommand'],
  'zookeeper-shell': ['org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka'],
  zkCli: ['org.apache.zookeeper.ZooKeeperMain'],
  'kafka-dump-log': ['org.apache.kafka.tools.DumpLogSegments', 'kafka.tools.DumpLogSegments'],
}

// It says its totals when its JVM ends.
const talksAtExit = 'kafka-verifiable-producer'

/** The tools of one line of Apache Kafka, against one broker. */
export class Tools {
  line
  #classes
  #index
  #server
  #started = new Set()
  #queue = Promise.resolve()

  static async of(line) {
    const tools = new Tools()
    tools.line = line
    tools.#index = indexOf(line)
    const sources = [fileURLToPath(new URL('src', import.meta.url))]
    tools.#classes = await compileJava('apache-tools', line, sources)
    return tools
  }

  has(tool) {
    return this.#mainClass(tool) !== undefined
  }

  /** Runs a tool; resolves to `{ code, stdout, stderr }`. Options: `input`, `fresh` (a JVM of its own). */
  async run(tool, args, { input = '', fresh = !this.#started.has(tool) || tool === talksAtExit } = {}) {
    const main = this.#mainClass(tool)
    if (main === undefined) throw new Error(`${this.line} has no ${tool}`)
    this.#started.add(tool)
    if (fresh) return this.#runAlone(main, args, input)
    const answer = this.#queue.then(() => this.#call(main, args, input))
    this.#queue = answer.catch(() => {})
    return answer
  }

  /** Starts a tool that goes on until it is stopped; returns the program. */
  start(tool, args) {
    return startProgram('java', [...javaArgs(this.line), this.#mainClass(tool), ...args], { input: '' })
  }

  /** Runs a tool that must succeed; resolves to what it wrote to standard output. */
  async must(tool, args, options) {
    const { code, stdout, stderr } = await this.run(tool, args, options)
    if (code !== 0) throw new Error(`${tool} ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`)
    return stdout
  }

  close() {
    this.#server?.endInput()
  }

  #runAlone(main, args, input) {
    return runProgram('java', [...javaArgs(this.line), main, ...args], { input, timeoutMs: 90_000 })
  }

  async #call(main, args, input) {
    this.#server ??= startProgram('java', [...javaArgs(this.line, { classes: [this.#classes] }), 'ToolServer'])
    const server = this.#server
    const from = server.stdout.length
    server.write(`${[input, main, ...args].map((text) => Buffer.from(text).toString('base64')).join(' ')}\n`)
    try {
      await server.waitFor(({ stdout }) => stdout.includes('\n', from), {
        what: `${main} ${args.join(' ')}`,
        timeoutMs: 90_000,
      })
    } catch (error) {
      if (!server.ended) throw error
      // The parser of some tools ends the JVM when it is misused: that call has one of its own, and the next a new one.
      this.#server = undefined
      return this.#runAlone(main, args, input)
    }
    const [code, stdout, stderr] = server.stdout.slice(from).trim().split(' ')
    const text = (base64) => Buffer.from(base64, 'base64').toString()
    return { code: Number(code), stdout: text(stdout), stderr: text(stderr) }
  }

  #mainClass(tool) {
    return mainClasses[tool].find((name) => this.#index.has(`${name.replaceAll('.', '/')}.class`))
  }
}

function indexOf(line) {
  const jars = readdirSync(jarsOf(line)).filter((name) => /^(kafka(_2\.13|-tools|-server)?|zookeeper)-\d/.test(name))
  const names = jars.map((jar) =>
    execFileSync('unzip', ['-Z1', join(jarsOf(line), jar)], { encoding: 'utf8', maxBuffer: 2 ** 26 }),
  )
  return new Set(names.join('\n').split('\n'))
}
