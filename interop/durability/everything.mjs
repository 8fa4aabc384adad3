// kill -9 in a loop under everything at once: after each restart every invariant is checked (actors/). Some rounds are
// killed again while they start, some are stopped with SIGTERM. INTEROP_KILL_ROUNDS sets the number of rounds;
// INTEROP_SEED makes the same choices again (the moments of the kills are still the machine's).
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startBroker, target } from '../lib/brokers.mjs'
import { seeded } from './random.mjs'
import { Workload } from './workload.mjs'

const rounds = Number(process.env.INTEROP_KILL_ROUNDS ?? 50)
const seed = Number(process.env.INTEROP_SEED ?? Date.now() % 1_000_000)
const answersEachRound = 300
const properties = {
  'log.segment.delete.delay.ms': 500,
  'log.retention.check.interval.ms': 1000,
  'auto.create.topics.enable': false,
}
/** What a broker may say while it recovers; anything else of this level is a fault. */
const worries = /^\[.*\] (ERROR|FATAL).*$/gm

if (target === 'millrace') {
  test(`kill -9 ${rounds} times under everything at once (seed ${seed})`, async (t) => {
    const random = seeded(seed)
    const broker = await startBroker({ properties })
    after(() => broker.dispose())
    const workload = new Workload(broker.bootstrap, random)
    await workload.prepare()
    const starts = []
    for (let round = 0; round < rounds; round++) {
      const when = `seed ${seed}, round ${round}`
      await runRound(workload, random)
      const isOrderly = random.chance(0.15)
      if (isOrderly) await broker.stop()
      else await broker.kill()
      await workload.ended()
      if (random.chance(0.2)) await killedWhileStarting(broker, random)
      const startedAt = performance.now()
      await broker.start()
      starts.push(performance.now() - startedAt)
      await workload.verify(when, { dataDir: broker.dataDir })
      assert.deepEqual(broker.output.match(worries) ?? [], [], when)
    }
    starts.sort((a, b) => a - b)
    const [median, most] = [starts[starts.length >> 1], starts.at(-1)].map(Math.round)
    t.diagnostic(`starts: median ${median} ms, at most ${most} ms; answered: ${JSON.stringify(workload.acknowledged)}`)
  })
}

/** Lets the load run for some answers. */
async function runRound(workload, random) {
  let failed
  workload.start((error) => {
    failed ??= error
  })
  const wanted = workload.total + answersEachRound + random.below(answersEachRound)
  const deadline = performance.now() + 30_000
  while (workload.total < wanted) {
    if (failed !== undefined) throw failed
    assert.ok(performance.now() < deadline, `the load makes no progress: ${JSON.stringify(workload.acknowledged)}`)
    await sleep(1)
  }
}

async function killedWhileStarting(broker, random) {
  const starting = broker.start().catch(() => {})
  await sleep(random.below(500))
  await broker.kill()
  await starting
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
