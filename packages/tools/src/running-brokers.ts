/** Which brokers this user runs on this machine: a file for each, so that `kafka-server-stop` finds them. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '@millrace/broker'

/** The same in every login of the user, unlike a session's own runtime folder. */
function folder(): string {
  return process.env['MILLRACE_RUN_DIR'] ?? join(tmpdir(), `millrace-${process.getuid?.() ?? 'user'}`)
}

/** Notes that this process runs a broker. Returns what takes the note back. A note that cannot be written is no more than a warning. */
export function registerBroker(logger: Logger): () => void {
  const file = join(folder(), String(process.pid))
  try {
    mkdirSync(folder(), { recursive: true, mode: 0o700 })
    writeFileSync(file, startTime(process.pid) ?? '')
  } catch (error) {
    logger.warn('kafka-server-stop will not find this broker', { reason: String(error) })
  }
  return () => rmSync(file, { force: true })
}

/** The pids of living brokers. Forgets the dead ones, also those whose pid belongs to another process now. */
export function runningBrokers(): number[] {
  const pids: number[] = []
  for (const name of listFolder()) {
    const file = join(folder(), name)
    const pid = Number(name)
    if (isAlive(pid) && readFileSync(file, 'utf8') === (startTime(pid) ?? '')) pids.push(pid)
    else rmSync(file, { force: true })
  }
  return pids
}

function listFolder(): string[] {
  try {
    return readdirSync(folder()).filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process started, in the system's own count: tells it from a later one with the same pid. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
