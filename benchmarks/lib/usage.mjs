// What a process has used, from /proc: processor time and memory of all its threads.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { until } from '../../interop/lib/programs.mjs'

const ticksPerSecond = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100

/** Processor time so far, user and system, in µs. It is counted in ticks of 10 ms: let a load run for a second. */
export function cpuUs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond
}

/** Resident memory in bytes: now, and the most since the process began. */
export function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = (key) => Number(status.match(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm'))[1]) * 1024
  return { rssBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') }
}

/** Runs `work` and adds what the process used meanwhile: `{ result, cpuUs }`. */
export async function whileCounting(pid, work) {
  const before = cpuUs(pid)
  const result = await work()
  return { result, cpuUs: cpuUs(pid) - before }
}

/**
 * Waits until the processes have almost nothing to do: what one load has left behind (flushes, compilation, garbage) must
 * not be charged to the next. Gives up waiting after a while: another load on this machine may never end.
 */
export async function untilQuiet(pids, { busy = 0.08, everyMs = 250, timeoutMs = 10_000 } = {}) {
  let last = new Map(pids.map((pid) => [pid, cpuUs(pid)]))
  let at = performance.now()
  const isQuiet = () => {
    const now = new Map(pids.map((pid) => [pid, cpuUs(pid)]))
    const elapsedUs = (performance.now() - at) * 1000
    const used = pids.map((pid) => now.get(pid) - last.get(pid))
    last = now
    at = performance.now()
    return elapsedUs > 100_000 && used.every((us) => us < busy * elapsedUs)
  }
  await until(isQuiet, { everyMs, timeoutMs }).catch(() => {})
}
