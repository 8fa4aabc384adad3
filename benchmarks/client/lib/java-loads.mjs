// Java's clients under the loads that Apache's own tools have: a stream of records, and consuming. Their reports, one a
// second half, are what the processor time is read along with: the JVM's start and most of its compiling lie before.
import { join } from 'node:path'
import { jarsOf } from '../../../interop/lib/java.mjs'
import { interopDir } from '../../../interop/lib/paths.mjs'
import { startProgram } from '../../../interop/lib/programs.mjs'
import { onCores } from '../../lib/cores.mjs'
import { clientLine } from '../../lib/java-tools.mjs'
import { cpuUs } from '../../lib/usage.mjs'

const reportMs = 500

/** Resolves to `{ seconds, cpuUs, records, acknowledged }`: of the steady part, and all records for the broker to confirm. */
export async function javaStream({ cores, bootstrap, topic, valueBytes, records }) {
  const args = [
    ...['--bootstrap-server', bootstrap, '--topic', topic, '--record-size', valueBytes, '--num-records', records],
    ...['--throughput', -1, '--reporting-interval', reportMs],
  ]
  const samples = []
  let sent = 0
  await runTool(cores, 'ProducerPerformance', args, (line, pid) => {
    const count = producedBy(line)
    if (count === undefined || sent + count > records) return // The last line is the sum of all others.
    sent += count
    samples.push({ atMs: performance.now(), records: sent, cpuUs: cpuUs(pid) })
  })
  return { ...steadyPart(samples), acknowledged: records }
}

/** Resolves to `{ seconds, cpuUs, records }`, of the steady part. Errors: it did not get all records. */
export async function javaConsume({ cores, bootstrap, topic, groupId, records }) {
  const args = [
    ...['--bootstrap-server', bootstrap, '--topic', topic, '--group', groupId, '--num-records', records],
    ...['--timeout', 30_000, '--reporting-interval', reportMs, '--show-detailed-stats'],
  ]
  const samples = []
  await runTool(cores, 'ConsumerPerformance', args, (line, pid) => {
    if (line.startsWith('WARNING: Exiting before')) throw new Error(line)
    const count = consumedBy(line)
    if (count !== undefined) samples.push({ atMs: performance.now(), records: count, cpuUs: cpuUs(pid) })
  })
  return steadyPart(samples)
}

/** `12345 records sent, …`: how many since the line before; undefined for other lines. */
export function producedBy(line) {
  const found = line.match(/^(\d+) records sent, /)
  return found ? Number(found[1]) : undefined
}

/** `2025-01-01 …, 0, megabytes, MB/s, records, records/s, …`: how many in all; undefined for other lines. */
export function consumedBy(line) {
  const cells = line.split(',').map((cell) => cell.trim())
  return cells.length >= 6 && /^\d{4}-/.test(cells[0]) && /^\d+$/.test(cells[1]) ? Number(cells[4]) : undefined
}

/** What lies between the second report and the last one, or between what there is. */
export function steadyPart(samples) {
  const first = samples[samples.length > 3 ? 1 : 0]
  const last = samples.at(-1)
  if (samples.length < 2) throw new Error(`${samples.length} reports are too few: give Java more records`)
  return {
    seconds: (last.atMs - first.atMs) / 1000,
    cpuUs: last.cpuUs - first.cpuUs,
    records: last.records - first.records,
  }
}

async function runTool(cores, name, args, onLine) {
  const logging = join(interopDir, 'apache', 'logging', 'log4j2.properties')
  const java = ['-Xms512m', '-Xmx512m', `-Dlog4j2.configurationFile=${logging}`, '-cp', join(jarsOf(clientLine), '*')]
  const command = [...java, `org.apache.kafka.tools.${name}`, ...args.map(String)]
  const program = startProgram(...onCores(cores.clients, 'java', command), { input: '' })
  let seen = 0
  const readLines = ({ stdout }) => {
    for (let end = stdout.indexOf('\n', seen); end >= 0; end = stdout.indexOf('\n', seen)) {
      onLine(stdout.slice(seen, end), program.pid)
      seen = end + 1
    }
    return program.ended
  }
  await program.waitFor(readLines, { timeoutMs: 300_000 })
  const { code } = await program.exited
  if (code !== 0) throw new Error(program.describe())
}
