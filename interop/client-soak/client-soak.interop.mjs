// The soak of @millrace/client: producers and groups of every kind for as long as MILLRACE_CLIENT_SOAK_MINUTES says (2 by default),
// while the broker is restarted, killed and stopped, and connections fall silent, break and are slow. No record that was
// acknowledged is lost, doubled or out of order, no consumer stands still, memory stays bounded, and everything ends when it
// is closed. Brokers with transactions are asked for exactly-once as well.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KafkaAdminClient } from '../../packages/client/dist/index.js'
import { seeded } from '../durability/random.mjs'
import { startBroker, target } from '../lib/brokers.mjs'
import { inMebibytes, mebibyte, residentBytes } from '../lib/process-memory.mjs'
import { startChaosProxy } from './chaos-proxy.mjs'
import { Faults } from './faults.mjs'
import { killedGroup, partitionCount, requestTimeoutMs, sessionTimeoutMs, sleep, topic } from './settings.mjs'
import { StallWatch } from './stall-watch.mjs'
import { transformedTopic, writtenTopic } from './transactions.mjs'

const minutes = Number(process.env.MILLRACE_CLIENT_SOAK_MINUTES ?? 2)
const seed = Number(process.env.INTEROP_SEED ?? Date.now() % 1_000_000)
/**
 * A connection that hangs, and the next one as well, while connections are struck every few seconds. In a group that loses a
 * member without a word, partitions wait for the end of its session, and for a rebalance that is struck too.
 */
const stallLimitMs = 2 * requestTimeoutMs + 8000
const stallLimitAfterKillMs = stallLimitMs + sessionTimeoutMs + 2 * requestTimeoutMs
const allowedGrowthBytes = 100 * mebibyte
/** Reading and checking all that was written. */
const finishMs = 120_000 + minutes * 10_000
const exitMs = 10_000
const hasTransactions = target !== 'millrace'
/** After kill -9 an Apache broker finds its own node still in ZooKeeper, and gives up. */
const canBeKilled = !['apache-2.5', 'apache-3.9'].includes(target)

test(`${minutes} minutes of every kind of client (seed ${seed})`, {
  timeout: minutes * 60_000 + 400_000,
}, async (t) => {
  const random = seeded(seed)
  const folder = mkdtempSync(join(tmpdir(), 'millrace-client-soak-'))
  t.after(() => rmSync(folder, { recursive: true }))
  let faults
  // Before the broker is disposed of, which it must not start again.
  t.after(() => faults?.stop().catch(() => {}))
  const { broker, proxy } = await startBehindProxy(t)
  const bootstrap = `127.0.0.1:${proxy.port}`
  await createTopics(bootstrap)

  faults = new Faults({ broker, proxy, random, canBeKilled, forgetsSequences: target !== 'millrace' })
  const watch = new StallWatch(
    () => faults.clearMs,
    (name) => (name.startsWith(killedGroup) ? stallLimitAfterKillMs : stallLimitMs),
  )
  const killedFile = join(folder, 'seen')
  closeSync(openSync(killedFile, 'a'))
  const load = startProcess(t, 'load.mjs', [bootstrap, killedFile, hasTransactions ? 'yes' : 'no'])
  const victim = new Victim(t, [bootstrap, killedFile], { watch, faults })
  let failures = []
  load.on('message', (report) => {
    watch.report('load', report.counts ?? {})
    failures = report.failures
  })
  victim.start()
  faults.start()
  const memory = await watchOver({ load, victim, watch, faults, random, failures: () => failures })
  await faults.stop()
  await victim.stop()
  const { summary, longestMs } = await finish(load, () => failures)
  tell(t, { summary, faults, watch, longestMs, memory, victim })
  checkMemory(memory)
})

