import { ZERO_UUID } from '@millrace/protocol'
import {
  formatPartitionMetadata,
  MalformedCheckpointError,
  PARTITION_METADATA,
  parsePartitionMetadata,
} from '../core/checkpoints.js'
import type { Disk } from '../disk/disk.js'
import { createFile, replaceFile } from '../disk/whole-files.js'
import { LogError } from './log-error.js'

/** Which topic a partition's directory belongs to: what `partition.metadata` says. It never changes, once it is known. */
export class TopicIdentity {
  readonly #disk: Disk
  #topicId: string

  private constructor(disk: Disk, topicId: string) {
    this.#disk = disk
    this.#topicId = topicId
  }

  /** What somebody has read in the file. */
  static known(disk: Disk, topicId: string): TopicIdentity {
    return new TopicIdentity(disk, topicId)
  }

  /**
   * Reads the file, or writes it if it is missing and the id is known; in a directory that is new without making its name
   * durable, which the caller does. Rejects with INCONSISTENT_TOPIC_ID.
   */
  static async open(
    disk: Disk,
    directory: string,
    { expected, isNew = false }: { readonly expected: string | undefined; readonly isNew?: boolean },
  ): Promise<TopicIdentity> {
    if (isNew && expected !== undefined) {
      await createFile(disk, `${directory}/${PARTITION_METADATA}`, formatPartitionMetadata(expected))
      return new TopicIdentity(disk, expected)
    }
    const content = await disk.readSmallFile(`${directory}/${PARTITION_METADATA}`)
    if (content === undefined) {
      const identity = new TopicIdentity(disk, ZERO_UUID)
      if (expected !== undefined) await identity.#write(directory, expected)
      return identity
    }
    const found = topicIdIn(content)
    if (found === undefined) return await TopicIdentity.#repaired(disk, directory, expected)
    if (expected !== undefined && found !== expected) throw inconsistentTopicId(directory, found, expected)
    return new TopicIdentity(disk, found)
  }

  /** The file is damaged: the cluster knows the id, here or when it says what the directory is for. */
  static async #repaired(disk: Disk, directory: string, expected: string | undefined): Promise<TopicIdentity> {
    const identity = new TopicIdentity(disk, ZERO_UUID)
    if (expected !== undefined) await identity.#write(directory, expected)
    return identity
  }

  /** The topic's id, or {@link ZERO_UUID} if none is known. */
  get topicId(): string {
    return this.#topicId
  }

  /** Says whose the directory is, where it does not say so itself. Rejects with INCONSISTENT_TOPIC_ID. */
  async assign(directory: string, topicId: string): Promise<void> {
    if (this.#topicId === topicId) return
    if (this.#topicId !== ZERO_UUID) throw inconsistentTopicId(directory, this.#topicId, topicId)
    await this.#write(directory, topicId)
  }

  async #write(directory: string, topicId: string): Promise<void> {
    await replaceFile(this.#disk, `${directory}/${PARTITION_METADATA}`, formatPartitionMetadata(topicId))
    this.#topicId = topicId
  }
}

/** The id in a `partition.metadata`; `undefined` if the file is damaged. */
export function topicIdIn(content: Buffer): string | undefined {
  try {
    return parsePartitionMetadata(content.toString('utf8'))
  } catch (error) {
    if (error instanceof MalformedCheckpointError) return undefined
    throw error
  }
}

function inconsistentTopicId(directory: string, found: string, expected: string): LogError {
  return new LogError('INCONSISTENT_TOPIC_ID', `${directory} belongs to the topic with id ${found}, not ${expected}`)
}
