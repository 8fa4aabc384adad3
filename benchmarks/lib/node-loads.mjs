// The loads of java-tools.mjs without Java: the same calls, carried out by programs/load.mjs. They say how our broker
// does, not how it compares.
import { join } from 'node:path'
import { rootDir } from '../../interop/lib/paths.mjs'
import { mustRun } from '../../interop/lib/programs.mjs'
import { onCores } from './cores.mjs'

const recordOverhead = 70
const timeoutMs = 600_000

export function produce({ recordSize, config = {}, ...load }) {
  const batchSize = config['batch.size'] ?? 16_384
  const recordsPerBatch = load.throughput > 0 ? 1 : Math.max(1, Math.floor(batchSize / (recordSize + recordOverhead)))
  return runLoad('produce', { ...load, recordSize, recordsPerBatch })
}

export function consume(load) {
  return runLoad('consume', load)
}

export function endToEnd(load) {
  return runLoad('endToEnd', load)
}

async function runLoad(kind, { server, cores, ...load }) {
  const program = join(rootDir, 'benchmarks', 'programs', 'load.mjs')
  const options = JSON.stringify({ ...load, kind, port: server.port })
  return JSON.parse(await mustRun(...onCores(cores.clients, process.execPath, [program, options]), { timeoutMs }))
}
