/** A topic's or broker's configs as DescribeConfigs and CreateTopics tell them. */
import { type BrokerConfig, brokerConfigs, type ConfigSource } from '../config/broker-config.js'
import type { ConfigKey, ConfigTable } from '../config/config-key.js'
import { topicConfigs } from '../config/keys/topic.js'
import { type TopicConfigName, topicDefault } from '../config/topic-config.js'
import { topicSynonyms } from '../config/topic-synonyms.js'
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

export function describeTopicConfigs(overrides: ReadonlyMap<string, string>, broker: BrokerConfig): DescribedConfig[] {
  return (Object.keys(topicConfigs) as TopicConfigName[]).map((name) => {
    const own = overrides.get(name)
    const sources = inheritedSources(name, broker)
    if (own !== undefined) sources.unshift({ name, value: own, source: 'topic' })
    return describe(name, topicConfigs[name], false, sources)
  })
}

/** Broker keys first; where none is set, the topic key's own default. */
function inheritedSources(name: TopicConfigName, broker: BrokerConfig): Sourced[] {
  const { text, brokerKey = topicSynonyms[name] } = topicDefault(name, broker)
  const fallback: Sourced = { name: brokerKey ?? name, value: text, source: 'default' }
  if (brokerKey === undefined) return [fallback]
  const set = broker.sources(brokerKey).filter(({ source }) => source !== 'default')
  const isScaled = brokerKey !== topicSynonyms[name]
  return [
    ...set.map(({ text: value, source }) => ({ name: brokerKey, value: isScaled ? text : value, source })),
    { ...fallback, value: set.length === 0 ? text : topicConfigs[name].defaultText },
  ]
}

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
): DescribedConfig {
  const isSensitive = key === undefined || key.kind === 'password'
  const shown = (value: string | null) => (isSensitive ? null : value)
  const [inForce] = sources
  return {
    name,
    value: shown(inForce?.value ?? null),
    readOnly,
    configSource: sourceCodes[inForce?.source ?? 'default'],
    isSensitive,
    configType: key === undefined ? 0 : typeCodes[key.kind],
    documentation: key?.about ?? '',
    synonyms: sources.map(({ name: synonym, value, source }) => ({
      name: synonym,
      value: shown(value),
      source: sourceCodes[source],
    })),
  }
}
