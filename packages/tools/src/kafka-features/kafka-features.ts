/** `kafka-features`: which features the cluster has agreed on, and how that is changed (`FeatureCommand`). */
import type { FeatureUpdate, KafkaAdminClient, UpgradeType } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { clusterOptions, controllerOption, requireOneBootstrap } from '../command-line/client-settings.js'
import { reasonOf } from '../command-line/failures.js'
import { flag, text, texts } from '../command-line/option-table.js'
import { json, outputOption } from '../command-line/output.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'
import {
  features,
  latestRelease,
  levelIn,
  levelOf,
  METADATA_VERSION,
  releaseOf,
  releases,
} from './metadata-versions.js'

const cluster = {
  ...clusterOptions,
  ...outputOption,
  ...controllerOption,
} as const

const change = {
  ...cluster,
  metadata: text('release', 'Former spelling of --feature metadata.version=…: such as 3.3-IV3.'),
  'release-version': text('release', 'All features as they come with a release, such as 3.9-IV0.'),
  feature: texts('feature=level', 'The feature and the level it shall have.'),
  'dry-run': flag('Only say whether it could be done.'),
} as const

const unsafe = { unsafe: flag('Also if metadata may be lost.') } as const

type ClusterInvocation = Pick<Invocation<typeof cluster>, 'options' | 'print' | 'complain'>
type Action = 'upgrade' | 'downgrade' | 'disable'

export const kafkaFeatures = defineTool({
  name: 'kafka-features',
  summary: 'Shows and changes the features that the cluster has agreed on.',
  options: cluster,
  commands: {
    describe: defineTool({
      name: 'describe',
      summary: 'Shows the features.',
      options: cluster,
      async run(invocation) {
        await using admin = connect(invocation)
        await describeFeatures(admin, invocation)
      },
    }),
    upgrade: defineTool({
      name: 'upgrade',
      summary: 'Raises features.',
      options: change,
      run: (invocation) => update('upgrade', invocation, 'UPGRADE', levels(invocation, 'upgrade')),
    }),
    downgrade: defineTool({
      name: 'downgrade',
      summary: 'Lowers features.',
      options: { ...change, ...unsafe },
      run: (invocation) =>
        update('downgrade', invocation, downgrade(invocation.options.unsafe), levels(invocation, 'downgrade')),
    }),
    disable: defineTool({
      name: 'disable',
      summary: 'Removes features.',
      options: { ...cluster, ...unsafe, feature: texts('feature', 'The feature.'), 'dry-run': change['dry-run'] },
      run: (invocation) => {
        const named = distinct(invocation.options.feature.map((name) => [name, 0] as const))
        return update('disable', invocation, downgrade(invocation.options.unsafe), named)
      },
    }),
    'version-mapping': defineTool({
      name: 'version-mapping',
      summary: 'Shows the features that come with a release.',
      options: { ...cluster, 'release-version': text('release', 'The release.', latestRelease) },
      async run({ options, print }) {
        const release = options['release-version']
        const level = knownLevel(release)
        const others = features.map((feature) => [feature.name, levelIn(feature, level)] as const)
        if (options.output === 'json') print(json({ [METADATA_VERSION]: level, ...Object.fromEntries(others) }))
        else {
          print(`${METADATA_VERSION}=${level} (${release})`)
          for (const [name, featureLevel] of others) print(`${name}=${featureLevel}`)
        }
      },
    }),
    'feature-dependencies': defineTool({
      name: 'feature-dependencies',
      summary: 'Shows what levels of features need.',
      options: { ...cluster, feature: change.feature },
      async run({ options, print }) {
        if (options.feature.length === 0) throw new ToolError('kafka-features: error: argument --feature is required')
        const described = options.feature.map((pair) => dependencies(...nameAndLevel(pair)))
        if (options.output === 'json') print(json(described))
        else for (const line of described.flatMap(dependencyLines)) print(line)
      },
    }),
  },
  async run() {},
})

function connect(invocation: ClusterInvocation): KafkaAdminClient {
  const { 'bootstrap-server': servers, 'bootstrap-controller': controllers } = invocation.options
  requireOneBootstrap('kafka-features', servers, controllers)
  return adminClient(invocation)
}

async function describeFeatures(admin: KafkaAdminClient, { options, print }: ClusterInvocation): Promise<void> {
  const { supportedFeatures, finalizedFeatures, finalizedFeaturesEpoch } = await admin.describeFeatures()
  const described = [...supportedFeatures]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([feature, { min, max }]) => ({
      feature,
      supportedMinVersion: levelText(feature, min),
      supportedMaxVersion: levelText(feature, max),
      finalizedVersionLevel: levelText(feature, finalizedFeatures.get(feature)?.max ?? 0),
      epoch: finalizedFeaturesEpoch ?? null,
    }))
  if (options.output === 'json') print(json(described))
  else {
    for (const one of described) {
      print(
        [
          `Feature: ${one.feature}`,
          `SupportedMinVersion: ${one.supportedMinVersion}`,
          `SupportedMaxVersion: ${one.supportedMaxVersion}`,
          `FinalizedVersionLevel: ${one.finalizedVersionLevel}`,
          `Epoch: ${one.epoch ?? '-'}`,
        ].join('\t'),
      )
    }
  }
}

