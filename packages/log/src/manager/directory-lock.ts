/**
 * Keeps two brokers from using one log directory.
 *
 * Apache brokers hold a POSIX lock on `.lock`. Node cannot take such a lock, but /proc/locks shows who has one: an
 * Apache broker at work is respected. Our own hold is a second file with the process that has the directory,
 *
 *     .millrace.lock    4711 <boot>/<ticks>
 *
 * created exclusively, a line so short that a full disk takes it too. When that process is gone (or its id belongs to another one now), the lock is stale and is
 * taken over. Only who creates `.millrace.lock.takeover` may do that, so that of two starters only one gets it.
 *
 * An Apache broker does not look at `.millrace.lock`: nothing keeps it from starting on a directory in use here.
 */
import { type Disk, hasCode } from '../disk/disk.js'
import { unlinkIfExists } from '../disk/whole-files.js'
import { LogDirectoryError } from './log-directory-error.js'
import type { ProcessIdentity, ProcessTable } from './process-table.js'

const APACHE_LOCK = '.lock'
const LOCK = '.millrace.lock'
const TAKEOVER = '.millrace.lock.takeover'

/** A hold on a directory. */
export interface DirectoryLock {
  release(): Promise<void>
}

/** Takes the directory, or rejects with a {@link LogDirectoryError} of code LOCKED. */
export async function lockDirectory(disk: Disk, directory: string, processes: ProcessTable): Promise<DirectoryLock> {
  await refuseIfApacheHolds(disk, directory, processes)
  const self = await processes.self()
  if (!(await create(disk, `${directory}/${LOCK}`, self))) await takeOver(disk, directory, processes, self)
  return {
    release: async () => {
      const holder = await readHolder(disk, `${directory}/${LOCK}`)
      if (holder !== undefined && isSame(holder, self)) await unlinkIfExists(disk, `${directory}/${LOCK}`)
    },
  }
}

async function refuseIfApacheHolds(disk: Disk, directory: string, processes: ProcessTable): Promise<void> {
  const path = `${directory}/${APACHE_LOCK}`
  await (await disk.open(path, { create: true })).close()
  const stat = await disk.stat(path)
  const pid = stat === undefined ? undefined : await processes.findLockHolder(stat.id)
  if (pid !== undefined) throw locked(directory, pid, 'An Apache Kafka broker')
}

async function takeOver(disk: Disk, directory: string, processes: ProcessTable, self: ProcessIdentity): Promise<void> {
  await refuseIfHeld(disk, directory, LOCK, processes)
  if (!(await create(disk, `${directory}/${TAKEOVER}`, self))) {
    await refuseIfHeld(disk, directory, TAKEOVER, processes)
    // Who wanted to take over has died on the way.
    await unlinkIfExists(disk, `${directory}/${TAKEOVER}`)
    if (!(await create(disk, `${directory}/${TAKEOVER}`, self))) throw locked(directory, 0, 'Another broker')
  }
  try {
    // Between the look and the right to act, somebody else may have taken over.
    await refuseIfHeld(disk, directory, LOCK, processes)
    await unlinkIfExists(disk, `${directory}/${LOCK}`)
    if (!(await create(disk, `${directory}/${LOCK}`, self))) throw locked(directory, 0, 'Another broker')
  } finally {
    await unlinkIfExists(disk, `${directory}/${TAKEOVER}`)
  }
}

async function refuseIfHeld(disk: Disk, directory: string, name: string, processes: ProcessTable): Promise<void> {
  const holder = await readHolder(disk, `${directory}/${name}`)
  if (holder === undefined) return
  const found = await processes.find(holder.pid)
  if (found !== undefined && isSame(found, holder)) throw locked(directory, holder.pid, 'Another Millrace broker')
}

async function create(disk: Disk, path: string, holder: ProcessIdentity): Promise<boolean> {
  try {
    await disk.createExclusive(path, Buffer.from(`${holder.pid} ${holder.started}\n`))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** `undefined` if there is no file, or one that was not written to its end. */
async function readHolder(disk: Disk, path: string): Promise<ProcessIdentity | undefined> {
  const content = await disk.readExclusive(path)
  const [, pid, started] = /^([1-9]\d*) (\S*)\n$/.exec(content?.toString('latin1') ?? '') ?? []
  return pid === undefined || started === undefined ? undefined : { pid: Number(pid), started }
}

function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && (one.started === other.started || one.started === '' || other.started === '')
}

function locked(directory: string, pid: number, who: string): LogDirectoryError {
  const name = pid > 0 ? `${who} (pid ${pid})` : who
  return new LogDirectoryError('LOCKED', `${name} uses the log directory ${directory}`, { directory, pid })
}
