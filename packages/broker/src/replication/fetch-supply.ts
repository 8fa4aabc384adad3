import type { FetchPartition } from './core/fetch-session.js'
import type { CommitListener, Partition } from './partition.js'

/** What counts for the waiting fetch: nothing, or that its partition must be answered now. */
export type IsSpoilt = (partition: Partition, request: FetchPartition) => boolean

/**
 * The bytes that a waiting fetch could be answered with, kept up to date by the appends themselves. A partition counts
 * at most for what the fetch takes of it.
 */
export class FetchSupply {
  readonly #bytes = new Map<Partition, number>()
  readonly #requests = new Map<Partition, FetchPartition>()
  readonly #stops: (() => void)[] = []
  readonly #isSpoilt: IsSpoilt
  #minBytes = Number.POSITIVE_INFINITY
  #whenEnough: (() => void) | undefined
  #isSpoiltSince = false
  #hasMoved = false

  constructor(
    wanted: readonly { readonly partition: Partition; readonly request: FetchPartition }[],
    isSpoilt: IsSpoilt,
  ) {
    this.#isSpoilt = isSpoilt
    for (const { partition, request } of wanted) {
      this.#bytes.set(partition, 0)
      this.#requests.set(partition, request)
      this.#stops.push(partition.onCommit(this.#onCommit))
    }
  }

  /** There is more to read, or something else to say, than when the partitions were last read. */
  get hasMoved(): boolean {
    return this.#hasMoved
  }

  /** The partition is about to be read: what was appended until now will be in the result. */
  startOver(partition: Partition): void {
    this.#bytes.set(partition, 0)
  }

  add(partition: Partition, bytes: number): void {
    this.#bytes.set(partition, (this.#bytes.get(partition) ?? 0) + bytes)
  }

  /** Calls `listener` once, when the bytes suffice or a partition must be answered now; that may be at once. */
  whenEnough(minBytes: number, listener: () => void): void {
    this.#minBytes = minBytes
    this.#whenEnough = listener
    this.#check()
  }

  close(): void {
    this.#whenEnough = undefined
    for (const stop of this.#stops) stop()
  }

  readonly #onCommit: CommitListener = (partition, appendedBytes) => {
    const request = this.#requests.get(partition)
    if (request === undefined) return
    this.#hasMoved = true
    this.add(partition, appendedBytes)
    if (this.#isSpoilt(partition, request)) this.#isSpoiltSince = true
    this.#check()
  }

  #check(): void {
    const listener = this.#whenEnough
    if (listener === undefined) return
    if (!this.#isSpoiltSince && this.#total() < this.#minBytes) return
    this.#whenEnough = undefined
    listener()
  }

  #total(): number {
    let total = 0
    for (const [partition, bytes] of this.#bytes) {
      total += Math.min(bytes, this.#requests.get(partition)?.maxBytes ?? 0)
    }
    return total
  }
}
