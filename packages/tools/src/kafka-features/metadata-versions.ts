/** Releases of Kafka's metadata, and the features that come with them (`MetadataVersion`, `Feature`). */

/** By their levels, from 1 on. */
const names = [
  ...['3.0-IV1', '3.1-IV0', '3.2-IV0', '3.3-IV0', '3.3-IV1', '3.3-IV2', '3.3-IV3', '3.4-IV0', '3.5-IV0', '3.5-IV1'],
  ...['3.5-IV2', '3.6-IV0', '3.6-IV1', '3.6-IV2', '3.7-IV0', '3.7-IV1', '3.7-IV2', '3.7-IV3', '3.7-IV4', '3.8-IV0'],
  ...['3.9-IV0', '4.0-IV0', '4.0-IV1', '4.0-IV2', '4.0-IV3', '4.1-IV0', '4.1-IV1', '4.2-IV0', '4.2-IV1', '4.3-IV0'],
]

export const METADATA_VERSION = 'metadata.version'

/** The first one that a cluster can be set to. */
const LEVEL_MIN = 4

export const latestRelease = names.at(-1) ?? ''

/** Those that a cluster can be set to. */
export const releases: readonly string[] = names.slice(LEVEL_MIN - 1)

/** Undefined: there is no such release. `3.9` is its last one. */
export function levelOf(release: string): number | undefined {
  const at = release.includes('-')
    ? names.indexOf(release)
    : names.findLastIndex((name) => name.startsWith(`${release}-`))
  return at === -1 ? undefined : at + 1
}

/** Undefined: not known here. */
export function releaseOf(level: number): string | undefined {
  return names[level - 1]
}

interface FeatureRelease {
  readonly name: string
  /** The level that it has from a release on. */
  readonly since: string
  readonly level: number
  readonly levelMax: number
  /** What its highest level needs. */
  readonly needs: Readonly<Record<string, number>>
}

export const features: readonly FeatureRelease[] = [
  { name: 'kraft.version', since: '3.9-IV0', level: 1, levelMax: 1, needs: {} },
  { name: 'transaction.version', since: '4.0-IV2', level: 2, levelMax: 2, needs: {} },
  { name: 'group.version', since: '4.0-IV0', level: 1, levelMax: 1, needs: {} },
  {
    ...{ name: 'eligible.leader.replicas.version', since: '4.1-IV0', level: 1, levelMax: 1 },
    needs: { [METADATA_VERSION]: 23 },
  },
  { name: 'share.version', since: '4.2-IV0', level: 1, levelMax: 1, needs: {} },
  { name: 'streams.version', since: '4.2-IV1', level: 1, levelMax: 1, needs: {} },
]

/** The level of a feature that a release comes with. */
export function levelIn(feature: FeatureRelease, releaseLevel: number): number {
  return releaseLevel >= (levelOf(feature.since) ?? 0) ? feature.level : 0
}
