/** The faults of a simulated disk: operations that fail or stall where a test says so, and the list of all calls. */

/** What an operation is called in faults. */
export type DiskOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'datasync'
  | 'truncate'
  | 'rename'
  | 'unlink'
  | 'mkdir'
  | 'readdir'
  | 'syncDirectory'

/** One operation about to happen. */
export interface DiskCall {
  readonly operation: DiskOperation
  readonly path: string
}

interface Fault {
  readonly matches: (call: DiskCall) => boolean
  readonly code: string
  left: number
}

/** See above. */
export class DiskFaults {
  /** Calls made, for tests that count syncs. */
  readonly calls: DiskCall[] = []
  readonly #faults: Fault[] = []
  readonly #stalls: { readonly matches: (call: DiskCall) => boolean; readonly until: Promise<void> }[] = []

  /** Lets operations fail with this code. */
  fail(code: string, matches: (call: DiskCall) => boolean, times: number): void {
    this.#faults.push({ matches, code, left: times })
  }

  /** Ends all failures that were asked for. */
  repair(): void {
    this.#faults.length = 0
  }

  /** Holds operations back until the function that is returned is called. */
  stall(matches: (call: DiskCall) => boolean): () => void {
    let release: () => void = () => undefined
    const until = new Promise<void>((resolve) => {
      release = resolve
    })
    const stall = { matches, until }
    this.#stalls.push(stall)
    return () => {
      this.#stalls.splice(this.#stalls.indexOf(stall), 1)
      release()
    }
  }

  /** Waits where a stall says so, then fails where a fault says so. */
  async begin(operation: DiskOperation, path: string): Promise<void> {
    const call: DiskCall = { operation, path }
    this.calls.push(call)
    await Promise.resolve()
    for (const stall of [...this.#stalls]) if (stall.matches(call)) await stall.until
    for (const fault of this.#faults) {
      if (fault.left === 0 || !fault.matches(call)) continue
      fault.left -= 1
      throw diskError(fault.code, path)
    }
  }
}

/** An error as the system gives it. */
export function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${path}`), { code })
}
