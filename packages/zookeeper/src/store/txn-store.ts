/**
 * The durable side of a server: a write-ahead log with group commit, snapshots, recovery.
 *
 * `append` takes transactions in order. One write and one sync are under way at a time; what arrives meanwhile forms the
 * next group. `onSynced` tells, in order, up to which transaction everything is on the disk; whoever answers a client
 * waits for it. After the first failed write or sync nothing more is written and `onFailure` is called once: what a
 * kernel did with the pages of a failed sync cannot be known, so only a restart helps.
 *
 * The log takes space ahead, so that a server can be started, and its clients can register, while the disk is full.
 *
 * It owns the files and their names. It knows the database only to write it down.
 */
import assert from 'node:assert'
import type { Database, DatabaseCapture } from '../core/database.js'
import type { Txn } from '../core/txn.js'
import { JuteWriter } from '../jute.js'
import { fileHeader, frame } from './frames.js'
import type { AppendFile, StoreDirectory } from './ports.js'
import { type Recovered, recover } from './recovery.js'
import { writeSnapshot } from './snapshot-file.js'
import { logFiles, logName, snapshotFiles, snapshotName } from './store-files.js'
import { writeTxn } from './txn-codec.js'

export interface TxnStoreOptions {
  readonly directory: StoreDirectory
  /** Transactions between two snapshots; ZooKeeper's `snapCount`, default 100,000. */
  readonly snapshotTxns?: number
  /** Snapshots kept, with the logs they need; default 3. */
  readonly snapshotsRetained?: number
  /** Everything up to `zxid` is on the disk. */
  readonly onSynced: (zxid: bigint) => void
  /** The disk failed; nothing more will be synced. */
  readonly onFailure: (error: unknown) => void
}

/** What the start found. */
export interface RecoverySummary {
  readonly bytesCut: number
  readonly txnsReplayed: number
}

/** Enough for the transactions of some hundred starts. */
const AHEAD_BYTES = 1024 * 1024

interface Pending {
  readonly zxid: bigint
  readonly record: Buffer
  /** Begins a new log file, because a snapshot was captured just before it. */
  readonly rolls: boolean
}

export class TxnStore {
  readonly database: Database
  readonly recovery: RecoverySummary
  readonly #options: TxnStoreOptions
  readonly #snapshotTxns: number
  readonly #out = new JuteWriter()
  #file: AppendFile | undefined
  #pending: Pending[] = []
  #writing: Promise<void> | undefined
  #syncedZxid: bigint
  #txnsSinceSnapshot: number
  /** Captured, waiting until its last transaction is synced. */
  #capture: DatabaseCapture | undefined
  #snapshotting: Promise<void> | undefined
  #rollNext = false
  #failed = false

  /** Recovers the folder's database. Errors: StoreError, and what the directory throws. */
  static async open(options: TxnStoreOptions): Promise<TxnStore> {
    const { database, lastLog, txnsSinceSnapshot, bytesCut } = await recover(options.directory)
    const store = new TxnStore(options, database, { bytesCut, txnsReplayed: txnsSinceSnapshot })
    await store.#openLog(lastLog)
    return store
  }

  private constructor(options: TxnStoreOptions, database: Database, recovery: RecoverySummary) {
    this.#options = options
    this.#snapshotTxns = options.snapshotTxns ?? 100_000
    this.database = database
    this.recovery = recovery
    this.#syncedZxid = database.lastZxid
    this.#txnsSinceSnapshot = recovery.txnsReplayed
  }

  get syncedZxid(): bigint {
    return this.#syncedZxid
  }

