/**
 * The appends of one log: decides at the call, writes behind it.
 *
 * At the call, without waiting: check the batch, give it offsets, decide whether a segment ends before it, check it against the
 * producers' state (where earlier appends count although they are still being written), and give it its place in the
 * file. So the next call can be decided at once. When the bytes are there, the log end moves and the answer is given. When
 * they are not, everything that was decided since is taken back.
 *
 * The producers' state is encoded at the moment at which a roll is decided: a snapshot must know nothing of later batches.
 */
import assert from 'node:assert/strict'
import { NO_TIMESTAMP } from '@millrace/protocol'
import type { BatchMetadata } from '../core/producer-entry.js'
import { encodeProducerSnapshot } from '../core/producer-snapshot.js'
import type { ProducerUndo } from '../core/producer-state.js'
import { rollReason } from '../core/roll.js'
import type { AbortedTransaction } from '../core/transaction-index.js'
import { isOutOfSpace } from '../disk/disk.js'
import { LogSegment } from '../segment/log-segment.js'
import type { EpochCheckpoint } from './epoch-checkpoint.js'
import { LogAppendError } from './log-error.js'
import type { LogFlusher } from './log-flusher.js'
import type { LogState } from './log-state.js'
import { LogWriter, type QueuedAppend, type QueuedRoll } from './log-writer.js'
import { type AppendInput, type PreparedAppend, prepareAppend } from './prepare-append.js'
import { segmentOptions } from './segment-options.js'

/** What became of an append. */
export interface AppendResult {
  /** Offset of the first record: the one that it got when it was first sent, for a duplicate. */
  readonly firstOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  /** −1 unless the topic's timestamps are LogAppendTime. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  /** The batch was in the log already: nothing was written. */
  readonly duplicate: boolean
}

/** What the producers' state says to all batches of an append. */
type ProducersDecision =
  | {
      readonly kind: 'appended'
      readonly undos: readonly ProducerUndo[]
      readonly aborted: readonly AbortedTransaction[]
    }
  | { readonly kind: 'duplicate'; readonly batch: BatchMetadata }

/** See above. */
export class LogAppender {
  readonly #state: LogState
  readonly #flusher: LogFlusher
  readonly #epochCheckpoint: EpochCheckpoint
  readonly #onAppended: () => void
  readonly #writer: LogWriter
  /** Where the next append goes. */
  #nextOffset: number
  /** The segment that it goes to; it may not have files yet. */
  #segment: LogSegment
  /** The file may have bytes behind what is written, which could not be cut off. */
  #mustCut = false

