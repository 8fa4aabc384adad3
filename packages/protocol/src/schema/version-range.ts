import assert from 'node:assert/strict'

/** Versions from `min` to `max`, both included; empty if `max < min`. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** The end of an open range such as `3+`: the largest int16. */
const MAX_VERSION = 0x7fff

export const ALL_VERSIONS: VersionRange = { min: 0, max: MAX_VERSION }
export const NO_VERSIONS: VersionRange = { min: 0, max: -1 }

/** Reads Kafka's notation for versions: `none`, `4`, `3+` or `0-12`. */
export function parseVersionRange(text: string): VersionRange {
  if (text === 'none') return NO_VERSIONS
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text)
  assert(match, `not a range of versions: ${text}`)
  const min = Number(match[1])
  const max = match[2] ? MAX_VERSION : Number(match[3] ?? min)
  assert(min <= max, `the range of versions ends before it starts: ${text}`)
  return { min, max }
}

/** The inverse of `parseVersionRange`. */
export function formatVersionRange({ min, max }: VersionRange): string {
  if (max < min) return 'none'
  if (max === MAX_VERSION) return `${min}+`
  return min === max ? `${min}` : `${min}-${max}`
}

export function includesVersion(range: VersionRange, version: number): boolean {
  return version >= range.min && version <= range.max
}
