/**
 * The configs of a topic: what it sets itself, over the broker keys that give its defaults (Kafka's LogConfig and
 * ServerTopicConfigSynonyms).
 */
import type { LogConfig } from '@millrace/log'
import type { BrokerConfig } from './broker-config.js'
import { type ConfigValue, parseConfig, type ValuesOf } from './config-key.js'
import { topicConfigs } from './keys/topic.js'
import { coarserSynonyms, topicSynonyms } from './topic-synonyms.js'

export type TopicConfigName = keyof typeof topicConfigs
export type TopicConfigValues = ValuesOf<typeof topicConfigs>

export function isTopicConfig(name: string): name is TopicConfigName {
  return Object.hasOwn(topicConfigs, name)
}

/**
 * The sentence that refuses a topic's configs, or undefined when all are right (Kafka: LogConfig.validate). The broker's
 * own are what the topic's must go together with; without them, the defaults of the table are.
 */
export function topicConfigMistake(
  overrides: ReadonlyMap<string, string | null>,
  broker?: BrokerConfig,
): string | undefined {
  for (const [name, text] of overrides) {
    if (!isTopicConfig(name)) return `Unknown topic config name: ${name}`
    if (text === null) return `Null value not supported for topic configs: ${name}`
    const parsed = parseConfig(topicConfigs[name], text)
    if ('mistake' in parsed) return `Invalid value ${text} for configuration ${name}: ${parsed.mistake}`
  }
  const inForce = (name: TopicConfigName) =>
    Number(
      overrides.get(name) ?? (broker === undefined ? topicConfigs[name].defaultText : topicDefault(name, broker).text),
    )
  const min = inForce('min.compaction.lag.ms')
  const max = inForce('max.compaction.lag.ms')
  if (min > max) return `min.compaction.lag.ms (${min}) must not be larger than max.compaction.lag.ms (${max})`
  return undefined
}

/** What in the broker's configs cannot be a default of topics, each with the broker's key in front. */
export function topicDefaultMistakes(broker: BrokerConfig): string[] {
  const mistakes: string[] = []
  for (const name of Object.keys(topicConfigs) as TopicConfigName[]) {
    const { text, brokerKey } = topicDefault(name, broker)
    if (text === null || brokerKey === undefined) continue
    const parsed = parseConfig(topicConfigs[name], text)
    if ('mistake' in parsed) mistakes.push(`${brokerKey}=${broker.text(brokerKey)}: ${parsed.mistake}`)
  }
  return mistakes
}

/** The text of one topic config and where it comes from, without the topic's own. */
export function topicDefault(name: TopicConfigName, broker: BrokerConfig): { text: string | null; brokerKey?: string } {
  const synonym = topicSynonyms[name]
  if (synonym === undefined) return { text: topicConfigs[name].defaultText }
  const own = broker.text(synonym)
  if (own !== null) return { text: own, brokerKey: synonym }
  for (const { name: coarser, ms } of coarserSynonyms[synonym] ?? []) {
    const text = broker.text(coarser)
    if (text !== null) return { text: scaled(text, ms), brokerKey: coarser }
  }
  return { text: topicConfigs[name].defaultText }
}

function scaled(text: string, factor: number): string {
  const value = BigInt(text)
  return value < 0n ? text : String(value * BigInt(factor))
}

/** What was worked out for the overrides of a topic, which are replaced as a whole when they change. */
const known = new WeakMap<
  ReadonlyMap<string, string>,
  { broker: BrokerConfig; version: number; values: TopicConfigValues }
>()

/**
 * Every config of a topic, its own over the broker's. `overrides` hold only what was validated before, and are not
 * changed afterwards: who asks again gets the same answer without any work, as each append does.
 */
export function topicConfigValues(overrides: ReadonlyMap<string, string>, broker: BrokerConfig): TopicConfigValues {
  const found = known.get(overrides)
  if (found?.broker === broker && found.version === broker.version) return found.values
  const values = parsedValues(overrides, broker)
  known.set(overrides, { broker, version: broker.version, values })
  return values
}

function parsedValues(overrides: ReadonlyMap<string, string>, broker: BrokerConfig): TopicConfigValues {
  const values: Record<string, ConfigValue> = {}
  for (const name of Object.keys(topicConfigs) as TopicConfigName[]) {
    const text = overrides.get(name) ?? topicDefault(name, broker).text
    const parsed = text === null ? { value: null } : parseConfig(topicConfigs[name], text)
    values[name] = 'value' in parsed ? parsed.value : null
  }
  return values as unknown as TopicConfigValues
}

/** What the log of a partition needs to know of its topic's configs. */
export function logConfigOf(values: TopicConfigValues, broker: BrokerConfig): LogConfig {
  return {
    segmentBytes: values['segment.bytes'],
    segmentMs: values['segment.ms'],
    segmentJitterMs: values['segment.jitter.ms'],
    segmentIndexBytes: values['segment.index.bytes'],
    indexIntervalBytes: values['index.interval.bytes'],
    retentionMs: values['retention.ms'],
    retentionBytes: values['retention.bytes'],
    fileDeleteDelayMs: values['file.delete.delay.ms'],
    flushMessages: values['flush.messages'],
    flushMs: values['flush.ms'],
    maxMessageBytes: values['max.message.bytes'],
    cleanupPolicy: values['cleanup.policy'] as LogConfig['cleanupPolicy'],
    messageTimestampType: values['message.timestamp.type'] as LogConfig['messageTimestampType'],
    messageTimestampBeforeMaxMs: timestampBound(values, 'message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: timestampBound(values, 'message.timestamp.after.max.ms'),
    compressionType: values['compression.type'] as LogConfig['compressionType'],
    compressionLevels: {
      gzip: values['compression.gzip.level'],
      lz4: values['compression.lz4.level'],
      zstd: values['compression.zstd.level'],
    },
    producerIdExpirationMs: broker.get('producer.id.expiration.ms'),
  }
}

/** The key from before 3.6, which set both bounds, counts for one that is left at its default (KIP-937). */
function timestampBound(
  values: TopicConfigValues,
  name: 'message.timestamp.before.max.ms' | 'message.timestamp.after.max.ms',
): number {
  const isDefault = values[name] === Number(topicConfigs[name].defaultText)
  return isDefault ? values['message.timestamp.difference.max.ms'] : values[name]
}
