// What a process occupies, from /proc.
import { readdirSync, readFileSync } from 'node:fs'

const sampleMs = 20
export const mebibyte = 1024 * 1024

/** Resident memory in bytes. */
export function residentBytes(pid) {
  const [, kibibytes] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m) ?? []
  return Number(kibibytes) * 1024
}

/** How many file descriptors it has open. */
export function openFiles(pid) {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Samples resident memory until `stop()`, which gives the largest value seen. */
export function watchMemory(pid) {
  let peak = residentBytes(pid)
  const sample = () => {
    peak = Math.max(peak, residentBytes(pid))
  }
  const timer = setInterval(sample, sampleMs)
  return {
    stop() {
      clearInterval(timer)
      sample()
      return peak
    },
  }
}

export function inMebibytes(bytes) {
  return `${(bytes / mebibyte).toFixed(1)} MiB`
}
