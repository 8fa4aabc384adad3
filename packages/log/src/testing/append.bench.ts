/**
 * Appends to a real disk: one asynchronous write in flight, as the log does it, against synchronous writes on the
 * event loop. Prints throughput, CPU and the longest time that the loop stood still, for each.
 *
 *     node packages/log/dist/testing/append.bench.js [folder]
 */
import { writevSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { buildBatch } from '@millrace/protocol'
import { DEFAULT_LOG_CONFIG } from '../core/log-config.js'
import type { DiskFile } from '../disk/disk.js'
import { NodeDisk } from '../disk/node-disk.js'
import { nodeEnvironment } from '../node-environment.js'
import { PartitionLog } from '../partition/partition-log.js'

const ROUNDS = 5
const TOTAL_BYTES = 96 * 1024 * 1024

/** The real disk, but writes block. */
class BlockingDisk extends NodeDisk {
  override async open(path: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    const file = await super.open(path, options)
    if (!path.endsWith('.log')) return file
    const handle = await open(path, 'r+')
    return {
      path,
      read: (buffer, position) => file.read(buffer, position),
      write: (buffers, position) => {
        writevSync(handle.fd, buffers, position)
        return Promise.resolve()
      },
      datasync: () => file.datasync(),
      truncate: (size) => file.truncate(size),
      size: () => file.size(),
      close: async () => {
        await handle.close()
        await file.close()
      },
    }
  }
}

interface Case {
  readonly batchBytes: number
  readonly outstanding: number
  readonly partitions: number
  readonly totalBytes: number
}

interface Result {
  readonly mebibytesPerSecond: number
  readonly cpuMicrosPerBatch: number
  readonly longestStallMs: number
}

async function run(
  disk: NodeDisk,
  root: string,
  { batchBytes, outstanding, partitions, totalBytes }: Case,
): Promise<Result> {
  const environment = { ...nodeEnvironment(), disk }
  const logs = await Promise.all(
    Array.from({ length: partitions }, (_, index) =>
      PartitionLog.open({ environment, directory: `${root}/bench-${index}`, config: DEFAULT_LOG_CONFIG }),
    ),
  )
  const value = Buffer.alloc(1000, 'x')
  const records = Array.from({ length: Math.floor(batchBytes / 1012) }, () => ({ value, timestamp: 1 }))
  const template = buildBatch(records)
  const count = Math.floor(totalBytes / template.length)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const log = logs[next % partitions]
      next += 1
      // A buffer of its own for each, as a request has.
      const batch = Buffer.from(template)
      await log?.append({ records: batch, origin: 'client', leaderEpoch: 0, nowMs: 1 })
    }
  }
  await Promise.all(Array.from({ length: outstanding }, worker))
  const elapsedMs = performance.now() - startedAt
  const cpu = process.cpuUsage(cpuBefore)
  delay.disable()
  for (const log of logs) await log.close({ clean: false })
  await rm(root, { recursive: true })
  return {
    mebibytesPerSecond: (count * template.length) / 1024 / 1024 / (elapsedMs / 1000),
    cpuMicrosPerBatch: (cpu.user + cpu.system) / count,
    longestStallMs: delay.max / 1e6,
  }
}

function median(results: readonly Result[], field: keyof Result): number {
  return results.map((result) => result[field]).sort((a, b) => a - b)[Math.floor(results.length / 2)] ?? 0
}

function print(label: string, results: readonly Result[]): void {
  const columns = [
    label.padEnd(56),
    `${median(results, 'mebibytesPerSecond').toFixed(0).padStart(5)} MiB/s`,
    `${median(results, 'cpuMicrosPerBatch').toFixed(1).padStart(6)} µs CPU/batch`,
    `${median(results, 'longestStallMs').toFixed(1).padStart(5)} ms longest stall`,
  ]
  process.stdout.write(`${columns.join('  ')}\n`)
}

async function main(): Promise<void> {
  const folder = process.argv[2] ?? tmpdir()
  const cases: Case[] = []
  for (const batchBytes of [16 * 1024, 128 * 1024]) {
    for (const outstanding of [1, 16]) {
      for (const partitions of [1, 16]) {
        if (outstanding >= partitions) cases.push({ batchBytes, outstanding, partitions, totalBytes: TOTAL_BYTES })
      }
    }
  }
  const disks = { asynchronous: new NodeDisk(), synchronous: new BlockingDisk() }
  for (const one of cases) {
    const results = { asynchronous: [] as Result[], synchronous: [] as Result[] }
    // In turns, and the first round does not count: it warms the compiler and the page cache.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const kind of ['asynchronous', 'synchronous'] as const) {
        const root = await mkdtemp(join(folder, 'millrace-bench-'))
        const result = await run(disks[kind], root, one)
        if (round > 0) results[kind].push(result)
      }
    }
    const label = `${one.batchBytes / 1024} KiB, ${one.outstanding} outstanding, ${one.partitions} partitions`
    print(`${label}, asynchronous`, results.asynchronous)
    print(`${label}, synchronous`, results.synchronous)
  }
}

await main()