  /** Logs a transaction that was just applied to the database. */
  append(txn: Txn): void {
    assert(txn.zxid === this.database.lastZxid, 'a transaction is logged right after it was applied')
    if (this.#failed) return
    this.#out.clear()
    writeTxn(this.#out, txn)
    this.#pending.push({ zxid: txn.zxid, record: frame(this.#out.bytes()), rolls: this.#rollNext })
    this.#rollNext = false
    this.#txnsSinceSnapshot++
    if (this.#txnsSinceSnapshot >= this.#snapshotTxns) this.#takeCapture()
    this.#writing ??= this.#writeAll()
  }

  /** Settles once all that was appended is synced and no snapshot is being written; then closes the files. */
  async close(): Promise<void> {
    while (this.#writing !== undefined || this.#snapshotting !== undefined) {
      await this.#writing
      await this.#snapshotting
    }
    await this.#file?.close()
    this.#file = undefined
  }

  #takeCapture(): void {
    // The previous snapshot is not finished: the next transaction asks again.
    if (this.#capture !== undefined || this.#snapshotting !== undefined) return
    this.#capture = this.database.capture()
    this.#rollNext = true
    this.#txnsSinceSnapshot = 0
  }

  async #writeAll(): Promise<void> {
    try {
      // The transactions of one turn of the loop share the first group.
      await Promise.resolve()
      while (this.#pending.length > 0) await this.#writeGroup()
    } catch (error) {
      this.#failed = true
      this.#options.onFailure(error)
    } finally {
      this.#writing = undefined
    }
  }

  async #writeGroup(): Promise<void> {
    const rollAt = this.#pending.findIndex((pending, index) => pending.rolls && index > 0)
    const group = this.#pending.splice(0, rollAt === -1 ? this.#pending.length : rollAt)
    const [head] = group
    const last = group.at(-1)
    assert(head !== undefined && last !== undefined)
    if (head.rolls) {
      await this.#file?.close()
      await this.#openLog(undefined, head.zxid)
    }
    const file = this.#file
    assert(file !== undefined)
    await file.append(group.map((pending) => pending.record))
    await file.datasync()
    this.#syncedZxid = last.zxid
    if (this.#capture !== undefined && this.#capture.zxid <= last.zxid) this.#startSnapshot(this.#capture)
    this.#options.onSynced(last.zxid)
  }

  /** Goes on with an existing log, or creates the one that begins with `firstZxid`, header synced. */
  async #openLog(lastLog: Recovered['lastLog'], firstZxid: bigint = this.database.lastZxid + 1n): Promise<void> {
    const { directory } = this.#options
    if (lastLog !== undefined) {
      this.#file = await directory.openAppend(lastLog.name, { end: lastLog.end, aheadBytes: AHEAD_BYTES })
      return
    }
    this.#file = await directory.openAppend(logName(firstZxid), { aheadBytes: AHEAD_BYTES })
    await this.#file.append([fileHeader('ZLOG')])
    await this.#file.datasync()
    await directory.sync()
  }

  #startSnapshot(capture: DatabaseCapture): void {
    this.#capture = undefined
    this.#snapshotting = this.#snapshot(capture).finally(() => {
      this.#snapshotting = undefined
    })
  }

  /** A snapshot that fails costs only a longer replay: the logs stay, and the next one tries again. */
  async #snapshot(capture: DatabaseCapture): Promise<void> {
    try {
      await writeSnapshot(this.#options.directory, snapshotName(capture.zxid), capture)
      await this.#purge()
    } catch {
      this.#txnsSinceSnapshot = Math.max(this.#txnsSinceSnapshot, Math.floor(this.#snapshotTxns / 2))
    }
  }

  async #purge(): Promise<void> {
    const { directory, snapshotsRetained = 3 } = this.#options
    const names = await directory.list()
    const snapshots = snapshotFiles(names)
    const oldestKept = snapshots.at(-snapshotsRetained)
    if (oldestKept === undefined) return
    const logs = logFiles(names)
    // The log in which the snapshot's next transaction lies, or would lie, is needed; the ones before it are not.
    const firstNeeded = logs.findLastIndex((log) => log.zxid <= oldestKept.zxid + 1n)
    for (const { name } of logs.slice(0, Math.max(0, firstNeeded))) await directory.remove(name)
    for (const { name, zxid } of snapshots) {
      if (zxid < oldestKept.zxid) await directory.remove(name)
    }
  }
}
