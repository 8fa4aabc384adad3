/** `auto.offset.reset` as data (KIP-1106). */

/** What ListOffsets calls the end of a partition. */
export const LATEST_TIMESTAMP = -1
/** What ListOffsets calls its beginning. */
export const EARLIEST_TIMESTAMP = -2

export type OffsetReset =
  | { readonly kind: 'earliest' | 'latest' | 'none' }
  /** The first record that is not older. */
  | { readonly kind: 'by-duration'; readonly durationMs: number }

const DURATION =
  /^(?<sign>-)?P(?:(?<days>\d+)D)?(?:T(?:(?<hours>\d+)H)?(?:(?<minutes>\d+)M)?(?:(?<seconds>\d+(?:\.\d+)?)S)?)?$/i

/** Undefined: it is none. */
export function parseOffsetReset(text: string): OffsetReset | undefined {
  const [kind = '', duration] = text.split(/:(.*)/s)
  switch (kind.toLowerCase()) {
    case 'earliest':
      return duration === undefined ? { kind: 'earliest' } : undefined
    case 'latest':
      return duration === undefined ? { kind: 'latest' } : undefined
    case 'none':
      return duration === undefined ? { kind: 'none' } : undefined
    case 'by_duration': {
      const durationMs = parseDurationMs(duration ?? '')
      return durationMs === undefined ? undefined : { kind: 'by-duration', durationMs }
    }
    default:
      return undefined
  }
}

/** The timestamp that ListOffsets is asked for; undefined: nobody may choose. */
export function resetTimestamp(reset: OffsetReset, nowMs: number): number | undefined {
  switch (reset.kind) {
    case 'earliest':
      return EARLIEST_TIMESTAMP
    case 'latest':
      return LATEST_TIMESTAMP
    case 'none':
      return undefined
    case 'by-duration':
      return Math.max(0, nowMs - reset.durationMs)
    default:
      return reset satisfies never
  }
}

/** ISO 8601 as `java.time.Duration` reads it: P7D, PT1H30M, PT0.5S; not negative. */
function parseDurationMs(text: string): number | undefined {
  const groups = DURATION.exec(text)?.groups
  if (groups === undefined || groups['sign'] !== undefined || !/\d/.test(text)) return undefined
  const { days = '0', hours = '0', minutes = '0', seconds = '0' } = groups
  const ms = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000
  return Math.round(ms)
}