/** The broker tells everybody of the proxy only: itself too, where it is its own controller. */
async function startBehindProxy(t) {
  const proxy = await startChaosProxy()
  t.after(() => proxy.close())
  const broker = await startBroker({
    properties: (port) => {
      proxy.toPort = port
      return {
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}`,
        'group.initial.rebalance.delay.ms': 500,
        'auto.create.topics.enable': false,
      }
    },
  })
  t.after(() => broker.dispose())
  return { broker, proxy }
}

async function createTopics(bootstrap) {
  const admin = new KafkaAdminClient({ 'bootstrap.servers': bootstrap })
  const names = hasTransactions ? [topic, writtenTopic, transformedTopic] : [topic]
  await admin.createTopics(names.map((name) => ({ name, numPartitions: partitionCount, replicationFactor: 1 })))
  await admin.close()
}

function startProcess(t, file, args) {
  const child = fork(new URL(file, import.meta.url), args, {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}

/** The member that is killed and started again. */
class Victim {
  deaths = 0
  #t
  #args
  #watch
  #faults
  #child

  constructor(t, args, { watch, faults }) {
    this.#t = t
    this.#args = args
    this.#watch = watch
    this.#faults = faults
  }

  start() {
    const name = `victim ${this.deaths}`
    this.#child = startProcess(this.#t, 'member.mjs', this.#args)
    this.#child.on('message', ({ counts }) => {
      const named = Object.entries(counts).map(([partition, count]) => [`killed/${partition}`, count])
      this.#watch.report(name, Object.fromEntries(named))
    })
  }

  async kill() {
    const child = this.#child
    assert.equal(child.exitCode, null, 'the member of the killed group has ended by itself')
    child.kill('SIGKILL')
    await once(child, 'exit')
    this.#faults.note('a member is killed')
    this.deaths++
  }

  /** In peace: it closes its consumer and ends by itself. */
  async stop() {
    await mustExit(this.#child, 'the member of the killed group', () => this.#child.disconnect())
  }
}

/** Until the time is over: kills the victim now and then, and gives samples of memory, one for every fortieth of the time. */
async function watchOver({ load, victim, watch, faults, random, failures }) {
  const startedAt = performance.now()
  const endAt = startedAt + minutes * 60_000
  const memory = []
  let killAt = startedAt + 15_000
  while (performance.now() < endAt) {
    await sleep(250)
    const elapsed = performance.now() - startedAt
    if (elapsed > (memory.length * minutes * 60_000) / 40) memory.push(residentBytes(load.pid))
    const when = () => `at ${Math.round(performance.now() / 1000)} s, after ${faults.recent.join(', ')}`
    assert.deepEqual(failures(), [], when())
    assert.deepEqual(watch.stalled(), [], when())
    assert.equal(load.exitCode, null, 'the process of the clients has ended')
    if (performance.now() > killAt) {
      await victim.kill()
      await sleep(random.below(3000))
      victim.start()
      killAt = performance.now() + 15_000 + random.below(15_000)
    }
  }
  return memory
}

/** The clients send what they have, read to the end, check everything, close, and their process ends by itself. */
async function finish(load, failures) {
  const ended = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the clients did not come to their end: ${failures()}`)), finishMs)
    load.on('message', (report) => {
      if (report.counts !== undefined) return
      clearTimeout(timer)
      resolve(report)
    })
    load.once('exit', (code) => reject(new Error(`the process of the clients ended with ${code}: ${failures()}`)))
  })
  load.send('finish')
  const report = await ended
  await mustExit(load, 'the process of the clients', () => {})
  assert.deepEqual(report.failures, [])
  return report
}

async function mustExit(child, what, ask) {
  const exited = child.exitCode === null ? once(child, 'exit') : [child.exitCode]
  ask()
  const late = sleep(exitMs).then(() => ['it is still there'])
  const [code] = await Promise.race([exited, late])
  assert.equal(code, 0, what)
}

function checkMemory(memory) {
  const early = Math.max(...memory.slice(0, memory.length / 4))
  const late = Math.min(...memory.slice(-memory.length / 4))
  assert.ok(
    late < early + allowedGrowthBytes,
    `resident memory grew from ${inMebibytes(early)} to ${inMebibytes(late)}`,
  )
}

function tell(t, { summary, faults, watch, longestMs, memory, victim }) {
  t.diagnostic(summary)
  t.diagnostic(`faults: ${JSON.stringify(faults.counts)}; ${victim.deaths} times a member was killed`)
  t.diagnostic(`the longest without progress, in ms: ${JSON.stringify(watch.longestByKind)}`)
  t.diagnostic(`the longest calls, in ms: ${JSON.stringify(longestMs)}`)
  const samples = memory.filter((_, index) => index % 4 === 0).map((bytes) => Math.round(bytes / mebibyte))
  t.diagnostic(`resident memory of the clients: ${samples.join(' ')} MiB`)
}