function levelText(feature: string, level: number): string {
  return feature === METADATA_VERSION ? (releaseOf(level) ?? `UNKNOWN ${level}`) : String(level)
}

function knownLevel(release: string): number {
  const level = levelOf(release)
  if (level !== undefined) return level
  throw new ToolError(
    `Unknown ${METADATA_VERSION} ${release}. Supported ${METADATA_VERSION} are ${releases.join(', ')}`,
  )
}

function downgrade(isUnsafe: boolean): UpgradeType {
  return isUnsafe ? 'UNSAFE_DOWNGRADE' : 'SAFE_DOWNGRADE'
}

function nameAndLevel(pair: string): readonly [string, number] {
  const at = pair.indexOf('=')
  if (at === -1) throw new ToolError(`Can't parse feature=level string ${pair}: equals sign not found.`)
  const level = pair.slice(at + 1).trim()
  if (/^[+-]?\d{1,5}$/.test(level)) return [pair.slice(0, at).trim(), Number(level)]
  throw new ToolError(`Can't parse feature=level string ${pair}: unable to parse ${level} as a short.`)
}

function distinct(updates: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const result = new Map<string, number>()
  for (const [name, level] of updates) {
    if (result.has(name)) throw new ToolError(`Feature ${name} was specified more than once.`)
    result.set(name, level)
  }
  return result
}

/** The levels that the command line asks for. Errors: ToolError. */
function levels({ options }: Pick<Invocation<typeof change>, 'options'>, action: Action): ReadonlyMap<string, number> {
  const { 'release-version': release, metadata, feature } = options
  if (release !== undefined && (metadata !== undefined || feature.length > 0)) {
    throw new ToolError('Can not specify `release-version` with other feature flags.')
  }
  if (release !== undefined) {
    const level = knownLevel(release)
    const others = features.map((one) => [one.name, levelIn(one, level)] as const)
    // What the release does not have yet need not be raised to nothing.
    const changed = others.filter(([, featureLevel]) => action !== 'upgrade' || featureLevel > 0)
    return new Map([[METADATA_VERSION, level], ...changed])
  }
  const former = metadata === undefined ? [] : [[METADATA_VERSION, knownLevel(metadata)] as const]
  return distinct([...former, ...feature.map(nameAndLevel)])
}

async function update(
  action: Action,
  invocation: ClusterInvocation & { readonly options: { readonly 'dry-run': boolean } },
  upgradeType: UpgradeType,
  wanted: ReadonlyMap<string, number>,
): Promise<void> {
  const { options, print } = invocation
  if (wanted.size === 0) throw new ToolError(`You must specify at least one feature to ${action}`)
  const validateOnly = options['dry-run']
  await using admin = connect(invocation)
  const updates = [...wanted].map(([name, maxVersionLevel]): [string, FeatureUpdate] => [
    name,
    { maxVersionLevel, upgradeType },
  ])
  const outcomes = await admin.updateFeatures(updates, validateOnly ? { validateOnly } : {}).settled()
  const results = [...outcomes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([feature, outcome]) => ({
      feature,
      level: wanted.get(feature) ?? 0,
      error: 'error' in outcome ? reasonOf(outcome.error) : null,
    }))
  if (options.output === 'json') print(json(results))
  else {
    for (const { feature, level, error } of results) {
      const isDisabled = action === 'disable'
      if (error === null) {
        const done = isDisabled ? 'disabled.' : `${action}d to ${level}.`
        print(`${feature} ${validateOnly ? 'can be' : 'was'} ${done}`)
      } else {
        const wish = isDisabled ? `disable ${feature}` : `${action} ${feature} to ${level}`
        print(`${validateOnly ? 'Can not' : 'Could not'} ${wish}. ${error}`)
      }
    }
  }
  const failed = results.filter(({ error }) => error !== null).length
  if (failed > 0) throw new ToolError(`${failed} out of ${wanted.size} operation(s) failed.`)
}

interface Dependencies {
  readonly feature: string
  readonly level: number
  readonly needs: Readonly<Record<string, number>>
}

function dependencies(feature: string, level: number): Dependencies {
  if (feature === METADATA_VERSION) {
    if (releaseOf(level) === undefined) throw new ToolError(`Unknown ${METADATA_VERSION} ${level}`)
    return { feature, level, needs: {} }
  }
  const known = features.find(({ name }) => name === feature)
  if (known === undefined) throw new ToolError(`Unknown feature: ${feature}`)
  if (level < 0 || level > known.levelMax) {
    throw new ToolError(`No feature:${feature} with feature level ${level}`)
  }
  return { feature, level, needs: level === known.levelMax ? known.needs : {} }
}

function dependencyLines({ feature, level, needs }: Dependencies): readonly string[] {
  const release = (name: string, value: number) => (name === METADATA_VERSION ? ` (${releaseOf(value)})` : '')
  const needed = Object.entries(needs)
  if (needed.length === 0) return [`${feature}=${level}${release(feature, level)} has no dependencies.`]
  return [
    `${feature}=${level} requires:`,
    ...needed.map(([name, value]) => `    ${name}=${value}${release(name, value)}`),
  ]
}
