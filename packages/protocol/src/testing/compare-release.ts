/**
 * Compares all our messages with the definitions of one release of Kafka.
 *
 *     node packages/protocol/dist/testing/compare-release.js <folder of a release>...
 *
 * Each folder holds the JSON files unpacked from the jars of one release, in any folders below it. Give the oldest and
 * the newest release that are covered: the exit code is 1 if anything differs without an explanation, or if a version of
 * ours is in no release.
 */
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { allMessages, versionsOf } from './all-messages.js'
import { commonVersions, compareDefinition, type Difference, readDefinition } from './compare-definitions.js'
import { unexplained } from './known-differences.js'

/**
 * Messages whose stored version stopped being their version: since 4.0 the number in front of a key of a coordinator's
 * record is its `apiKey`, and `validVersions` is always 0. The bytes are the same; 3.9 has them in full.
 */
const KEYS_RENUMBERED = [
  'OffsetCommitKey',
  'GroupMetadataKey',
  'ConsumerGroupMetadataKey',
  'ConsumerGroupPartitionMetadataKey',
  'ConsumerGroupMemberMetadataKey',
  'ConsumerGroupTargetAssignmentMetadataKey',
  'ConsumerGroupTargetAssignmentMemberKey',
  'ConsumerGroupCurrentMemberAssignmentKey',
]

/** Messages that Kafka declares in code, not in its definitions: only the byte vectors say whether ours are right. */
const WITHOUT_DEFINITION = ['StickyAssignorUserData', 'CooperativeStickyAssignorUserData']

export interface Comparison {
  readonly differences: readonly Difference[]
  /** Versions of ours that no release has, such as `FetchRequest v19`. */
  readonly uncovered: readonly string[]
}

/** Compares every message with each of the releases. */
export function compareReleases(releases: readonly string[]): Comparison {
  const differences: Difference[] = []
  const covered = new Set<string>()
  for (const release of releases) {
    const folders = foldersByDefinition(release)
    for (const message of allMessages) {
      const folder = folders.get(message.name)
      if (folder === undefined) continue
      const definition = readDefinition(folder, message.name)
      if (KEYS_RENUMBERED.includes(message.name) && definition.apiKey !== undefined) continue
      differences.push(...compareDefinition(message, definition))
      const { min, max } = commonVersions(message, definition)
      for (let version = min; version <= max; version++) covered.add(`${message.name} v${version}`)
    }
  }
  const all = allMessages
    .filter(({ name }) => !WITHOUT_DEFINITION.includes(name))
    .flatMap((message) => versionsOf(message).map((version) => `${message.name} v${version}`))
  return { differences, uncovered: all.filter((version) => !covered.has(version)) }
}

/** Folder of each JSON file under `root`, by its name without the ending. */
function foldersByDefinition(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'))
  return new Map(files.map((file) => [basename(file, '.json'), join(root, dirname(file))]))
}

function main(releases: readonly string[]): number {
  const { differences, uncovered } = compareReleases(releases)
  const open = unexplained(differences)
  for (const { message, path, property, ours, theirs } of open) {
    console.log(`${message} ${path}: ${property} is ${ours} here, ${theirs} in Kafka`)
  }
  for (const version of uncovered) console.log(`${version}: in none of the releases`)
  console.log(`compared ${allMessages.length} messages; ${differences.length - open.length} differences are explained`)
  return open.length + uncovered.length === 0 ? 0 : 1
}

if (argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(argv.slice(2))
