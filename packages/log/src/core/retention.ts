/** A segment, as retention sees it. */
export interface RetentionSegment {
  readonly baseOffset: number
  readonly sizeInBytes: number
  /** The largest timestamp of its records, or when the file was last written if they have none. */
  readonly largestTimestamp: number
}

/** A log, as retention sees it. */
export interface RetentionInput {
  /** Oldest first; the last one is active. */
  readonly segments: readonly RetentionSegment[]
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly highWatermark: number
  readonly nowMs: number
  readonly config: {
    readonly cleanupPolicy: readonly string[]
    readonly retentionMs: number
    readonly retentionBytes: number
  }
}

/** What is to go: so many of the oldest segments, and why. */
export interface RetentionDecision {
  readonly count: number
  readonly byLogStart: number
  readonly bySize: number
  readonly byTime: number
}

/**
 * How many of the oldest segments may go. Whole segments only, never one that holds or follows an offset at or above
 * the high watermark, and the empty active one never. If all may go, the active segment must be rolled first.
 *
 *  - those below the log's start offset, whatever the policy,
 *  - those that the log exceeds `retention.bytes` with: it stays at that size or above,
 *  - those whose largest timestamp is older than `retention.ms`; one timestamp in the future keeps its segment and,
 *    because only the oldest go, all that follow.
 *
 * Source: Kafka's UnifiedLog.deleteOldSegments.
 */
export function expiredSegments(input: RetentionInput): RetentionDecision {
  const { config } = input
  const deletes = config.cleanupPolicy.includes('delete')
  let count = 0
  const take = (eligible: (segment: RetentionSegment, next: RetentionSegment | undefined) => boolean): number => {
    const before = count
    for (; ; count += 1) {
      const segment = input.segments[count]
      if (segment === undefined) break
      const next = input.segments[count + 1]
      if (input.highWatermark < (next?.baseOffset ?? input.logEndOffset)) break
      if (next === undefined && segment.sizeInBytes === 0) break
      if (!eligible(segment, next)) break
    }
    return count - before
  }

  const byLogStart = take((_, next) => next !== undefined && next.baseOffset <= input.logStartOffset)

  let excess =
    input.segments.slice(count).reduce((sum, segment) => sum + segment.sizeInBytes, 0) - config.retentionBytes
  const bySize =
    !deletes || config.retentionBytes < 0
      ? 0
      : take((segment) => {
          if (excess < segment.sizeInBytes) return false
          excess -= segment.sizeInBytes
          return true
        })

  const byTime =
    !deletes || config.retentionMs < 0
      ? 0
      : take((segment) => input.nowMs - segment.largestTimestamp > config.retentionMs)
  return { count, byLogStart, bySize, byTime }
}
