import { canBeRelative } from './offset-index.js'

/** The active segment, as the decision to roll sees it. */
export interface RollState {
  readonly baseOffset: number
  readonly sizeInBytes: number
  /** Largest timestamp of the segment's first batch; `undefined` or −1 if it has none. */
  readonly firstTimestamp: number | undefined
  readonly createdMs: number
  /** What jitter takes from `segment.ms`. */
  readonly jitterMs: number
  /** Is one of its indexes full? */
  readonly indexFull: boolean
}

/** The batches about to be appended. */
export interface RollInput {
  readonly sizeInBytes: number
  readonly maxTimestamp: number
  readonly lastOffset: number
  readonly nowMs: number
}

/** Why a new segment is begun. */
export type RollReason = 'size' | 'time' | 'index' | 'offset'

/**
 * Must these batches go into a new segment? Time counts from the first batch's timestamp to that of the new ones, so
 * that a replica rolls where its leader did; only batches without timestamps go by the clock.
 * Source: Kafka's LogSegment.shouldRoll.
 */
export function rollReason(
  segment: RollState,
  batches: RollInput,
  config: { readonly segmentBytes: number; readonly segmentMs: number },
): RollReason | undefined {
  if (segment.sizeInBytes > config.segmentBytes - batches.sizeInBytes) return 'size'
  if (segment.sizeInBytes > 0 && waitedMs(segment, batches) > config.segmentMs - segment.jitterMs) return 'time'
  if (segment.indexFull) return 'index'
  if (!canBeRelative(segment.baseOffset, batches.lastOffset)) return 'offset'
  return undefined
}

function waitedMs(segment: RollState, batches: RollInput): number {
  if (segment.firstTimestamp !== undefined && segment.firstTimestamp >= 0) {
    return batches.maxTimestamp - segment.firstTimestamp
  }
  return batches.nowMs - segment.createdMs
}

/** What jitter takes from a new segment's `segment.ms`, for a random number from 0 to 1. */
export function rollJitterMs(
  config: { readonly segmentMs: number; readonly segmentJitterMs: number },
  random: number,
): number {
  return Math.floor(random * Math.min(config.segmentJitterMs, config.segmentMs))
}
