/**
 * The index of aborted transactions of one segment, for readers of committed data.
 *
 *     entry, 34 bytes:  version (0) int16 | producer id int64 | first offset int64 | last offset int64
 *                       | last stable offset when the transaction ended int64
 *
 * Entries are in the order in which transactions ended. Source: Kafka's TransactionIndex and AbortedTxn.
 */
import { readInt64, writeInt64 } from '@millrace/protocol'

const ENTRY_BYTES = 34

/** A transaction that was aborted. */
export interface AbortedTransaction {
  readonly producerId: number
  /** The first record of the transaction in this partition. */
  readonly firstOffset: number
  /** The marker that ended it. */
  readonly lastOffset: number
  /** The last stable offset after the marker. */
  readonly lastStableOffset: number
}

/** See above. The list is small, so entries are objects. */
export class TransactionIndex {
  readonly #transactions: AbortedTransaction[] = []

  /** Takes over a file's content; `undefined` if it has to be rebuilt from the log. */
  static decode(baseOffset: number, bytes: Buffer): TransactionIndex | undefined {
    if (bytes.length % ENTRY_BYTES !== 0) return undefined
    const index = new TransactionIndex()
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      if (bytes.readInt16BE(at) !== 0) return undefined
      const lastOffset = readInt64(bytes, at + 18)
      if (lastOffset < baseOffset) return undefined
      index.append({
        producerId: readInt64(bytes, at + 2),
        firstOffset: readInt64(bytes, at + 10),
        lastOffset,
        lastStableOffset: readInt64(bytes, at + 26),
      })
    }
    return index
  }

  get entries(): number {
    return this.#transactions.length
  }

  append(transaction: AbortedTransaction): void {
    this.#transactions.push(transaction)
  }

  /**
   * Adds to `found` the transactions with records from `fromOffset` to below `upToOffset`.
   * Resolves whether later segments can be left out: a transaction that ended with the last stable offset beyond the
   * range was the oldest open one, so that none which ended later can begin inside it.
   */
  collect(fromOffset: number, upToOffset: number, found: AbortedTransaction[]): boolean {
    for (const transaction of this.#transactions) {
      if (transaction.lastOffset >= fromOffset && transaction.firstOffset < upToOffset) found.push(transaction)
      if (transaction.lastStableOffset >= upToOffset) return true
    }
    return false
  }

  /** Removes transactions that ended at `offset` or later. */
  truncateTo(offset: number): void {
    while ((this.#transactions.at(-1)?.lastOffset ?? -1) >= offset) this.#transactions.pop()
  }

  /** The file's bytes from entry number `from` on. */
  bytesFrom(from: number): Buffer {
    const transactions = this.#transactions.slice(from)
    const bytes = Buffer.alloc(transactions.length * ENTRY_BYTES)
    for (const [slot, transaction] of transactions.entries()) {
      const at = slot * ENTRY_BYTES
      writeInt64(bytes, at + 2, transaction.producerId)
      writeInt64(bytes, at + 10, transaction.firstOffset)
      writeInt64(bytes, at + 18, transaction.lastOffset)
      writeInt64(bytes, at + 26, transaction.lastStableOffset)
    }
    return bytes
  }
}
