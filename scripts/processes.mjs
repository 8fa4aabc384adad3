// Tells whether a process that was noted down still lives, or another one has its pid by now.
import { readFileSync } from 'node:fs'

/** When a process started, in the system's own count; '' where the system does not tell. */
export function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return ''
  }
}

export function isAlive(pid, started) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code !== 'EPERM') return false
  }
  return startTime(pid) === started
}
