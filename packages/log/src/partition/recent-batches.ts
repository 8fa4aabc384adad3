/**
 * The newest batches of a log in memory, for readers that have caught up: they get what was just written without a
 * read of the file.
 *
 * Batches are kept only while somebody reads at the log's end: copied into a ring of {@link RING_BYTES}, where new ones
 * take the place of the oldest, and out of it again for each reader, so that nobody else's buffer stays in memory
 * because of it. The rings of all logs together are bounded by a {@link RecentMemory}.
 */
import assert from 'node:assert/strict'

/** Bytes kept for one log. */
export const RING_BYTES = 256 * 1024
/** After so many appends without a reader at the end, nothing more is kept. */
const APPENDS_WITHOUT_READER = 32

/** Rings that are kept for the next log that needs one. */
const IDLE_RINGS = 4

/** Batches of one append, in the ring. */
interface RecentAppend {
  readonly firstOffset: number
  readonly nextOffset: number
  readonly at: number
  readonly bytes: number
}

/** The rings of many logs. When there are as many as there may be, the log that was read longest ago loses its own. */
export class RecentMemory {
  readonly #maxRings: number
  readonly #idle: Buffer[] = []
  /** Who has a ring, the least recently used first. */
  readonly #owners = new Set<RecentBatches>()

  constructor(maxBytes: number) {
    this.#maxRings = Math.max(1, Math.floor(maxBytes / RING_BYTES))
  }

  /** Bytes of the rings, also of those that nobody uses. */
  get bytes(): number {
    return (this.#owners.size + this.#idle.length) * RING_BYTES
  }

  take(owner: RecentBatches): Buffer {
    if (this.#owners.size >= this.#maxRings) {
      const [oldest] = this.#owners
      oldest?.clear()
    }
    this.#owners.add(owner)
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(RING_BYTES)
  }

  used(owner: RecentBatches): void {
    if (this.#owners.delete(owner)) this.#owners.add(owner)
  }

  give(owner: RecentBatches, ring: Buffer): void {
    this.#owners.delete(owner)
    if (this.#idle.length < IDLE_RINGS) this.#idle.push(ring)
  }
}

/** See above. */
export class RecentBatches {
  readonly #memory: RecentMemory
  #ring: Buffer | undefined
  /** The oldest first. */
  readonly #appends: RecentAppend[] = []
  #writeAt = 0
  #appendsLeft = 0

  constructor(memory: RecentMemory) {
    this.#memory = memory
  }

  /** What is kept. */
  get bytes(): number {
    return this.#ring === undefined ? 0 : RING_BYTES
  }

  /** A reader has reached the log's end. */
  readerAtEnd(): void {
    this.#appendsLeft = APPENDS_WITHOUT_READER
    if (this.#ring !== undefined) this.#memory.used(this)
  }

  /** Batches were written, behind those of before. */
  add(firstOffset: number, nextOffset: number, records: Buffer): void {
    if (this.#appendsLeft === 0) return
    this.#appendsLeft -= 1
    const bytes = records.length
    if (this.#appendsLeft === 0 || bytes > RING_BYTES) {
      this.clear()
      return
    }
    this.#ring ??= this.#memory.take(this)
    const at = this.#place(bytes)
    records.copy(this.#ring, at)
    this.#appends.push({ firstOffset, nextOffset, at, bytes })
    this.#writeAt = at + bytes
  }

  /**
   * Batches from exactly this offset on, whole appends of which all batches end at `endOffset` or before, in a buffer that `allocate`
   * gives; `undefined` if they are not here, or the first append is larger than `maxBytes`.
   */
  read(
    offset: number,
    options: { readonly maxBytes: number; readonly endOffset: number; readonly allocate: (bytes: number) => Buffer },
  ): Buffer | undefined {
    const from = this.#appends.findLastIndex((append) => append.firstOffset === offset)
    const ring = this.#ring
    if (from < 0 || ring === undefined) return undefined
    let bytes = 0
    let to = from
    for (; to < this.#appends.length; to += 1) {
      const append = this.#append(to)
      if (append.nextOffset > options.endOffset || bytes + append.bytes > options.maxBytes) break
      bytes += append.bytes
    }
    if (to === from) return undefined
    const records = options.allocate(bytes)
    let filled = 0
    for (let index = from; index < to; index += 1) {
      const append = this.#append(index)
      filled += ring.copy(records, filled, append.at, append.at + append.bytes)
    }
    return records
  }

  /** The log was cut, or closed, or its memory is needed for others. */
  clear(): void {
    this.#appends.length = 0
    this.#writeAt = 0
    if (this.#ring !== undefined) this.#memory.give(this, this.#ring)
    this.#ring = undefined
  }

  /** Where so many bytes go: behind the last ones, or at the ring's start. Whatever lies there is gone. */
  #place(bytes: number): number {
    const fits = this.#writeAt + bytes <= RING_BYTES
    const at = fits ? this.#writeAt : 0
    // What lies between the end of the newest and the end of the ring is older than what lies at its start.
    if (!fits) while (this.#appends[0] !== undefined && this.#appends[0].at >= this.#writeAt) this.#appends.shift()
    while (this.#overlaps(this.#appends[0], at, bytes)) this.#appends.shift()
    return at
  }

  #overlaps(append: RecentAppend | undefined, at: number, bytes: number): boolean {
    return append !== undefined && append.at < at + bytes && at < append.at + append.bytes
  }

  #append(index: number): RecentAppend {
    const append = this.#appends[index]
    assert(append !== undefined)
    return append
  }
}
