/**
 * The producer snapshot files of one partition: which offsets have one, and the state that they and the log give.
 *
 * A snapshot is written when a segment begins and when the log is closed. Replaying the log from the latest one gives
 * the producers' state at any offset behind it; what a snapshot has no room for is read from the log before it
 * (producer-windows.ts). A file is there as a whole or not at all: it gets its name when it is written. Source: Kafka's
 * ProducerStateManager.
 */
import { batchLastOffset } from '@millrace/protocol'
import { DELETED_SUFFIX, fileNameFor, offsetOfFileName, PRODUCER_SNAPSHOT_SUFFIX } from '../core/file-names.js'
import { decodeProducerSnapshot } from '../core/producer-snapshot.js'
import { isExpired, ProducerState } from '../core/producer-state.js'
import type { Disk } from '../disk/disk.js'
import { unlinkIfExists } from '../disk/whole-files.js'
import type { LogSegment } from '../segment/log-segment.js'
import { positionOf } from '../segment/segment-search.js'
import type { LogRepair } from './partition-log-types.js'
import { producerBatchAt } from './producer-batch.js'
import { completeWindows } from './producer-windows.js'

/** State up to an offset. */
export interface LoadedProducers {
  readonly state: ProducerState
  /** The state is that of before this offset. */
  readonly endOffset: number
}

/** Which state is wanted. */
export interface ProducersToLoad {
  readonly segments: readonly LogSegment[]
  readonly logStartOffset: number
  readonly endOffset: number
  readonly nowMs: number
  readonly expirationMs: number
}

/** See above. */
export class ProducerSnapshots {
  readonly #disk: Disk
  readonly #onRepair: (repair: LogRepair) => void
  #directory: string
  readonly #offsets = new Set<number>()
  readonly #unsynced = new Set<number>()

  /** @param onRepair Told of damaged files. */
  constructor(
    disk: Disk,
    directory: string,
    fileNames: readonly string[],
    onRepair: (repair: LogRepair) => void = () => undefined,
  ) {
    this.#disk = disk
    this.#directory = directory
    this.#onRepair = onRepair
    for (const name of fileNames) {
      const offset = name.endsWith(PRODUCER_SNAPSHOT_SUFFIX) ? offsetOfFileName(name) : undefined
      if (offset !== undefined) this.#offsets.add(offset)
    }
  }

  /** The offsets that have a snapshot, in order. */
  get offsets(): readonly number[] {
    return [...this.#offsets].sort((a, b) => a - b)
  }

  has(offset: number): boolean {
    return this.#offsets.has(offset)
  }

  moveTo(directory: string): void {
    this.#directory = directory
  }

  /** Writes a snapshot; {@link ProducerSnapshots.sync} makes it durable. */
  async write(offset: number, snapshot: Buffer): Promise<void> {
    const path = this.#path(offset)
    const temporary = `${path}.tmp`
    try {
      await this.#writeWhole(temporary, snapshot)
      await this.#disk.rename(temporary, path)
    } catch (error) {
      await unlinkIfExists(this.#disk, temporary).catch(() => undefined)
      throw error
    }
    this.#offsets.add(offset)
    this.#unsynced.add(offset)
  }

  /** Makes what was written durable. The names are synced with the directory, by the caller. */
  async sync(): Promise<void> {
    for (const offset of [...this.#unsynced]) {
      this.#unsynced.delete(offset)
      if (!this.#offsets.has(offset)) continue
      const file = await this.#disk.open(this.#path(offset))
      try {
        await file.datasync()
      } finally {
        await file.close()
      }
    }
  }

  /** Removes those that the predicate names. */
  async remove(predicate: (offset: number) => boolean): Promise<void> {
    for (const offset of this.offsets) {
      if (!predicate(offset)) continue
      this.#offsets.delete(offset)
      await unlinkIfExists(this.#disk, this.#path(offset))
    }
  }

  /** Marks one for deletion with its segment. Returns the path to remove later. */
  async markDeleted(offset: number): Promise<string | undefined> {
    if (!this.#offsets.delete(offset)) return undefined
    const path = this.#path(offset)
    await this.#disk.rename(path, path + DELETED_SUFFIX)
    return path + DELETED_SUFFIX
  }

  /**
   * Removes snapshots that belong to no segment, except the latest if it lies behind all segments' beginnings: that
   * one was written when the log was closed.
   */
  async removeStrays(segmentBaseOffsets: readonly number[]): Promise<void> {
    const bases = new Set(segmentBaseOffsets)
    const lastBase = segmentBaseOffsets.at(-1) ?? 0
    const strays = this.offsets.filter((offset) => !bases.has(offset))
    const latest = strays.at(-1)
    await this.remove((offset) => !bases.has(offset) && (offset !== latest || offset < lastBase))
  }

  /**
   * The producers' state before `endOffset`: from the latest good snapshot that is not behind it, and the batches that
   * follow. Damaged snapshots are removed.
   */
  async load(options: ProducersToLoad): Promise<ProducerState> {
    const { state, endOffset } = await this.#latest(options)
    const from = Math.max(endOffset, options.logStartOffset)
    if (from >= options.endOffset) return state
    for (const segment of options.segments) {
      const isLast = segment === options.segments.at(-1)
      const next = options.segments[options.segments.indexOf(segment) + 1]
      if (!isLast && next !== undefined && next.baseOffset <= from) continue
      if (segment.baseOffset >= options.endOffset) break
      await replay(segment, state, from, options.endOffset)
    }
    return state
  }

  async #latest(options: ProducersToLoad): Promise<LoadedProducers> {
    const { segments, nowMs } = options
    for (const offset of this.offsets.toReversed()) {
      if (offset > options.endOffset) continue
      const bytes = await this.#disk.readSmallFile(this.#path(offset))
      const entries = bytes === undefined ? undefined : decodeProducerSnapshot(bytes)
      if (entries !== undefined) {
        const live = entries.filter((entry) => !isExpired(entry, nowMs, options.expirationMs))
        const complete = await completeWindows(live, { segments, endOffset: offset, nowMs })
        return { state: new ProducerState(complete), endOffset: offset }
      }
      this.#onRepair({ file: fileNameFor(offset, PRODUCER_SNAPSHOT_SUFFIX), reason: 'its checksum does not match' })
      await this.remove((other) => other === offset)
    }
    return { state: new ProducerState(), endOffset: options.logStartOffset }
  }

  async #writeWhole(path: string, content: Buffer): Promise<void> {
    const file = await this.#disk.open(path, { create: true })
    try {
      await file.write([content], 0)
      await file.truncate(content.length)
    } finally {
      await file.close()
    }
  }

  #path(offset: number): string {
    return `${this.#directory}/${fileNameFor(offset, PRODUCER_SNAPSHOT_SUFFIX)}`
  }
}

/** Takes a segment's batches from one offset to below another into the state. */
async function replay(segment: LogSegment, state: ProducerState, from: number, end: number): Promise<void> {
  const start = await positionOf(segment, from)
  await segment.scan({ start, bodies: true }, (chunk, at) => {
    if (batchLastOffset(chunk, at) >= end) return 'stop'
    const batch = producerBatchAt(chunk, at)
    if (batch !== undefined) state.append(batch, 'replication')
    return 'continue'
  })
}