  constructor(parts: {
    readonly state: LogState
    readonly flusher: LogFlusher
    readonly epochCheckpoint: EpochCheckpoint
    /** The log end has moved. */
    readonly onAppended: () => void
  }) {
    this.#state = parts.state
    this.#flusher = parts.flusher
    this.#epochCheckpoint = parts.epochCheckpoint
    this.#onAppended = parts.onAppended
    this.#nextOffset = parts.state.logEndOffset
    this.#segment = parts.state.segments.active
    this.#writer = new LogWriter({
      beforeWrite: () => this.#beforeWrite(),
      roll: (entry) => this.#rolled(entry),
      written: (entries) => this.#written(entries),
      failed: (_, error) => this.#failed(error),
    })
  }

  /**
   * Appends. All decisions fall before this returns; it resolves when the bytes are written. What is refused at once is
   * thrown.
   */
  append(input: AppendInput): Promise<AppendResult> {
    const { config } = this.#state
    const prepared = prepareAppend(input, this.#nextOffset, config)
    if (prepared.records.length === 0) return Promise.resolve(this.#result(prepared))
    if (prepared.records.length > config.segmentBytes) {
      throw new LogAppendError(
        'RECORD_LIST_TOO_LARGE',
        `${prepared.records.length} bytes are more than a segment may have, ${config.segmentBytes}`,
      )
    }
    const roll = this.#mustRoll(prepared, input.nowMs) ? this.#snapshot() : undefined
    const decision = this.#appendProducers(prepared, input)
    if (decision.kind === 'duplicate') return this.#duplicate(decision.batch)

    if (roll !== undefined) void this.#pushRoll(prepared.firstOffset, roll).catch(() => undefined)
    return this.#pushAppend(prepared, decision)
  }

  /** Ends the active segment, unless it is empty. Resolves when the new one is there. */
  async roll(): Promise<void> {
    if (this.#segment.plannedBytes === 0) return
    await this.#pushRoll(this.#nextOffset, this.#snapshot())
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writer.idle()
  }

  /** The log was truncated: goes on at its end. Nothing may be under way. */
  restart(): void {
    assert(this.#writer.isIdle, 'a truncation waits for the writes under way')
    this.#nextOffset = this.#state.logEndOffset
    this.#segment = this.#state.segments.active
    this.#mustCut = false
  }

  // --- At the call ---

  #mustRoll(prepared: PreparedAppend, nowMs: number): boolean {
    const { config } = this.#state
    const segment = this.#segment
    const state = {
      baseOffset: segment.baseOffset,
      sizeInBytes: segment.plannedBytes,
      firstTimestamp: segment.firstTimestamp,
      createdMs: segment.createdMs,
      jitterMs: segment.jitterMs,
      indexFull: segment.indexFull(config.segmentIndexBytes),
    }
    const batches = {
      sizeInBytes: prepared.records.length,
      maxTimestamp: prepared.maxTimestamp,
      lastOffset: prepared.lastOffset,
      nowMs,
    }
    const reason = rollReason(state, batches, config)
    // An empty segment is as good as a new one, if the new one would not begin at another offset.
    return reason !== undefined && (segment.plannedBytes > 0 || prepared.firstOffset > segment.baseOffset)
  }

  #snapshot(): Buffer {
    return encodeProducerSnapshot(this.#state.producers.entries())
  }

  #appendProducers(prepared: PreparedAppend, input: AppendInput): ProducersDecision {
    const { producers } = this.#state
    const undos: ProducerUndo[] = []
    const aborted: AbortedTransaction[] = []
    for (const batch of prepared.producerBatches) {
      const decision = producers.append(batch, input.origin)
      if (decision.kind === 'duplicate') return decision
      if (decision.kind === 'refused') {
        for (const undo of undos.toReversed()) producers.undo(undo)
        throw new LogAppendError(decision.code, decision.message)
      }
      undos.push(decision.undo)
      if (decision.aborted !== undefined) aborted.push(decision.aborted)
    }
    return { kind: 'appended', undos, aborted }
  }

  /** The batch that it repeats may still be on its way to the disk; the answer must not come before that one's. */
  async #duplicate(batch: BatchMetadata): Promise<AppendResult> {
    if (!this.#writer.isIdle) {
      await new Promise<void>((resolve, reject) => {
        const refuse = (error: unknown): void => reject(asAppendError(error))
        this.#writer.push({ kind: 'wait', undo: () => undefined, resolve, reject: refuse })
      })
    }
    const isLogAppendTime = this.#state.config.messageTimestampType === 'LogAppendTime'
    return {
      firstOffset: batch.lastOffset - batch.offsetDelta,
      lastOffset: batch.lastOffset,
      maxTimestamp: batch.timestamp,
      logAppendTimeMs: isLogAppendTime ? batch.timestamp : NO_TIMESTAMP,
      logStartOffset: this.#state.logStartOffset,
      duplicate: true,
    }
  }

  async #pushRoll(offset: number, snapshot: Buffer): Promise<void> {
    const sealed = this.#segment
    const segment = LogSegment.planned(segmentOptions(this.#state, Math.max(offset, this.#nextOffset)))
    sealed.seal()
    this.#segment = segment
    await new Promise<void>((resolve, reject) => {
      const undo = (): void => {
        this.#segment = sealed
      }
      this.#writer.push({ kind: 'roll', segment, snapshot, undo, resolve, reject })
    })
  }

  #pushAppend(
    prepared: PreparedAppend,
    decision: Extract<ProducersDecision, { kind: 'appended' }>,
  ): Promise<AppendResult> {
    const { epochs } = this.#state
    for (const { epoch, startOffset } of prepared.epochs) {
      if (epoch >= 0 && epoch !== epochs.latestEpoch) epochs.assign(epoch, startOffset)
    }
    const segment = this.#segment
    const mark = segment.mark()
    const position = segment.plannedBytes
    segment.plan({
      sizeInBytes: prepared.records.length,
      lastOffset: prepared.lastOffset,
      maxTimestamp: prepared.maxTimestamp,
      offsetOfMaxTimestamp: prepared.offsetOfMaxTimestamp,
    })
    for (const transaction of decision.aborted) segment.planAborted(transaction)
    const offsetBefore = this.#nextOffset
    this.#nextOffset = prepared.lastOffset + 1
    const undo = (): void => {
      this.#nextOffset = offsetBefore
      segment.rewind(mark, prepared.firstOffset)
      for (const producerUndo of decision.undos.toReversed()) this.#state.producers.undo(producerUndo)
    }
    return new Promise((resolve, reject) => {
      const answer = (): void => resolve(this.#result(prepared))
      const refuse = (error: unknown): void => reject(asAppendError(error))
      this.#writer.push({ kind: 'append', prepared, segment, position, undo, resolve: answer, reject: refuse })
    })
  }

  #result(prepared: PreparedAppend): AppendResult {
    return {
      firstOffset: prepared.firstOffset,
      lastOffset: prepared.lastOffset,
      maxTimestamp: prepared.maxTimestamp,
      logAppendTimeMs: prepared.logAppendTimeMs,
      logStartOffset: this.#state.logStartOffset,
      duplicate: false,
    }
  }

  // --- When it is written ---

  #beforeWrite(): Promise<void> | undefined {
    const { failure } = this.#flusher
    if (failure !== undefined && !isOutOfSpace(failure)) {
      throw new LogAppendError('KAFKA_STORAGE_ERROR', 'The disk has failed to keep what it was given', [], {
        cause: failure,
      })
    }
    return this.#mustCut || this.#epochCheckpoint.isDirty ? this.#prepareFiles() : undefined
  }

  async #prepareFiles(): Promise<void> {
    if (this.#mustCut) await this.#cutBack()
    if (this.#epochCheckpoint.isDirty) await this.#epochCheckpoint.write()
  }

  async #rolled(entry: QueuedRoll): Promise<void> {
    const { snapshots, segments } = this.#state
    try {
      await snapshots.write(entry.segment.baseOffset, entry.snapshot)
      await entry.segment.create()
    } catch (error) {
      // An empty segment in the middle of another one's offsets; the loader, too, knows what to do with it.
      await entry.segment.removeFiles().catch(() => undefined)
      throw error
    }
    segments.add(entry.segment)
    this.#flusher.namesChanged()
  }

  #written(entries: readonly QueuedAppend[]): Promise<void> | undefined {
    const state = this.#state
    const last = entries.at(-1)
    assert(last !== undefined, 'something was written')
    const { segment, prepared } = last
    let recordCount = 0
    for (const entry of entries) recordCount += entry.prepared.recordCount

    const sizeBefore = segment.sizeInBytes
    segment.sizeInBytes = last.position + prepared.records.length
    segment.modifiedMs = state.environment.clock.nowMs()
    this.#flusher.appended(recordCount)
    if (this.#flusher.unflushedRecords >= state.config.flushMessages) return this.#flushed(entries, last, sizeBefore)
    this.#show(entries, last)
    return undefined
  }

  async #flushed(entries: readonly QueuedAppend[], last: QueuedAppend, sizeBefore: number): Promise<void> {
    try {
      await this.#flusher.flush(last.prepared.lastOffset + 1)
    } catch (error) {
      last.segment.sizeInBytes = sizeBefore
      throw error
    }
    this.#show(entries, last)
  }

  /** Readers may see what was written. */
  #show(entries: readonly QueuedAppend[], last: QueuedAppend): void {
    const state = this.#state
    const { segment } = last
    for (const entry of entries) {
      const { firstOffset, lastOffset, records } = entry.prepared
      segment.positions.remember(firstOffset, entry.position)
      state.recent.add(firstOffset, lastOffset + 1, records)
    }
    state.logEndOffset = last.prepared.lastOffset + 1
    this.#onAppended()
  }

  /** Memory is as before. Now the file: bytes behind what is written would be taken for batches after a crash. */
  async #failed(error: unknown): Promise<void> {
    const { epochs, environment, directory } = this.#state
    epochs.truncateFromEnd(this.#nextOffset + 1)
    environment.reporter.warn(`${directory}: an append failed, and is taken back: ${String(error)}`)
    this.#mustCut = true
    await this.#cutBack().catch(() => undefined)
  }

  async #cutBack(): Promise<void> {
    const { active } = this.#state.segments
    const file = await active.file()
    await file.truncate(active.sizeInBytes)
    // What is left of it behind new batches could, after a power cut, look like the next ones.
    await file.datasync()
    this.#mustCut = false
  }
}

/** Makes an error of the disk one that a producer understands. */
function asAppendError(error: unknown): LogAppendError {
  if (error instanceof LogAppendError) return error
  const reason = isOutOfSpace(error) ? 'There is no space left on the disk' : 'The disk failed'
  return new LogAppendError('KAFKA_STORAGE_ERROR', reason, [], { cause: error })
}
