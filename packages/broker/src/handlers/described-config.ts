/** A topic's or broker's configs as DescribeConfigs and CreateTopics tell them. */
import { type BrokerConfig, brokerConfigs, type ConfigSource } from '../config/broker-config.js'
import type { ConfigKey, ConfigTable } from '../config/config-key.js'
import { topicConfigs } from '../config/keys/topic.js'
import { type TopicConfigName, topicDefault } from '../config/topic-config.js'
import { coarserSynonyms, topicSynonyms } from '../config/topic-synonyms.js'
import { sourceCodes, typeCodes } from './config-resources.js'

export interface DescribedConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly configType: number
  readonly documentation: string
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: number }[]
}

interface Sourced {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource | 'topic'
}

/**
 * Describes the configs of topics. What they inherit is the same for all of them, and is found out once; all that set
 * nothing of their own get one and the same list.
 */
export function topicConfigDescriber(
  broker: BrokerConfig,
): (overrides: ReadonlyMap<string, string>) => readonly DescribedConfig[] {
  const inherited = (Object.keys(topicConfigs) as TopicConfigName[]).map((name) => {
    const sources = inheritedSources(name, broker)
    return { sources, config: describe(name, topicConfigs[name], false, sources, topicDefault(name, broker).text) }
  })
  const all = inherited.map(({ config }) => config)
  return (overrides) => {
    if (overrides.size === 0) return all
    return inherited.map(({ sources, config }) => {
      const name = config.name as TopicConfigName
      const own = overrides.get(name)
      if (own === undefined) return config
      return describe(name, topicConfigs[name], false, [{ name, value: own, source: 'topic' }, ...sources], own)
    })
  }
}

export function describeTopicConfigs(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): readonly DescribedConfig[] {
  return topicConfigDescriber(broker)(overrides)
}

/**
 * What a topic config inherits from: every setting of its broker key and of the coarser keys that stand in for it, by
 * source. As in Kafka the list begins with the broker key itself, and is empty where that has no value anywhere.
 */
function inheritedSources(name: TopicConfigName, broker: BrokerConfig): Sourced[] {
  const synonym = topicSynonyms[name]
  if (synonym === undefined) return []
  const keys = [synonym, ...(coarserSynonyms[synonym] ?? []).map((coarser) => coarser.name)]
  const settings = sourcesInOrder.flatMap((source) =>
    keys.flatMap((key) => {
      const found = broker.sources(key).find((candidate) => candidate.source === source)
      return found === undefined ? [] : [{ name: key, value: found.text, source }]
    }),
  )
  const first = settings.findIndex((setting) => setting.name === synonym)
  return first === -1 ? [] : settings.slice(first)
}

const sourcesInOrder: readonly ConfigSource[] = ['dynamicBroker', 'dynamicDefaultBroker', 'staticBroker', 'default']

/** Of one broker, or what all brokers share by default (`<default>`: only what was set there). */
export function describeBrokerConfigs(broker: BrokerConfig): DescribedConfig[] {
  const table: ConfigTable = brokerConfigs
  return Object.entries(table).flatMap(([name, key]) => {
    const sources = broker.sources(name).map(({ text, source }) => ({ name, value: text, source }))
    const isHidden = key.internal === true && sources.every(({ source }) => source === 'default')
    return isHidden ? [] : [describe(name, key, key.update === undefined, sources)]
  })
}

export function describeDefaultBrokerConfigs(configs: ReadonlyMap<string, string>): DescribedConfig[] {
  const table: ConfigTable = brokerConfigs
  return [...configs].map(([name, value]) =>
    describe(name, table[name], false, [{ name, value, source: 'dynamicDefaultBroker' }]),
  )
}

function describe(
  name: string,
  key: ConfigKey | undefined,
  readOnly: boolean,
  sources: readonly Sourced[],
  value: string | null = sources[0]?.value ?? null,
): DescribedConfig {
  const isSensitive = key === undefined || key.kind === 'password'
  const shown = (text: string | null) => (isSensitive ? null : text)
  const [inForce] = sources
  return {
    name,
    value: shown(value),
    readOnly,
    configSource: sourceCodes[inForce?.source ?? 'default'],
    isSensitive,
    configType: key === undefined ? 0 : typeCodes[key.kind],
    documentation: key?.about ?? '',
    synonyms: sources.map(({ name: synonym, value: text, source }) => ({
      name: synonym,
      value: shown(text),
      source: sourceCodes[source],
    })),
  }
}
