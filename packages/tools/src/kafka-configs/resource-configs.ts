/** Settings of topics, brokers, loggers, groups and metrics subscriptions: what brokers keep as configurations. */
import {
  type AlterConfigOp,
  type ConfigEntry,
  type ConfigResourceType,
  type ConfigSource,
  type KafkaAdminClient,
  KafkaError,
} from '@millrace/client'
import { firstCause, hasCode } from '../command-line/failures.js'
import { hashOrder, stringHash } from '../command-line/java-order.js'
import { ToolError } from '../command-line/tool.js'
import type { ConfigChanges } from './config-changes.js'
import type { EntityType } from './entities.js'

export type ResourceEntity = Exclude<EntityType, 'users' | 'clients' | 'ips'>

interface ResourceKind {
  readonly type: ConfigResourceType
  /** Where what was set there comes from; undefined: all that it has was. */
  readonly source: ConfigSource | undefined
}

const kinds: Readonly<Record<ResourceEntity, ResourceKind>> = {
  topics: { type: 'TOPIC', source: 'DYNAMIC_TOPIC_CONFIG' },
  brokers: { type: 'BROKER', source: 'DYNAMIC_BROKER_CONFIG' },
  'broker-loggers': { type: 'BROKER_LOGGER', source: undefined },
  'client-metrics': { type: 'CLIENT_METRICS', source: 'DYNAMIC_CLIENT_METRICS_CONFIG' },
  groups: { type: 'GROUP', source: 'DYNAMIC_GROUP_CONFIG' },
}

/** What has settings of this kind; '' stands for the defaults of brokers. */
export async function resourceNames(admin: KafkaAdminClient, entity: ResourceEntity): Promise<readonly string[]> {
  switch (entity) {
    case 'topics':
      return hashOrder((await admin.listTopics({ listInternal: true })).keys(), stringHash)
    case 'brokers':
    case 'broker-loggers':
      return [...(await admin.describeCluster()).nodes.map(({ id }) => String(id)), '']
    case 'client-metrics':
      return (await admin.listConfigResources({ types: ['CLIENT_METRICS'] })).map(({ name }) => name)
    case 'groups':
      return hashOrder(
        (await admin.listConsumerGroups()).map(({ groupId }) => groupId),
        stringHash,
      )
    default:
      return entity satisfies never
  }
}

/** In the order of their names: those that were set there, or all. */
export async function settingsOf(
  admin: KafkaAdminClient,
  entity: ResourceEntity,
  name: string,
  wanted: { readonly all: boolean; readonly includeSynonyms: boolean },
): Promise<readonly ConfigEntry[]> {
  const { type, source } = kinds[entity]
  const own = type === 'BROKER' && name === '' ? 'DYNAMIC_DEFAULT_BROKER_CONFIG' : source
  const configs = await admin.describeConfigs([{ type, name }], { includeSynonyms: wanted.includeSynonyms })
  return [...(configs.get(name)?.values() ?? [])]
    .filter((entry) => wanted.all || own === undefined || entry.source === own)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Errors: ToolError for settings that are not there; those of incrementalAlterConfigs. */
export async function alterSettings(
  admin: KafkaAdminClient,
  entity: ResourceEntity,
  name: string,
  { added, deleted }: ConfigChanges,
): Promise<void> {
  const old = await settingsOf(admin, entity, name, { all: false, includeSynonyms: false })
  const isThere = new Set(old.map((entry) => entry.name))
  const named = entity === 'broker-loggers' ? [...deleted, ...added.keys()] : deleted
  const invalid = named.filter((setting) => !isThere.has(setting))
  if (invalid.length > 0) {
    const what = entity === 'broker-loggers' ? 'broker logger(s)' : 'config(s)'
    throw new ToolError(`Invalid ${what}: ${invalid.join(',')}`)
  }
  const { type } = kinds[entity]
  const resource = { type, name }
  const ops: readonly AlterConfigOp[] = [
    ...[...added].map(([setting, value]) => ({ name: setting, op: 'SET', value }) as const),
    ...deleted.map((setting) => ({ name: setting, op: 'DELETE' }) as const),
  ]
  try {
    await admin.incrementalAlterConfigs([{ resource, ops }], { timeoutMs: 30_000 })
  } catch (error) {
    if (!(error instanceof KafkaError) || !hasCode(firstCause(error), 'UNSUPPORTED_VERSION')) throw error
    const kept = old.filter((entry) => !deleted.includes(entry.name))
    const lost = kept.filter(({ value, name: setting }) => value === null && !added.has(setting))
    if (type !== 'TOPIC' && type !== 'BROKER') throw error
    if (lost.length > 0) {
      // A broker this old is told all settings again, and tells no passwords.
      throw new ToolError(
        `All sensitive broker config entries must be specified for --alter, missing entries: ${lost.map((entry) => entry.name).join(', ')}`,
      )
    }
    const values = kept.map((entry) => [entry.name, entry.value ?? ''] as const)
    await admin.alterConfigs([{ resource, configs: Object.fromEntries([...values, ...added]) }])
  }
}
