/**
 * What a change of configs makes of an entity's own configs (Kafka: ConfigAdminManager). Pure: reads the present ones,
 * gives the new ones or the error that refuses the change.
 */
import type { ErrorName } from '@millrace/protocol'
import type { BrokerConfig } from '../../config/broker-config.js'
import { brokerConfigs, isBrokerConfig } from '../../config/broker-config.js'
import { type ConfigKey, parseConfig } from '../../config/config-key.js'
import { consistencyMistakes } from '../../config/consistency.js'
import { topicConfigs } from '../../config/keys/topic.js'
import { isTopicConfig, topicConfigMistake } from '../../config/topic-config.js'

export type ConfigMap = ReadonlyMap<string, string>

type Refusal = { readonly error: ErrorName; readonly message: string }

export type AlterOutcome = { readonly configs: ConfigMap } | Refusal

/** Codes of IncrementalAlterConfigs (KIP-339). */
export const alterOperations = ['set', 'delete', 'append', 'subtract'] as const
export type AlterOperation = (typeof alterOperations)[number]

export interface ConfigChange {
  readonly name: string
  readonly operation: AlterOperation
  readonly value: string | null
}

/** The kind of entity that is changed: it decides which keys there are. */
export interface ConfigEntity {
  readonly keyOf: (name: string) => ConfigKey | undefined
  /** Why these configs cannot be the entity's own. `changed` are those that are not as they were. */
  readonly mistake: (configs: ConfigMap, changed: ReadonlySet<string>) => Refusal | undefined
}

export function topicEntity(broker: BrokerConfig): ConfigEntity {
  return {
    keyOf: (name) => (isTopicConfig(name) ? topicConfigs[name] : undefined),
    mistake: (configs) => {
      const message = topicConfigMistake(configs, broker)
      return message === undefined ? undefined : { error: 'INVALID_CONFIG', message }
    },
  }
}

/** One broker, or the default of all brokers. */
export function brokerEntity(broker: BrokerConfig, isDefault: boolean): ConfigEntity {
  return {
    keyOf: (name) => (isBrokerConfig(name) ? brokerConfigs[name] : undefined),
    mistake: (configs, changed) => brokerMistake(configs, changed, broker, isDefault),
  }
}

/**
 * Every refusal is INVALID_REQUEST, wrong values too, as Kafka has it. What is there already is not looked at: another
 * broker may have put there what means nothing here.
 */
function brokerMistake(
  configs: ConfigMap,
  changed: ReadonlySet<string>,
  broker: BrokerConfig,
  isDefault: boolean,
): Refusal | undefined {
  for (const [name, text] of configs) {
    if (!changed.has(name)) continue
    const key: ConfigKey | undefined = isBrokerConfig(name) ? brokerConfigs[name] : undefined
    if (key === undefined) return invalidRequest(`Unknown broker config name: ${name}`)
    if (key.update === undefined) return invalidRequest(`Cannot update these configs dynamically: ${name}`)
    if (/^(ssl|sasl)\./.test(name)) return invalidRequest(`TLS and SASL are not supported yet: ${name}`)
    if (isDefault && key.update === 'perBroker') {
      return invalidRequest(`Cannot update these configs at default cluster level: ${name}`)
    }
    const parsed = parseConfig(key, text)
    if ('mistake' in parsed) return invalidRequest(`Invalid value ${text} for configuration ${name}: ${parsed.mistake}`)
  }
  const config = broker.withDynamic(isDefault ? { dynamicDefault: configs } : { dynamic: configs })
  const [together] = consistencyMistakes(config)
  return together === undefined ? undefined : invalidRequest(together)
}

function invalidRequest(message: string): Refusal {
  return { error: 'INVALID_REQUEST', message }
}

/** AlterConfigs: the given configs become the entity's own, all others go back to what is inherited. */
export function replaceConfigs(
  entity: ConfigEntity,
  configs: readonly { readonly name: string; readonly value: string | null }[],
): AlterOutcome {
  const duplicate = firstDuplicate(configs)
  if (duplicate !== undefined) return invalidRequest(`Error due to duplicate config keys: ${duplicate}`)
  const withNull = configs.find(({ value }) => value === null)
  if (withNull !== undefined) return invalidRequest(`Null value not supported for: ${withNull.name}`)
  return checked(entity, new Map(configs.map(({ name, value }) => [name, value as string])), configs)
}

/** IncrementalAlterConfigs. */
export function changeConfigs(
  entity: ConfigEntity,
  present: ConfigMap,
  changes: readonly ConfigChange[],
): AlterOutcome {
  const duplicate = firstDuplicate(changes)
  if (duplicate !== undefined) return invalidRequest(`Error due to duplicate config keys: ${duplicate}`)
  const configs = new Map(present)
  for (const { name, operation, value } of changes) {
    if (operation === 'delete') {
      configs.delete(name)
      continue
    }
    if (value === null) return invalidRequest(`Null value not supported for: ${name}`)
    if (operation === 'set') {
      configs.set(name, value)
      continue
    }
    const key = entity.keyOf(name)
    if (key?.kind !== 'list') {
      return { error: 'INVALID_CONFIG', message: `Config value ${operation} is not allowed for config key: ${name}` }
    }
    // Kafka starts from the key's own default, whatever the broker's configs make of it.
    const before = items(configs.get(name) ?? key.defaultText)
    configs.set(
      name,
      (operation === 'append' ? appended(before, items(value)) : subtracted(before, items(value))).join(','),
    )
  }
  return checked(entity, configs, changes)
}

function checked(
  entity: ConfigEntity,
  configs: ConfigMap,
  changes: readonly { readonly name: string }[],
): AlterOutcome {
  return entity.mistake(configs, new Set(changes.map(({ name }) => name))) ?? { configs }
}

function firstDuplicate(entries: readonly { readonly name: string }[]): string | undefined {
  const seen = new Set<string>()
  return entries.find(({ name }) => seen.size === seen.add(name).size)?.name
}

function items(text: string | null): string[] {
  return (text ?? '').split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]))
}

function appended(before: readonly string[], added: readonly string[]): string[] {
  return [...before, ...added.filter((item) => !before.includes(item))]
}

function subtracted(before: readonly string[], removed: readonly string[]): string[] {
  return before.filter((item) => !removed.includes(item))
}
