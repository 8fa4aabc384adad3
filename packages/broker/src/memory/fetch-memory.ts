/**
 * The memory of record batches on their way from the log to consumers: buffers that are used again.
 *
 * A fetch is given less the more is on its way, so that peers who read slowly leave something for the others. It always
 * gets one batch, as the protocol wants; who holds memory without reading loses its connection (SocketServer).
 */
import { BufferPool } from './buffer-pool.js'

/** Of what is left, one fetch gets at most this part. */
const shareOfRest = 1 / 4
/** However little is left, a fetch may read so much. */
const minFetchBytes = 64 * 1024

export class FetchMemory {
  readonly #maxBytes: number
  readonly #pool = new BufferPool()
  #usedBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of batches that were read and have not left. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Bytes of buffers that are kept for later reads. */
  get idleBytes(): number {
    return this.#pool.idleBytes
  }

  /** What the next fetch may read. */
  get allowedBytes(): number {
    return Math.max(minFetchBytes, Math.floor((this.#maxBytes - this.#usedBytes) * shareOfRest))
  }

  /** The buffers of one fetch. */
  lease(): FetchLease {
    return new FetchLease({
      take: (bytes) => {
        this.#usedBytes += bytes
        return this.#pool.take(bytes)
      },
      give: (buffer) => {
        this.#usedBytes -= buffer.length
        this.#pool.give(buffer)
      },
    })
  }

  /** Called now and then: lets go of the memory that nobody has used for a while. */
  trim(): void {
    this.#pool.trim()
  }
}

/** See above. After `release` it may be used again. */
export class FetchLease {
  readonly #source: { take: (bytes: number) => Buffer; give: (buffer: Buffer) => void }
  #taken: Buffer[] = []

  constructor(source: { take: (bytes: number) => Buffer; give: (buffer: Buffer) => void }) {
    this.#source = source
  }

  readonly allocate = (bytes: number): Buffer => {
    const buffer = this.#source.take(bytes)
    this.#taken.push(buffer)
    return buffer
  }

  /** Nobody looks at any of the buffers any more. */
  readonly release = (): void => {
    const taken = this.#taken
    this.#taken = []
    for (const buffer of taken) this.#source.give(buffer)
  }
}
