import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type DirectoryLock, LogDirectoryError, lockDirectory, NodeDisk, NodeProcessTable } from '@millrace/log'

/** The folders of a server, held by this process. */
export interface DataLock {
  release(): Promise<void>
}

/** Another process has one of the folders. The message is for the operator. */
export class DataLockError extends Error {
  override readonly name = 'DataLockError'
  readonly code = 'LOCKED'
}

/**
 * Takes all folders, making those that do not exist, or none of them.
 *
 * @throws DataLockError if another process has one
 */
export async function lockData(folders: readonly string[]): Promise<DataLock> {
  const locks: DirectoryLock[] = []
  const release = async () => {
    for (const lock of locks.splice(0)) await lock.release()
  }
  try {
    for (const folder of new Set(folders.map((path) => resolve(path)))) {
      await mkdir(folder, { recursive: true })
      locks.push(await lockDirectory(new NodeDisk(), folder, new NodeProcessTable()))
    }
  } catch (error) {
    await release()
    if (error instanceof LogDirectoryError && error.code === 'LOCKED') throw new DataLockError(sentenceFor(error))
    throw error
  }
  return { release }
}

function sentenceFor({ directory, pid = 0 }: LogDirectoryError): string {
  const holder = pid > 0 ? `the process ${pid}` : 'another process'
  return `${directory} is in use by ${holder}: stop that, or choose another dataDir.`
}
