// One load on a broker, watched from outside: its resident memory before, at its highest and after, and a probe beside
// it that must be served all the while.
import assert from 'node:assert/strict'
import { startProbe } from '../lib/probe.mjs'
import { inMebibytes, mebibyte, residentBytes, watchMemory } from '../lib/process-memory.mjs'
import { until } from '../lib/programs.mjs'
import { createTopics, RawClient } from '../lib/raw.mjs'

const allowedGrowth = 256 * mebibyte
/**
 * What may stay behind: compiled code, freed memory that the allocator keeps, and small buffers that nobody uses, which V8
 * collects when there are some 64 MiB more of them. The loads of a broker are measured against what it had before the
 * first of them, so that nothing can add up unseen.
 */
const allowedRemainder = 192 * mebibyte
const probeLimitMs = 5000
const givenBackWithinMs = 30_000

/** What an idle broker occupies: its topic for probes is there, and its code has been compiled by a little use. */
export async function settle(broker) {
  const client = await RawClient.connect(broker.bootstrap)
  await createTopics(client, [{ name: 'probe' }])
  client.close()
  const probe = await startProbe(broker.bootstrap, 'probe')
  await sleep(2000)
  await probe.stop()
  await sleep(1000)
  return residentBytes(broker.pid)
}

/**
 * Runs `load`, which resolves to a function that ends it, and checks the bounds. `holdMs`: how long the load is held
 * before it is ended.
 */
export async function underLoad(t, broker, idle, load, { holdMs = 3000 } = {}) {
  const before = residentBytes(broker.pid)
  const memory = watchMemory(broker.pid)
  const probe = await startProbe(broker.bootstrap, 'probe')
  const startedAt = performance.now()
  const end = await load()
  await sleep(holdMs)
  const during = await probe.report()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  await end()
  const peak = memory.stop()
  const wanted = idle + allowedRemainder
  await until(() => residentBytes(broker.pid) < wanted, { timeoutMs: givenBackWithinMs }).catch(() => {})
  const afterwards = await servedAfterwards(probe)
  const left = residentBytes(broker.pid)
  t.diagnostic(
    `resident: idle ${inMebibytes(idle)}, before ${inMebibytes(before)}, peak ${inMebibytes(peak)} (idle + ${inMebibytes(peak - idle)}), after ${inMebibytes(left)}; ` +
      `${seconds} s; probe: ${during.rounds} rounds, median ${during.medianMs} ms, at most ${during.maxMs} ms, ${during.errors.length} errors`,
  )
  assert.deepEqual(during.errors, [], 'the probe beside the load')
  assert.ok(during.maxMs < probeLimitMs, `the probe beside the load took ${during.maxMs} ms`)
  assert.ok(peak - idle <= allowedGrowth, `idle + ${inMebibytes(peak - idle)}`)
  assert.ok(left <= wanted, `${inMebibytes(left)} after the load, ${inMebibytes(idle)} idle`)
  assert.deepEqual(afterwards.errors, [], 'the probe after the load')
  assert.ok(afterwards.rounds > 0, 'the probe is served after the load')
}

/** What the probe measures until it has been served again, or has waited for too long. */
async function servedAfterwards(probe) {
  await probe.report()
  const deadline = performance.now() + probeLimitMs
  for (;;) {
    await sleep(500)
    const report = await probe.report()
    if (report.rounds === 0 && report.errors.length === 0 && performance.now() < deadline) continue
    await probe.stop()
    return report
  }
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
