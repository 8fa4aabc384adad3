/**
 * The time index of one segment: up to which offset all timestamps are at most so large. A reader looking for a
 * timestamp starts behind the last entry that is smaller.
 *
 *     entry, 12 bytes:  largest timestamp so far  int64 | offset relative to the segment's base  int32
 *
 * Timestamps grow strictly. The offset is that of the last record of the batch with the timestamp. Kept in memory in
 * the file's own format. Source: Kafka's TimeIndex.
 */
import assert from 'node:assert/strict'
import { NO_TIMESTAMP, readInt64, writeInt64 } from '@millrace/protocol'
import { canBeRelative, withRoom } from './offset-index.js'

const ENTRY_BYTES = 12

/** A timestamp, and the offset at which it is. */
export interface TimestampOffset {
  readonly timestamp: number
  readonly offset: number
}

/** See above. */
export class TimeIndex {
  readonly baseOffset: number
  #bytes: Buffer
  #entries: number

  constructor(baseOffset: number) {
    this.baseOffset = baseOffset
    this.#bytes = Buffer.alloc(0)
    this.#entries = 0
  }

  /** Takes over a file's content; zeros at the end do not count. `undefined` if it has to be rebuilt from the log. */
  static decode(baseOffset: number, bytes: Buffer): TimeIndex | undefined {
    if (bytes.length % ENTRY_BYTES !== 0) return undefined
    const index = new TimeIndex(baseOffset)
    index.#bytes = bytes
    let count = bytes.length / ENTRY_BYTES
    // A single entry may be zeros and right: timestamp 0 at the base offset.
    while (count > 1 && isZero(bytes, (count - 1) * ENTRY_BYTES)) count -= 1
    if (bytes.length > ENTRY_BYTES && count === 1 && isZero(bytes, 0)) count = 0
    for (let slot = 0; slot < count; slot += 1) {
      if (index.#offsetAt(slot) < baseOffset) return undefined
      if (slot === 0) continue
      if (index.#timestampAt(slot) <= index.#timestampAt(slot - 1)) return undefined
      if (index.#offsetAt(slot) < index.#offsetAt(slot - 1)) return undefined
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

  /** The last entry, or no timestamp at the base offset. */
  get lastEntry(): TimestampOffset {
    if (this.#entries === 0) return { timestamp: NO_TIMESTAMP, offset: this.baseOffset }
    return { timestamp: this.#timestampAt(this.#entries - 1), offset: this.#offsetAt(this.#entries - 1) }
  }

  /** Is there room only for the entry that closes the segment, in a file of that size? */
  isFull(maxBytes: number): boolean {
    return this.#entries >= Math.floor(maxBytes / ENTRY_BYTES) - 1
  }

  /** Adds an entry, unless the timestamp is not larger than the last one. */
  maybeAppend(timestamp: number, offset: number): void {
    const last = this.lastEntry
    if (timestamp <= last.timestamp) return
    assert(
      canBeRelative(this.baseOffset, offset),
      `offset ${offset} does not fit an index that starts at ${this.baseOffset}`,
    )
    assert(this.#entries === 0 || offset >= last.offset, `offset ${offset} is below ${last.offset}`)
    this.#bytes = withRoom(this.#bytes, this.sizeInBytes, ENTRY_BYTES)
    writeInt64(this.#bytes, this.sizeInBytes, timestamp)
    this.#bytes.writeInt32BE(offset - this.baseOffset, this.sizeInBytes + 8)
    this.#entries += 1
  }

  /** The last entry with a timestamp below `timestamp`, or no timestamp at the base offset: all before it is smaller. */
  entryBelow(timestamp: number): TimestampOffset {
    let low = 0
    let high = this.#entries
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#timestampAt(middle) < timestamp) low = middle + 1
      else high = middle
    }
    if (low === 0) return { timestamp: NO_TIMESTAMP, offset: this.baseOffset }
    return { timestamp: this.#timestampAt(low - 1), offset: this.#offsetAt(low - 1) }
  }

  /** Removes the entries of `offset` and above. */
  truncateTo(offset: number): void {
    while (this.#entries > 0 && this.#offsetAt(this.#entries - 1) >= offset) this.#entries -= 1
  }

  /** The file's bytes from entry number `from` on: a view, good until the next change. */
  bytesFrom(from: number): Buffer {
    return this.#bytes.subarray(from * ENTRY_BYTES, this.sizeInBytes)
  }

  #timestampAt(slot: number): number {
    return readInt64(this.#bytes, slot * ENTRY_BYTES)
  }

  #offsetAt(slot: number): number {
    return this.baseOffset + this.#bytes.readInt32BE(slot * ENTRY_BYTES + 8)
  }
}

function isZero(bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === 0 && bytes.readUInt32BE(at + 4) === 0 && bytes.readUInt32BE(at + 8) === 0
}
