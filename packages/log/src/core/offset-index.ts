/**
 * The offset index of one segment: which offset lies where in the file. Sparse, so that a lookup gives a position
 * at or before the offset, from which the reader goes on batch by batch.
 *
 *     entry, 8 bytes:  offset relative to the segment's base  int32 | position in the .log file  int32
 *
 * Offsets are those of the last record of a batch, positions where that batch starts; both grow. It is kept in memory
 * in the file's own format; nobody but the segment writes it to disk. Source: Kafka's OffsetIndex.
 */
import assert from 'node:assert/strict'

const ENTRY_BYTES = 8
const LARGEST_INT32 = 0x7fff_ffff

/** See above. */
export class OffsetIndex {
  readonly baseOffset: number
  #bytes: Buffer
  #entries: number

  constructor(baseOffset: number) {
    this.baseOffset = baseOffset
    this.#bytes = Buffer.alloc(0)
    this.#entries = 0
  }

  /**
   * Takes over a file's content. An Apache broker that died leaves the file at its preallocated size: zeros at the end
   * do not count. `undefined` if the content is damaged and has to be rebuilt from the log.
   */
  static decode(baseOffset: number, bytes: Buffer): OffsetIndex | undefined {
    if (bytes.length % ENTRY_BYTES !== 0) return undefined
    const index = new OffsetIndex(baseOffset)
    index.#bytes = bytes
    // The first batch of a segment has no entry, so that no real entry has position 0.
    let count = bytes.length / ENTRY_BYTES
    while (count > 0 && bytes.readInt32BE((count - 1) * ENTRY_BYTES + 4) === 0) count -= 1
    for (let slot = 0; slot < count; slot += 1) {
      if (index.#relativeOffsetAt(slot) < 0 || index.#positionAt(slot) < 0) return undefined
      if (slot === 0) continue
      if (index.#relativeOffsetAt(slot) <= index.#relativeOffsetAt(slot - 1)) return undefined
      if (index.#positionAt(slot) <= index.#positionAt(slot - 1)) return undefined
    }
    index.#entries = count
    return index
  }

  get entries(): number {
    return this.#entries
  }

  /** Bytes of the file. */
  get sizeInBytes(): number {
    return this.#entries * ENTRY_BYTES
  }

  /** The offset of the last entry, or the segment's base offset. */
  get lastOffset(): number {
    return this.#entries === 0 ? this.baseOffset : this.#offsetAt(this.#entries - 1)
  }

  /** The position of the last entry, or 0. */
  get lastPosition(): number {
    return this.#entries === 0 ? 0 : this.#positionAt(this.#entries - 1)
  }

  /** Would another entry exceed a file of that size? */
  isFull(maxBytes: number): boolean {
    return this.#entries >= Math.floor(maxBytes / ENTRY_BYTES)
  }

  append(offset: number, position: number): void {
    assert(
      canBeRelative(this.baseOffset, offset),
      `offset ${offset} does not fit an index that starts at ${this.baseOffset}`,
    )
    assert(this.#entries === 0 || offset > this.lastOffset, `offset ${offset} is not above ${this.lastOffset}`)
    this.#bytes = withRoom(this.#bytes, this.sizeInBytes, ENTRY_BYTES)
    this.#bytes.writeInt32BE(offset - this.baseOffset, this.sizeInBytes)
    this.#bytes.writeInt32BE(position, this.sizeInBytes + 4)
    this.#entries += 1
  }

  /** A position at or before the first batch that ends at `offset` or later. */
  lookup(offset: number): number {
    const slot = this.#lastSlotUpTo(offset)
    return slot < 0 ? 0 : this.#positionAt(slot)
  }

  /** The position of the first entry behind `position`; `undefined` if there is none. */
  positionAfter(position: number): number | undefined {
    const slot = this.#firstSlotFrom(position + 1)
    return slot === this.#entries ? undefined : this.#positionAt(slot)
  }

  /** The position of the last entry before `position`, or 0. */
  positionBefore(position: number): number {
    const slot = this.#firstSlotFrom(position) - 1
    return slot < 0 ? 0 : this.#positionAt(slot)
  }

  /** Removes the entries of `offset` and above. */
  truncateTo(offset: number): void {
    this.#entries = this.#lastSlotUpTo(offset - 1) + 1
  }

  /** The file's bytes from entry number `from` on: a view, good until the next change. */
  bytesFrom(from: number): Buffer {
    return this.#bytes.subarray(from * ENTRY_BYTES, this.sizeInBytes)
  }

  #lastSlotUpTo(offset: number): number {
    let low = 0
    let high = this.#entries
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#offsetAt(middle) <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** The first entry whose position is not below. */
  #firstSlotFrom(position: number): number {
    let low = 0
    let high = this.#entries
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#positionAt(middle) < position) low = middle + 1
      else high = middle
    }
    return low
  }

  #relativeOffsetAt(slot: number): number {
    return this.#bytes.readInt32BE(slot * ENTRY_BYTES)
  }

  #offsetAt(slot: number): number {
    return this.baseOffset + this.#relativeOffsetAt(slot)
  }

  #positionAt(slot: number): number {
    return this.#bytes.readInt32BE(slot * ENTRY_BYTES + 4)
  }
}

/** Fits the distance from the base offset into an index entry? If not, the segment must be rolled. */
export function canBeRelative(baseOffset: number, offset: number): boolean {
  return offset >= baseOffset && offset - baseOffset <= LARGEST_INT32
}

/** The same bytes, in a buffer with room for more. */
export function withRoom(bytes: Buffer, used: number, more: number): Buffer {
  if (used + more <= bytes.length) return bytes
  const grown = Buffer.alloc(Math.max(16 * more, bytes.length * 2))
  bytes.copy(grown, 0, 0, used)
  return grown
}
