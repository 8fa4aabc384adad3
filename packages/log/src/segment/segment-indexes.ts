/**
 * The three indexes of one segment, in memory and as files.
 *
 * Entries are added in memory; {@link SegmentIndexes.persist} writes those that the files lack. That is late enough when the
 * segment is sealed, or the log closed: after a crash the indexes of all segments above the recovery point are rebuilt
 * from the log, and the recovery point passes a segment only when its indexes are on disk.
 */

import { fileNameFor, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX } from '../core/file-names.js'
import { OffsetIndex } from '../core/offset-index.js'
import { TimeIndex } from '../core/time-index.js'
import { TransactionIndex } from '../core/transaction-index.js'
import type { Disk } from '../disk/disk.js'
import { readFileIfExists } from '../disk/whole-files.js'

const OFFSET_ENTRY_BYTES = 8
const TIME_ENTRY_BYTES = 12
const TRANSACTION_ENTRY_BYTES = 34

/** What the persisting of an index needs of it. */
interface PersistentIndex {
  readonly entries: number
  bytesFrom(from: number): Buffer
}

/** See above. */
export class SegmentIndexes {
  readonly offset: OffsetIndex
  readonly time: TimeIndex
  readonly transactions: TransactionIndex
  /** Entries that the files have, and that are the same in memory. */
  #offsetPersisted: number
  #timePersisted: number
  #transactionsPersisted: number

  private constructor(offset: OffsetIndex, time: TimeIndex, transactions: TransactionIndex, areOnDisk: boolean) {
    this.offset = offset
    this.time = time
    this.transactions = transactions
    this.#offsetPersisted = areOnDisk ? offset.entries : -1
    this.#timePersisted = areOnDisk ? time.entries : -1
    this.#transactionsPersisted = areOnDisk ? transactions.entries : -1
  }

  /** Indexes of a segment without batches. Whatever files there are will be replaced. */
  static empty(baseOffset: number, transactions = new TransactionIndex()): SegmentIndexes {
    return new SegmentIndexes(new OffsetIndex(baseOffset), new TimeIndex(baseOffset), transactions, false)
  }

  /** Reads the index of aborted transactions: empty if there is no file, `undefined` if it is damaged. */
  static async loadTransactions(
    disk: Disk,
    directory: string,
    baseOffset: number,
  ): Promise<TransactionIndex | undefined> {
    const path = `${directory}/${fileNameFor(baseOffset, TRANSACTION_INDEX_SUFFIX)}`
    return TransactionIndex.decode(baseOffset, (await readFileIfExists(disk, path)) ?? Buffer.alloc(0))
  }

  /** Reads the files. `undefined` if one that must be there is not, or is damaged: rebuild them from the log. */
  static async load(disk: Disk, directory: string, baseOffset: number): Promise<SegmentIndexes | undefined> {
    const read = (suffix: string): Promise<Buffer | undefined> =>
      readFileIfExists(disk, `${directory}/${fileNameFor(baseOffset, suffix)}`)
    const offsetBytes = await read(OFFSET_INDEX_SUFFIX)
    const timeBytes = await read(TIME_INDEX_SUFFIX)
    if (offsetBytes === undefined || timeBytes === undefined) return undefined
    const offset = OffsetIndex.decode(baseOffset, offsetBytes)
    const time = TimeIndex.decode(baseOffset, timeBytes)
    const transactions = await SegmentIndexes.loadTransactions(disk, directory, baseOffset)
    if (offset === undefined || time === undefined || transactions === undefined) return undefined
    return new SegmentIndexes(offset, time, transactions, true)
  }

  /** Memory that they take, about. */
  get sizeInBytes(): number {
    return this.offset.sizeInBytes + this.time.sizeInBytes + this.transactions.entries * 64
  }

  isFull(maxBytes: number): boolean {
    return this.offset.isFull(maxBytes) || this.time.isFull(maxBytes)
  }

  /** Removes what is at `offset` and above. */
  truncateTo(offset: number): void {
    this.offset.truncateTo(offset)
    this.time.truncateTo(offset)
    this.transactions.truncateTo(offset)
    // Entries may come back with other content at the same place, so nothing beyond the cut counts as written.
    this.#offsetPersisted = Math.min(this.#offsetPersisted, this.offset.entries)
    this.#timePersisted = Math.min(this.#timePersisted, this.time.entries)
    this.#transactionsPersisted = Math.min(this.#transactionsPersisted, this.transactions.entries)
    this.#cut = true
  }

  /** Must files be cut, because they hold entries that are gone in memory? */
  #cut = false

  /**
   * Writes what the files lack, and makes them durable if asked to. The transaction index has a file only if it has
   * entries.
   */
  async persist(disk: Disk, directory: string, options: { readonly sync: boolean }): Promise<void> {
    const cut = this.#cut
    this.#cut = false
    const write = async (suffix: string, index: PersistentIndex, persisted: number, entryBytes: number) => {
      const entries = index.entries
      if (persisted !== entries || cut || options.sync) {
        const path = `${directory}/${fileNameFor(this.offset.baseOffset, suffix)}`
        const from = Math.max(persisted, 0)
        const file = await disk.open(path, { create: true })
        try {
          // A copy: an append during the write may move the index to a larger buffer.
          if (from < entries) await file.write([Buffer.from(index.bytesFrom(from))], from * entryBytes)
          if (persisted < 0 || cut || (await file.size()) !== entries * entryBytes) {
            await file.truncate(entries * entryBytes)
          }
          if (options.sync) await file.datasync()
        } finally {
          await file.close()
        }
      }
      return entries
    }
    try {
      this.#offsetPersisted = await write(OFFSET_INDEX_SUFFIX, this.offset, this.#offsetPersisted, OFFSET_ENTRY_BYTES)
      this.#timePersisted = await write(TIME_INDEX_SUFFIX, this.time, this.#timePersisted, TIME_ENTRY_BYTES)
      if (this.transactions.entries > 0 || cut || this.#transactionsPersisted > 0) {
        this.#transactionsPersisted = await write(
          TRANSACTION_INDEX_SUFFIX,
          this.transactions,
          this.#transactionsPersisted,
          TRANSACTION_ENTRY_BYTES,
        )
      }
    } catch (error) {
      this.#cut ||= cut
      throw error
    }
  }
}
