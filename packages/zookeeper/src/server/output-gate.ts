/**
 * The one order in which a server speaks: each output waits until the transaction that it shows is on the disk, and until
 * every output before it was delivered. Outputs are delivered in a later microtask, so no caller is called back from
 * within its own call.
 */
export class OutputGate {
  #queue: { readonly zxid: bigint; readonly deliver: () => void }[] = []
  #syncedZxid: bigint
  #drainScheduled = false

  constructor(syncedZxid: bigint) {
    this.#syncedZxid = syncedZxid
  }

  /** `zxid`s of later calls are never lower. */
  push(zxid: bigint, deliver: () => void): void {
    this.#queue.push({ zxid, deliver })
    this.#schedule()
  }

  synced(zxid: bigint): void {
    this.#syncedZxid = zxid
    this.#schedule()
  }

  /** Drops what waits: it will never be on the disk. */
  clear(): void {
    this.#queue = []
  }

  #schedule(): void {
    const head = this.#queue[0]
    if (this.#drainScheduled || head === undefined || head.zxid > this.#syncedZxid) return
    this.#drainScheduled = true
    queueMicrotask(() => this.#drain())
  }

  #drain(): void {
    this.#drainScheduled = false
    const blocked = this.#queue.findIndex((output) => output.zxid > this.#syncedZxid)
    const ready = this.#queue.splice(0, blocked === -1 ? this.#queue.length : blocked)
    let delivered = 0
    try {
      for (const output of ready) {
        delivered++
        output.deliver()
      }
    } finally {
      // A listener that throws is its owner's bug; nobody else's answers may be lost for it.
      if (delivered < ready.length) {
        this.#queue = [...ready.slice(delivered), ...this.#queue]
        this.#schedule()
      }
    }
  }
}
