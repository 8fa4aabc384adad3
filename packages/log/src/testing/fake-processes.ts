import type { ProcessIdentity, ProcessTable } from '../manager/process-table.js'

/** Processes that live and die as the test says. */
export class FakeProcesses implements ProcessTable {
  readonly #alive = new Map<number, ProcessIdentity>()
  readonly #lockHolders = new Map<string, number>()
  #self: ProcessIdentity

  constructor(pid: number, started = 'boot/1') {
    this.#self = { pid, started }
    this.#alive.set(pid, this.#self)
  }

  /** This is another process now; the one before still lives. */
  become(pid: number, started = 'boot/1'): void {
    this.#self = { pid, started }
    this.#alive.set(pid, this.#self)
  }

  kill(pid: number): void {
    this.#alive.delete(pid)
  }

  /** Somebody holds a POSIX lock on the file. */
  lock(fileId: string, pid: number): void {
    this.#lockHolders.set(fileId, pid)
  }

  self(): Promise<ProcessIdentity> {
    return Promise.resolve(this.#self)
  }

  find(pid: number): Promise<ProcessIdentity | undefined> {
    return Promise.resolve(this.#alive.get(pid))
  }

  findLockHolder(fileId: string): Promise<number | undefined> {
    return Promise.resolve(this.#lockHolders.get(fileId))
  }
}
