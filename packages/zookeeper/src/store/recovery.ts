/**
 * Reads a store's folder back into a database: the newest whole snapshot, then the logs after it.
 *
 * A crash leaves at most one wound: the end of the last log, which was being written and which nobody was answered for.
 * It is erased. Damage anywhere else is an error, never a silent loss. The zeros behind a log's last record are space that
 * it took ahead.
 */
import { Database } from '../core/database.js'
import { JuteReader } from '../jute.js'
import { fileHeader, frameAt, HEADER_BYTES } from './frames.js'
import type { StoreDirectory } from './ports.js'
import { isTemporary, readSnapshot } from './snapshot-file.js'
import { StoreError } from './store-error.js'
import { logFiles, type StoreFile, snapshotFiles } from './store-files.js'
import { readTxn } from './txn-codec.js'

export interface Recovered {
  readonly database: Database
  /** The log to go on with, and where its last record ends; undefined if a new one is needed. */
  readonly lastLog: { readonly name: string; readonly end: number } | undefined
  /** Transactions that the logs hold beyond the newest snapshot. */
  readonly txnsSinceSnapshot: number
  /** Bytes of an unfinished write that were erased. */
  readonly bytesCut: number
}

export async function recover(directory: StoreDirectory): Promise<Recovered> {
  const names = await directory.list()
  for (const name of names.filter(isTemporary)) await directory.remove(name)
  const database = await newestSnapshot(directory, snapshotFiles(names))
  const snapshotZxid = database.lastZxid
  const logs = logFiles(names)
  // The last log that begins at or before the snapshot's next transaction is the first that matters.
  const first = Math.max(
    0,
    logs.findLastIndex((log) => log.zxid <= snapshotZxid + 1n),
  )
  let lastLog: Recovered['lastLog']
  let bytesCut = 0
  for (const [index, log] of logs.entries()) {
    if (index < first) continue
    const replayed = await replayLog(directory, log, database, index === logs.length - 1)
    bytesCut = replayed.bytesCut
    // A log that ends before the snapshot does cannot take the next transaction.
    lastLog = replayed.lastZxid === database.lastZxid ? { name: log.name, end: replayed.end } : undefined
  }
  const txnsSinceSnapshot = Number(database.lastZxid - snapshotZxid)
  return { database, lastLog, txnsSinceSnapshot, bytesCut }
}

async function newestSnapshot(directory: StoreDirectory, snapshots: readonly StoreFile[]): Promise<Database> {
  for (const { name } of [...snapshots].reverse()) {
    const database = readSnapshot(await directory.read(name))
    if (database !== undefined) return database
  }
  return new Database()
}

/** Applies what the database lacks. `lastZxid` is undefined if the file was no log yet and is gone now. */
async function replayLog(
  directory: StoreDirectory,
  log: StoreFile,
  database: Database,
  isLast: boolean,
): Promise<{ readonly lastZxid: bigint | undefined; readonly end: number; readonly bytesCut: number }> {
  const file = await directory.read(log.name)
  if (!file.subarray(0, HEADER_BYTES).equals(fileHeader('ZLOG'))) {
    // A header is synced before the first record is written, so a bad one with records after it is not a torn write.
    if (!isLast || lengthWithoutZeros(file) > HEADER_BYTES) throw corrupt(log.name, 0)
    await directory.remove(log.name)
    return { lastZxid: undefined, end: 0, bytesCut: file.length }
  }
  let at = HEADER_BYTES
  let expected = log.zxid
  for (let record = frameAt(file, at); record !== undefined; record = frameAt(file, at)) {
    const txn = readTxn(new JuteReader(record.payload))
    if (txn.zxid !== expected) throw corrupt(log.name, at)
    if (txn.zxid > database.lastZxid + 1n) {
      throw new StoreError('MISSING', `transactions ${database.lastZxid + 1n} to ${txn.zxid - 1n} are in no file`)
    }
    if (txn.zxid > database.lastZxid) database.apply(txn)
    expected++
    at = record.end
  }
  const bytesCut = Math.max(0, lengthWithoutZeros(file) - at)
  if (bytesCut > 0) {
    if (!isLast) throw corrupt(log.name, at)
    await directory.erase(log.name, at)
  }
  return { lastZxid: expected - 1n, end: at, bytesCut }
}

/** Without the zeros at the end. */
function lengthWithoutZeros(file: Buffer): number {
  let length = file.length
  while (length > 0 && file[length - 1] === 0) length--
  return length
}

function corrupt(name: string, at: number): StoreError {
  return new StoreError('CORRUPT', `${name} is damaged at byte ${at}`)
}
