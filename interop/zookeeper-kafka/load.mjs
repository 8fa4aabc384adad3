// The load that brokers carry while something happens to them: numbered records, written with acks=all by one of Apache's
// programs, which tells what was acknowledged, and read by a group of two others.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../lib/programs.mjs'

const clientProperties = 'retries=2147483647\ndelivery.timeout.ms=120000\nlinger.ms=5\n'

/** Runs from its construction on. `tools` are those of a line, `home` a folder for a file. */
export class Load {
  #producer
  #consumers

  constructor(tools, { topic, group, bootstrap, home }) {
    const config = join(home, 'load.properties')
    writeFileSync(config, clientProperties)
    const old = tools.line === 'kafka-2.5'
    this.#producer = tools.start('kafka-verifiable-producer', [
      ...[old ? '--broker-list' : '--bootstrap-server', bootstrap, '--topic', topic, '--acks', '-1'],
      ...['--throughput', '100', '--producer.config', config],
    ])
    const read = ['--bootstrap-server', bootstrap, '--topic', topic, '--group', group, '--from-beginning']
    this.#consumers = [1, 2].map(() => tools.start('kafka-console-consumer', read))
  }

  /** The numbers that were acknowledged. */
  get acknowledged() {
    return numbersIn(this.#producer.stdout, /"producer_send_success".*"value":"(\d+)"/)
  }

  get read() {
    return new Set(this.#consumers.flatMap(({ stdout }) => [...numbersIn(stdout, /^(\d+)$/)]))
  }

  /** Until so many more were acknowledged. */
  async more(count) {
    const before = this.acknowledged.size
    await until(() => this.acknowledged.size >= before + count, { what: `${count} more acknowledged`, everyMs: 200 })
  }

  /** Ends the producer; then everything that was acknowledged must come to the group. */
  async allRead() {
    this.#producer.kill()
    await this.#producer.exited
    const acknowledged = [...this.acknowledged]
    let missing = acknowledged
    const isComplete = () => {
      const { read } = this
      missing = missing.filter((number) => !read.has(number))
      return missing.length === 0
    }
    await until(isComplete, { everyMs: 500 }).catch(() => assert.deepEqual(missing, [], this.describe()))
    return acknowledged.length
  }

  async dispose() {
    const programs = [this.#producer, ...this.#consumers]
    for (const program of programs) program.kill('SIGKILL')
    await Promise.all(programs.map(({ exited }) => exited))
  }

  describe() {
    return [this.#producer, ...this.#consumers].map((program) => program.stderr.slice(-2000)).join('\n')
  }
}

function numbersIn(text, pattern) {
  const numbers = new Set()
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const [, number] = line.match(pattern) ?? []
    if (number !== undefined) numbers.add(Number(number))
  }
  return numbers
}
