// Apache's own performance tools, all of one version (Kafka 4.x's, which know how to warm up) against every broker.
// They are run on the cores of the clients; their output is parsed by the pure functions at the end.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { jarsOf } from '../../interop/lib/java.mjs'
import { interopDir } from '../../interop/lib/paths.mjs'
import { mustRun } from '../../interop/lib/programs.mjs'
import { onCores } from './cores.mjs'

export const clientLine = 'kafka-4.x'
const toolTimeoutMs = 600_000

export function hasJava() {
  return spawnSync('java', ['-version']).status === 0
}

/**
 * ProducerPerformance. `throughput` −1: as fast as it can. `warmupRecords` are sent before the `records` and are left out
 * of rates and latencies. `config`: what the producer gets beyond its defaults (which are acks=all and idempotence).
 * Resolves to `{ perSecond, meanMs, maxMs, p50Ms, p95Ms, p99Ms, p999Ms, records }`, the latter with the warm-up.
 */
export async function produce({
  server,
  cores,
  topic,
  records,
  recordSize,
  throughput = -1,
  warmupRecords = 0,
  config = {},
}) {
  const output = await runTool(cores, 'ProducerPerformance', [
    ...['--bootstrap-server', server.bootstrap, '--topic', topic, '--record-size', recordSize],
    ...['--num-records', records + warmupRecords, '--throughput', throughput, '--reporting-interval', 600_000],
    ...(warmupRecords > 0 ? ['--warmup-records', warmupRecords] : []),
    ...(Object.keys(config).length > 0 ? ['--command-property', ...properties(config)] : []),
  ])
  return { ...parseProducer(output), records: records + warmupRecords }
}

/** ConsumerPerformance with its defaults, from the first record on. Resolves to `{ perSecond, records }`. */
export async function consume({ server, cores, topic, records }) {
  const output = await runTool(cores, 'ConsumerPerformance', [
    ...['--bootstrap-server', server.bootstrap, '--topic', topic, '--num-records', records],
    ...['--timeout', 30_000, '--reporting-interval', 600_000],
  ])
  const parsed = parseConsumer(output)
  if (parsed.records < records) throw new Error(`ConsumerPerformance got ${parsed.records} of ${records} records`)
  return parsed
}

/** EndToEndLatency: one record after the other, from `send` to `poll`. Resolves to `{ meanMs, p50Ms, p99Ms, p999Ms }`. */
export async function endToEnd({ server, cores, topic, records, recordSize }) {
  return parseEndToEnd(await runTool(cores, 'EndToEndLatency', [server.bootstrap, topic, records, 'all', recordSize]))
}

function runTool(cores, name, args) {
  const logging = join(interopDir, 'apache', 'logging', 'log4j2.properties')
  const java = ['-Xms512m', '-Xmx512m', `-Dlog4j2.configurationFile=${logging}`, '-cp', join(jarsOf(clientLine), '*')]
  const command = [...java, `org.apache.kafka.tools.${name}`, ...args.map(String)]
  return mustRun(...onCores(cores.clients, 'java', command), { timeoutMs: toolTimeoutMs })
}

function properties(config) {
  return Object.entries(config).map(([key, value]) => `${key}=${value}`)
}

/** The last summary is that of the steady state, where there was a warm-up. */
export function parseProducer(output) {
  const number = '([\\d.]+)'
  const summary = new RegExp(
    `${number} records/sec .*?${number} ms avg latency, ${number} ms max latency, ` +
      `${number} ms 50th, ${number} ms 95th, ${number} ms 99th, ${number} ms 99\\.9th`,
    'g',
  )
  const found = [...output.matchAll(summary)].at(-1)
  if (!found) throw new Error(`ProducerPerformance said:\n${output}`)
  const [perSecond, meanMs, maxMs, p50Ms, p95Ms, p99Ms, p999Ms] = found.slice(1).map(Number)
  return { perSecond, meanMs, maxMs, p50Ms, p95Ms, p99Ms, p999Ms }
}

/** A header, then a line of numbers. The rate is that of fetching, without the time in which the group was joined. */
export function parseConsumer(output) {
  const lines = output.split('\n').map((line) => line.split(',').map((cell) => cell.trim()))
  const header = lines.findIndex((cells) => cells.includes('data.consumed.in.nMsg'))
  const values = lines[header + 1]
  if (header < 0 || values?.length !== lines[header].length) throw new Error(`ConsumerPerformance said:\n${output}`)
  const value = (name) => Number(values[lines[header].indexOf(name)])
  return { perSecond: value('fetch.nMsg.sec'), records: value('data.consumed.in.nMsg') }
}

export function parseEndToEnd(output) {
  const mean = output.match(/Avg latency: ([\d.]+) ms/)
  const percentiles = output.match(/Percentiles: 50th = ([\d.]+), 99th = ([\d.]+), 99\.9th = ([\d.]+)/)
  if (!mean || !percentiles) throw new Error(`EndToEndLatency said:\n${output}`)
  const [p50Ms, p99Ms, p999Ms] = percentiles.slice(1).map(Number)
  return { meanMs: Number(mean[1]), p50Ms, p99Ms, p999Ms }
}
