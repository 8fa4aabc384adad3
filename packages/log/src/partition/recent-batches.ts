/**
 * The newest batches of a log in memory, for readers that have caught up: they get what was just written without a
 * read of the file.
 *
 * Batches are kept only while somebody reads at the log's end, at most {@link MAX_BYTES} of them, as the buffers in
 * which they came. A small part of a large buffer is copied, so that it does not keep the whole in memory.
 */
import assert from 'node:assert/strict'

/** Bytes kept for one log. */
export const MAX_BYTES = 256 * 1024
/** After so many appends without a reader at the end, nothing more is kept. */
const APPENDS_WITHOUT_READER = 32
/** A buffer is kept if the batches are at least this part of it. */
const SMALLEST_SHARE = 1 / 8

/** Batches of one append. */
interface RecentAppend {
  readonly firstOffset: number
  readonly nextOffset: number
  readonly records: Buffer
}

/** See above. */
export class RecentBatches {
  #appends: RecentAppend[] = []
  #bytes = 0
  #appendsLeft = 0

  /** A reader has reached the log's end. */
  readerAtEnd(): void {
    this.#appendsLeft = APPENDS_WITHOUT_READER
  }

  /** Batches were written, behind those of before. */
  add(firstOffset: number, nextOffset: number, records: Buffer): void {
    if (this.#appendsLeft === 0) return
    this.#appendsLeft -= 1
    if (this.#appendsLeft === 0 || records.length > MAX_BYTES) {
      this.clear()
      return
    }
    const isLarge = records.length >= records.buffer.byteLength * SMALLEST_SHARE
    const kept = isLarge ? records : Buffer.from(records)
    this.#appends.push({ firstOffset, nextOffset, records: kept })
    this.#bytes += kept.length
    let surplus = 0
    for (; this.#bytes > MAX_BYTES; surplus += 1) this.#bytes -= this.#appends[surplus]?.records.length ?? 0
    if (surplus > 0) this.#appends.splice(0, surplus)
  }

  /**
   * Batches from exactly this offset on, whole appends of which all batches end at `endOffset` or before; `undefined` if they are
   * not here, or the first append is larger than `maxBytes`.
   */
  read(offset: number, options: { readonly maxBytes: number; readonly endOffset: number }): Buffer | undefined {
    const from = this.#indexOf(offset)
    let bytes = 0
    let to = from
    for (; from >= 0 && to < this.#appends.length; to += 1) {
      const append = this.#appends[to]
      assert(append !== undefined)
      if (append.nextOffset > options.endOffset || bytes + append.records.length > options.maxBytes) break
      bytes += append.records.length
    }
    if (from < 0 || to === from) return undefined
    if (to === from + 1) return this.#appends[from]?.records
    return Buffer.concat(
      this.#appends.slice(from, to).map(({ records }) => records),
      bytes,
    )
  }

  /** The log was cut, or closed. */
  clear(): void {
    this.#appends = []
    this.#bytes = 0
  }

  /** A reader at the end mostly asks for the last one. */
  #indexOf(offset: number): number {
    return this.#appends.findLastIndex((append) => append.firstOffset === offset)
  }
}
