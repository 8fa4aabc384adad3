/**
 * The names in a log directory, Kafka's exactly. Source: Kafka's LogFileUtils and LocalLog.
 *
 *     <topic>-<partition>/                     a partition
 *     <topic>-<partition>.<unique id>-delete/  one that is being deleted
 *     <topic>-<partition>.<unique id>-stray/   one that belongs to an older topic of that name
 *     <topic>-<partition>.<unique id>-future/  one that is being moved between directories
 *       00000000000000000042.log               the segment that starts at offset 42, with
 *                           .index .timeindex .txnindex
 *       00000000000000000042.snapshot          the producers' state before offset 42
 */

export const LOG_SUFFIX = '.log'
export const OFFSET_INDEX_SUFFIX = '.index'
export const TIME_INDEX_SUFFIX = '.timeindex'
export const TRANSACTION_INDEX_SUFFIX = '.txnindex'
export const PRODUCER_SNAPSHOT_SUFFIX = '.snapshot'
/** Appended to the name of a file that is to be removed. */
export const DELETED_SUFFIX = '.deleted'
/** Appended by compaction to a file that is not complete. */
export const CLEANED_SUFFIX = '.cleaned'
/** Appended by compaction to a complete file that has yet to take the place of others. */
export const SWAP_SUFFIX = '.swap'

/** The files of one segment. */
export const SEGMENT_SUFFIXES = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX] as const

const LARGEST_NAME = 255

/** `00000000000000000042.log`, for 42 and `.log`. */
export function fileNameFor(offset: number, suffix: string): string {
  return offset.toString().padStart(20, '0') + suffix
}

/** The offset that a file's name begins with, whatever suffix follows; `undefined` for other files. */
export function offsetOfFileName(name: string): number | undefined {
  const match = /^(\d{1,20})\./.exec(name)
  if (match === null) return undefined
  const offset = Number(match[1])
  return Number.isSafeInteger(offset) ? offset : undefined
}

/** A directory in a log directory that holds a partition. */
export interface PartitionDirectory {
  readonly kind: 'current' | 'delete' | 'stray' | 'future'
  readonly topic: string
  readonly partition: number
}

/** What a directory's name says, or `undefined` if it is not that of a partition. */
export function parseDirectoryName(name: string): PartitionDirectory | undefined {
  const marked = /^(.+)\.[^.\s]+-(delete|stray|future)$/.exec(name)
  const kind = (marked?.[2] ?? 'current') as PartitionDirectory['kind']
  const match = /^(\S+)-(\d{1,10})$/.exec(marked?.[1] ?? name)
  const topic = match?.[1]
  const partition = Number(match?.[2])
  if (topic === undefined || partition > 0x7fff_ffff) return undefined
  return { kind, topic, partition }
}

/** The directory of a partition. */
export function directoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** The directory of a partition that goes: a long topic name is cut, so that the whole stays under 255 characters. */
export function markedDirectoryName(
  directory: { readonly topic: string; readonly partition: number },
  kind: 'delete' | 'stray',
  uniqueId: string,
): string {
  const ending = `-${directory.partition}.${uniqueId}-${kind}`
  return directory.topic.slice(0, LARGEST_NAME - ending.length) + ending
}
