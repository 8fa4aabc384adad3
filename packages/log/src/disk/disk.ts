/**
 * The disk as the log sees it: the one way to files.
 *
 * Two implementations live behind it and pass one contract suite (disk.contract.ts): {@link NodeDisk} over node:fs,
 * and a simulated one that forgets what was not synced when its power is cut. Errors carry Node's `code` (`ENOENT`,
 * `ENOSPC`, `EIO` …); callers match on that, see {@link hasCode}.
 *
 * What survives a power cut:
 *  - bytes of a file: those written before a `datasync` of that file that succeeded,
 *  - names (created, renamed, removed): those of before a `syncDirectory` of the directory that succeeded.
 */
export interface Disk {
  /** Opens a file to read and write, creating it if `create` says so. Fails with ENOENT otherwise. */
  open(path: string, options?: { readonly create?: boolean }): Promise<DiskFile>
  /** A whole file of some kilobytes; `undefined` if there is none. Where there are thousands of them, the cheapest way. */
  readSmallFile(path: string): Promise<Buffer | undefined>
  /**
   * Creates a file that has this content from the beginning, or fails with EEXIST. Not synced. Up to
   * {@link EXCLUSIVE_BYTES_WHEN_FULL} are taken by a full disk too, to be read by {@link Disk.readExclusive} only.
   */
  createExclusive(path: string, content: Buffer): Promise<void>
  /** What {@link Disk.createExclusive} put there; `undefined` if there is nothing of that name. */
  readExclusive(path: string): Promise<Buffer | undefined>
  /** Moves a file or directory, replacing a file of that name. Open files under it go with it. */
  rename(from: string, to: string): Promise<void>
  /** Removes a file. Fails with ENOENT if there is none. */
  unlink(path: string): Promise<void>
  /** Removes an empty directory. */
  rmdir(path: string): Promise<void>
  /** Creates a directory and those above it. No error if it is there. */
  mkdir(path: string): Promise<void>
  /** Names in a directory, in no particular order. */
  readdir(path: string): Promise<DirectoryEntry[]>
  /** `undefined` if there is nothing of that name. */
  stat(path: string): Promise<FileStat | undefined>
  /** Makes the directory's names durable. */
  syncDirectory(path: string): Promise<void>
  /** How large the file system of that path is. */
  space(path: string): Promise<DiskSpace>
}

/** What file systems keep beside a name, without a block for it: the target of a short symbolic link. */
export const EXCLUSIVE_BYTES_WHEN_FULL = 59

/** How large a file system is. */
export interface DiskSpace {
  readonly totalBytes: number
  /** Bytes that can still be written. */
  readonly freeBytes: number
}

/** A name in a directory. */
export interface DirectoryEntry {
  readonly name: string
  readonly isDirectory: boolean
}

/** What `stat` tells. */
export interface FileStat {
  readonly isDirectory: boolean
  readonly sizeInBytes: number
  readonly modifiedMs: number
  /** Identifies the file on this machine: device and inode, as in /proc/locks (`08:01:1234`). */
  readonly id: string
}

/**
 * An open file. It has no position of its own: every call says where.
 *
 * Operations of one file run at the same time unless the caller waits. The descriptor behind it may be closed and
 * opened again between operations, which nobody notices.
 */
export interface DiskFile {
  /** Where the file is now; follows renames. */
  readonly path: string
  /** Fills the buffer from `position`. Resolves to the bytes read, less than asked for only at the end of the file. */
  read(buffer: Buffer, position: number): Promise<number>
  /** Writes all buffers one after the other. After an error, part of the bytes may be in the file. */
  write(buffers: readonly Buffer[], position: number): Promise<void>
  /** Makes the bytes (and the size) durable. */
  datasync(): Promise<void>
  /** Cuts the file, or extends it with zeros. */
  truncate(sizeInBytes: number): Promise<void>
  size(): Promise<number>
  /** Waits for operations under way. */
  close(): Promise<void>
}

/** Is it a system error with that code? */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}

/** Says that there is no space: a condition that passes when somebody frees some. */
export function isOutOfSpace(error: unknown): boolean {
  return hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')
}

/** What a disk says that is broken, gone or read-only now: nothing on it can be relied on until somebody repairs it. */
const FAILURE_CODES: ReadonlySet<unknown> = new Set([
  'EIO',
  'EROFS',
  'ENOTDIR',
  'ENODEV',
  'ENXIO',
  'ESTALE',
  'EUCLEAN',
  'EREMOTEIO',
  'EACCES',
  'EPERM',
])

/** Says that the disk has failed. Neither that it is full, nor that the process has too many files open. */
export function isDiskFailure(error: unknown): boolean {
  return error instanceof Error && FAILURE_CODES.has((error as NodeJS.ErrnoException).code)
}
