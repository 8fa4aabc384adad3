/**
 * What deletions and compactions leave behind in a partition's directory when a crash interrupts them:
 *
 *     *.deleted, *.cleaned, *.tmp   half done, go
 *     *.swap                        compaction was done: they take the places of the segments that they replace
 *     indexes without a log         go
 *
 * It goes by the names, and never removes a .log file but those that a swap replaces. Source: Kafka's LogLoader.
 */
import { batchLastOffset } from '@millrace/protocol'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  fileNameFor,
  LOG_SUFFIX,
  offsetOfFileName,
  SEGMENT_SUFFIXES,
  SWAP_SUFFIX,
} from '../core/file-names.js'
import { readFileIfExists } from '../disk/whole-files.js'
import type { PartitionFiles } from './partition-files.js'

/** Removes what is half done, and finishes what was about to be done. Segments are what is left. */
export async function clearLeftovers(files: PartitionFiles): Promise<void> {
  const cleaned = [...files.names].filter((name) => name.endsWith(CLEANED_SUFFIX))
  const firstCleaned = Math.min(...cleaned.map((name) => offsetOfFileName(name) ?? Number.POSITIVE_INFINITY))
  for (const name of files.names) {
    // A swap file beside cleaned ones at or below its offset is part of a split that was not finished.
    const isUnfinished = name.endsWith(SWAP_SUFFIX) && (offsetOfFileName(name) ?? 0) >= firstCleaned
    if (name.endsWith(DELETED_SUFFIX) || name.endsWith(CLEANED_SUFFIX) || name.endsWith('.tmp') || isUnfinished) {
      await files.unlink(name)
    }
  }
  await finishSwaps(files)
  for (const name of files.names) {
    const offset = offsetOfFileName(name)
    const isIndex = SEGMENT_SUFFIXES.some((suffix) => suffix !== LOG_SUFFIX && name.endsWith(suffix))
    if (isIndex && offset !== undefined && !files.names.has(fileNameFor(offset, LOG_SUFFIX))) await files.unlink(name)
  }
}

/** Compaction was done and had begun to put its segments in the place of those that they replace. */
async function finishSwaps(files: PartitionFiles): Promise<void> {
  const swaps = [...files.names].filter((name) => name.endsWith(SWAP_SUFFIX))
  const logs = swaps
    .filter((name) => name.endsWith(LOG_SUFFIX + SWAP_SUFFIX))
    .map((name) => offsetOfFileName(name) ?? 0)
  if (logs.length > 0) {
    const from = Math.min(...logs)
    const last = Math.max(...logs)
    const end = await nextOffsetOfSwap(files, last)
    for (const name of files.names) {
      const offset = offsetOfFileName(name)
      if (offset !== undefined && !name.endsWith(SWAP_SUFFIX) && offset >= from && offset < end)
        await files.unlink(name)
    }
  }
  for (const name of swaps) {
    await files.rename(name, name.slice(0, -SWAP_SUFFIX.length))
  }
}

async function nextOffsetOfSwap(files: PartitionFiles, baseOffset: number): Promise<number> {
  const name = fileNameFor(baseOffset, LOG_SUFFIX) + SWAP_SUFFIX
  const content = (await readFileIfExists(files.disk, files.path(name))) ?? Buffer.alloc(0)
  let nextOffset = baseOffset
  for (let at = 0; at + 12 <= content.length; at += content.readInt32BE(at + 8) + 12) {
    if (at + 61 > content.length) break
    nextOffset = batchLastOffset(content, at) + 1
  }
  return nextOffset
}
