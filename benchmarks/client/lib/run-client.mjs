// One measurement: one client, one workload, one process, on a topic of its own if it produces; and whether the records that
// it counted are there.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { mustRun } from '../../../interop/lib/programs.mjs'
import { onCores } from '../../lib/cores.mjs'
import { createTopic, deleteTopic, endOffset } from '../../lib/wire.mjs'
import { recordCounts } from '../workloads.mjs'
import { javaConsume, javaStream } from './java-loads.mjs'
import { checksumOf } from './sequence.mjs'

const program = fileURLToPath(new URL('../programs/load.mjs', import.meta.url))
const timeoutMs = 90_000
/** Java compiles for seconds: its streams are long enough for that. */
const javaSeconds = { full: 6, quick: 3 }
const javaRates = { 1024: 100_000, 100: 450_000 }

let runs = 0

/** `context`: `{ server, cores, size, cpuProfDir }`. Resolves to `{ [metric]: number }`. Errors: what does not add up. */
export async function measure(workload, client, context) {
  runs++
  if (workload.topic !== undefined) return await consume(workload, client, context)
  return await produce(workload, client, context)
}

/** Fills a topic with `records` numbered records by our client, which checks nothing of what the consumers are asked for. */
export async function fill({ topic, records, valueBytes, valueKind, settings, client }, { server, cores }) {
  await createTopic(server.port, topic)
  const { adapter, module } = client
  // Batches as Java's producer makes them.
  const like = { lingerMode: 'strict', ...settings }
  const options = { load: 'fill', adapter, module, topic, records, valueBytes, valueKind, settings: like }
  const { acknowledged } = await runProgram(client, { bootstrap: server.bootstrap, ...options }, { cores })
  await checkEnd(server, topic, acknowledged)
}

async function produce(workload, client, context) {
  const { server, cores, size } = context
  const topic = `${workload.name}-${client.name}-${runs}`
  await createTopic(server.port, topic)
  try {
    const { bootstrap } = server
    const { valueBytes } = workload
    const result =
      client.name === 'java'
        ? await javaStream({ cores, bootstrap, topic, valueBytes, records: javaSeconds[size] * javaRates[valueBytes] })
        : await runProgram(client, { ...optionsOf(workload, client, context), topic }, context)
    await checkEnd(server, topic, result.acknowledged)
    if (result.missing > 0) throw new Error(`${result.missing} records did not arrive`)
    return metricsOf(workload, result)
  } finally {
    await deleteTopic(server.port, topic)
  }
}

async function consume(workload, client, context) {
  const { cores, server, size } = context
  const { topic } = workload
  const records = recordsFor(client, topic, size)
  const groupId = `${workload.name}-${client.name}-${runs}`
  if (client.name === 'java') {
    return metricsOf(workload, await javaConsume({ cores, bootstrap: server.bootstrap, topic, groupId, records }))
  }
  const result = await runProgram(client, { ...optionsOf(workload, client, context), topic, groupId, records }, context)
  if (workload.load === 'consume') {
    if (result.records !== records) throw new Error(`it got ${result.records} of ${records} records`)
    if (!result.isInOrder) throw new Error('its records were not in order')
    if (result.checksum !== checksumOf(records)) throw new Error('its records were not those that were sent')
  }
  return metricsOf(workload, result)
}

/** Half of the topic for those who are slow, so that nobody works for a minute. */
export function recordsFor({ isFast }, topic, size) {
  return recordCounts[size][topic][isFast ? 0 : 1]
}

function optionsOf({ name, load, valueBytes, warmupMs, measureMs, settings = {} }, client, { server, size }) {
  return {
    adapter: client.adapter,
    module: client.module,
    way: client.way,
    bootstrap: server.bootstrap,
    load,
    valueBytes,
    warmupMs: warmupMs?.[size],
    measureMs: measureMs?.[size],
    groupId: `${name}-${client.name}-${runs}`,
    settings: { ...client.settings, ...settings[client.name] },
  }
}

async function runProgram({ name, node = process.execPath }, options, { cores, cpuProfDir }) {
  const profiling = cpuProfDir && name.startsWith('ours') ? ['--cpu-prof', '--cpu-prof-dir', cpuProfDir] : []
  if (profiling.length > 0) mkdirSync(cpuProfDir, { recursive: true })
  const startedAtMs = performance.timeOrigin + performance.now()
  const command = onCores(cores.clients, node, [...profiling, program, JSON.stringify(options)])
  const output = await mustRun(...command, { timeoutMs })
  const result = JSON.parse(output.trimEnd().split('\n').at(-1))
  return result.atMs === undefined ? result : { ...result, sinceStartMs: result.atMs - startedAtMs }
}

async function checkEnd({ port }, topic, acknowledged) {
  const stored = await endOffset(port, topic)
  if (stored !== acknowledged) throw new Error(`${acknowledged} records were acknowledged, ${stored} are there`)
}

function metricsOf({ shown }, result) {
  const { records, seconds, cpuUs } = result
  const all = { ...result, perSecond: records / seconds, cpuUs: cpuUs / records }
  return Object.fromEntries(
    shown.filter((metric) => Number.isFinite(all[metric])).map((metric) => [metric, all[metric]]),
  )
}
