/**
 * The small text files of a log directory. Source: Kafka's CheckpointFile, OffsetCheckpointFile,
 * LeaderEpochCheckpointFile, PartitionMetadata, MetaProperties and CleanShutdownFileHandler.
 *
 *     checkpoint: version 0, number of entries, one entry a line:
 *       recovery-point-offset-checkpoint and its kin   <topic> <partition> <offset>
 *       leader-epoch-checkpoint                         <epoch> <start offset>
 *     partition.metadata    version: 0 / topic_id: <uuid>
 *     meta.properties       Java properties: version, broker.id or node.id, cluster.id, directory.id
 *     .kafka_cleanshutdown  JSON: version, brokerEpoch
 */
import type { EpochEntry } from './leader-epochs.js'

export const RECOVERY_POINT_CHECKPOINT = 'recovery-point-offset-checkpoint'
export const HIGH_WATERMARK_CHECKPOINT = 'replication-offset-checkpoint'
export const LOG_START_OFFSET_CHECKPOINT = 'log-start-offset-checkpoint'
export const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint'
export const PARTITION_METADATA = 'partition.metadata'
export const META_PROPERTIES = 'meta.properties'
export const CLEAN_SHUTDOWN_MARKER = '.kafka_cleanshutdown'

/** A text file that is not what it should be. */
export class MalformedCheckpointError extends Error {
  override readonly name = 'MalformedCheckpointError'
}

/** Offsets by topic and partition; the key is `<topic>-<partition>`. */
export type OffsetsByPartition = ReadonlyMap<string, number>

/** One line of an offset checkpoint. */
export interface PartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Text of an offset checkpoint. */
export function formatOffsetCheckpoint(offsets: readonly PartitionOffset[]): string {
  return formatCheckpoint(offsets.map((entry) => `${entry.topic} ${entry.partition} ${entry.offset}`))
}

/** Reads an offset checkpoint. Throws {@link MalformedCheckpointError}. */
export function parseOffsetCheckpoint(text: string): PartitionOffset[] {
  return parseCheckpoint(text).map((fields) => {
    const [topic, partition, offset] = fields
    if (topic === undefined || fields.length !== 3) throw malformed(fields.join(' '))
    return { topic, partition: integer(partition), offset: integer(offset) }
  })
}

/** Text of `leader-epoch-checkpoint`. */
export function formatEpochCheckpoint(entries: readonly EpochEntry[]): string {
  return formatCheckpoint(entries.map((entry) => `${entry.epoch} ${entry.startOffset}`))
}

/** Reads `leader-epoch-checkpoint`: both numbers grow. Throws {@link MalformedCheckpointError}. */
export function parseEpochCheckpoint(text: string): EpochEntry[] {
  const entries = parseCheckpoint(text).map((fields) => {
    if (fields.length !== 2) throw malformed(fields.join(' '))
    return { epoch: integer(fields[0]), startOffset: integer(fields[1]) }
  })
  for (const [index, { epoch, startOffset }] of entries.entries()) {
    const before = entries[index - 1] ?? { epoch: -1, startOffset: -1 }
    if (epoch <= before.epoch || startOffset <= before.startOffset) throw malformed(`${epoch} ${startOffset}`)
  }
  return entries
}

/** Text of `partition.metadata`. */
export function formatPartitionMetadata(topicId: string): string {
  return `version: 0\ntopic_id: ${topicId}`
}

/** The topic id in `partition.metadata`. Throws {@link MalformedCheckpointError}. */
export function parsePartitionMetadata(text: string): string {
  const topicId = /^version: 0\r?\ntopic_id: ([\w-]{22})\s*$/.exec(text)?.[1]
  if (topicId === undefined) throw malformed(text)
  return topicId
}

/** Text of the clean-shutdown marker. */
export function formatCleanShutdownMarker(brokerEpoch: number): string {
  return JSON.stringify({ version: 0, brokerEpoch })
}

/** Reads Java properties, as far as Kafka writes them: no continued lines. */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#!].*)?$/.test(line)) continue
    const match = /^\s*((?:[^\s=:\\]|\\.)+)\s*[=:\s]\s*(.*)$/.exec(line)
    if (match?.[1] === undefined || match[2] === undefined) throw malformed(line)
    properties.set(unescapeText(match[1]), unescapeText(match[2]))
  }
  return properties
}

/** Text of a properties file, with a comment line as Java writes it. */
export function formatProperties(properties: ReadonlyMap<string, string>, comment: string): string {
  const lines = [...properties].map(([key, value]) => `${escapeText(key)}=${escapeText(value)}`)
  return `#${comment}\n${lines.join('\n')}\n`
}

function formatCheckpoint(lines: readonly string[]): string {
  return ['0', String(lines.length), ...lines, ''].join('\n')
}

function parseCheckpoint(text: string): string[][] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  if (lines.length === 0) return []
  if (lines[0] !== '0') throw new MalformedCheckpointError(`Checkpoint version is ${lines[0]}, expected 0`)
  if (lines.length === 1) return []
  const expected = integer(lines[1])
  const entries = lines.slice(2).map((line) => line.split(/\s+/))
  if (entries.length !== expected) {
    throw new MalformedCheckpointError(`Checkpoint should have ${expected} entries, and has ${entries.length}`)
  }
  return entries
}

function integer(text: string | undefined): number {
  const value = Number(text)
  if (text === undefined || !/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw malformed(String(text))
  return value
}

function malformed(text: string): MalformedCheckpointError {
  return new MalformedCheckpointError(`Malformed: ${JSON.stringify(text)}`)
}

function escapeText(text: string): string {
  return text.replace(/[\\=:#!]/g, '\\$&')
}

function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, '$1')
}
