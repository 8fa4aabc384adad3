import { readFile } from 'node:fs/promises'
import { hasCode } from '../disk/disk.js'

/** A process, so that another one that got the same id later is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number
  /** Differs between processes of one id. Empty where the system does not tell. */
  readonly started: string
}

/** The processes of this machine, as far as locks on directories need to know. */
export interface ProcessTable {
  self(): Promise<ProcessIdentity>
  /** The process that has this id now; `undefined` if there is none. */
  find(pid: number): Promise<ProcessIdentity | undefined>
  /** Who holds a POSIX lock on the file, as Java's FileChannel.lock takes: its process id, 0 if that is not known. */
  findLockHolder(fileId: string): Promise<number | undefined>
}

/** Asks /proc; where there is none, whether a process can be signalled. */
export class NodeProcessTable implements ProcessTable {
  async self(): Promise<ProcessIdentity> {
    return (await this.find(process.pid)) ?? { pid: process.pid, started: '' }
  }

  async find(pid: number): Promise<ProcessIdentity | undefined> {
    if (!isAlive(pid)) return undefined
    const stat = await readText(`/proc/${pid}/stat`)
    // The name, in parentheses, may have spaces; the start time is the twentieth field behind it.
    const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    const boot = await readText('/proc/sys/kernel/random/boot_id')
    return { pid, started: ticks === undefined || boot === undefined ? '' : `${boot.trim()}/${ticks}` }
  }

  async findLockHolder(fileId: string): Promise<number | undefined> {
    const locks = await readText('/proc/locks')
    for (const line of locks?.split('\n') ?? []) {
      // 1: POSIX  ADVISORY  WRITE 1234 08:01:5678 0 EOF
      const match = /^\d+: POSIX\s+\S+\s+WRITE\s+(-?\d+)\s+(\S+)\s/.exec(line)
      if (match?.[2] === fileId) return Math.max(0, Number(match[1]))
    }
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
