/** Names of the store's files. They sort by the transaction they carry, as sixteen hexadecimal digits. */

const LOG = /^([0-9a-f]{16})\.log$/
const SNAPSHOT = /^([0-9a-f]{16})\.snapshot$/

/** Key of the session passwords. */
export const SECRET_FILE = 'session.secret'

/** `zxid` is the first transaction of the log. */
export function logName(zxid: bigint): string {
  return `${hex(zxid)}.log`
}

/** `zxid` is the last transaction that the snapshot contains. */
export function snapshotName(zxid: bigint): string {
  return `${hex(zxid)}.snapshot`
}

export interface StoreFile {
  readonly name: string
  readonly zxid: bigint
}

/** Logs, oldest first. */
export function logFiles(names: readonly string[]): readonly StoreFile[] {
  return matching(names, LOG)
}

/** Snapshots, oldest first. */
export function snapshotFiles(names: readonly string[]): readonly StoreFile[] {
  return matching(names, SNAPSHOT)
}

function matching(names: readonly string[], pattern: RegExp): readonly StoreFile[] {
  const files: StoreFile[] = []
  for (const name of [...names].sort()) {
    const digits = pattern.exec(name)?.[1]
    if (digits !== undefined) files.push({ name, zxid: BigInt(`0x${digits}`) })
  }
  return files
}

function hex(zxid: bigint): string {
  return zxid.toString(16).padStart(16, '0')
}
