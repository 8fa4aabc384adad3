/** Which servers this user runs on this machine: a file for each, so that `kafka-server-stop` and its siblings find them. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '@millrace/broker'

export type ServerKind = 'kafka' | 'zookeeper'

/** What stands before the pid in the name of a server's file. */
const prefixes: Readonly<Record<ServerKind, string>> = { kafka: '', zookeeper: 'zookeeper-' }

/** The same in every login of the user, unlike a session's own runtime folder. */
function folder(): string {
  return process.env['MILLRACE_RUN_DIR'] ?? join(tmpdir(), `millrace-${process.getuid?.() ?? 'user'}`)
}

/** Notes that this process runs a server. Returns what takes the note back. A note that cannot be written is no more than a warning. */
export function registerServer(kind: ServerKind, logger: Logger): () => void {
  const file = join(folder(), `${prefixes[kind]}${process.pid}`)
  try {
    mkdirSync(folder(), { recursive: true, mode: 0o700 })
    writeFileSync(file, startTime(process.pid) ?? '')
  } catch (error) {
    logger.warn(`${kind}-server-stop will not find this server`, { reason: String(error) })
  }
  return () => rmSync(file, { force: true })
}

/** Asks every living server of a kind to shut down cleanly. Exit code 1 if there is none. */
export function stopServers(kind: ServerKind): void {
  const pids = runningServers(kind)
  if (pids.length === 0) {
    console.error(`No ${kind} server to stop`)
    process.exitCode = 1
  }
  for (const pid of pids) process.kill(pid, 'SIGTERM')
}

/** The pids of living servers of a kind. Forgets the dead ones, also those whose pid belongs to another process now. */
function runningServers(kind: ServerKind): number[] {
  const pids: number[] = []
  for (const name of listFolder()) {
    const pid = pidIn(name, kind)
    if (pid === undefined) continue
    const file = join(folder(), name)
    if (isAlive(pid) && readFileSync(file, 'utf8') === (startTime(pid) ?? '')) pids.push(pid)
    else rmSync(file, { force: true })
  }
  return pids
}

function pidIn(name: string, kind: ServerKind): number | undefined {
  const prefix = prefixes[kind]
  const pid = name.slice(prefix.length)
  return name.startsWith(prefix) && /^\d+$/.test(pid) ? Number(pid) : undefined
}

function listFolder(): string[] {
  try {
    return readdirSync(folder())
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
