import { dirname } from 'node:path'
import { type Disk, hasCode } from './disk.js'

/** A whole file, or `undefined` if there is none. */
export async function readFileIfExists(disk: Disk, path: string): Promise<Buffer | undefined> {
  let file: Awaited<ReturnType<Disk['open']>>
  try {
    file = await disk.open(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  try {
    const content = Buffer.allocUnsafe(await file.size())
    const length = await file.read(content, 0)
    return content.subarray(0, length)
  } finally {
    await file.close()
  }
}

/**
 * Replaces a file so that after a crash either the old or the new content is there: written beside it as `.tmp`,
 * synced, renamed, and the directory synced.
 */
export async function replaceFile(disk: Disk, path: string, content: Buffer | string): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
  const temporary = `${path}.tmp`
  const file = await disk.open(temporary, { create: true })
  try {
    await file.truncate(0)
    await file.write([bytes], 0)
    await file.datasync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, path)
  await disk.syncDirectory(dirname(path))
}

/** Writes a file that nobody else knows of yet, and syncs it; its name is durable once the caller syncs the directory. */
export async function createFile(disk: Disk, path: string, content: string): Promise<void> {
  const file = await disk.open(path, { create: true })
  try {
    await file.write([Buffer.from(content, 'utf8')], 0)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Creates an empty file, if it is not there. Not synced. */
export async function touchFile(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, { create: true })
  await file.close()
}

/**
 * Creates a directory so that it survives a crash, if it is not there. Those above it are created, but not synced.
 * Resolves whether it was created.
 */
export async function makeDirectory(disk: Disk, path: string): Promise<boolean> {
  if ((await disk.stat(path)) !== undefined) return false
  await disk.mkdir(path)
  await disk.syncDirectory(dirname(path))
  return true
}

/** Removes a file. No error if there is none. */
export async function unlinkIfExists(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.unlink(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** Removes a directory with all that is in it. No error if there is none. */
export async function removeTree(disk: Disk, path: string): Promise<void> {
  let entries: Awaited<ReturnType<Disk['readdir']>>
  try {
    entries = await disk.readdir(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  for (const entry of entries) {
    const child = `${path}/${entry.name}`
    if (entry.isDirectory) await removeTree(disk, child)
    else await unlinkIfExists(disk, child)
  }
  await disk.rmdir(path)
}
