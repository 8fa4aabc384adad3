/** What a producer may be given, and what it works with. Errors: ConfigError with every mistake. */

import type { ClusterOptions } from '../cluster/cluster.js'
import { COMMON_OPTION_KEYS, type CommonOptions, clusterOptions } from '../config/cluster-options.js'
import type { ConfigInput, ConfigValues } from '../config/config-table.js'
import { ConfigError, parseConfig } from '../config/parse-config.js'
import { producerConfigs } from '../config/producer-configs.js'
import type { ClientPorts } from '../ports.js'
import { javaSerializer } from '../serdes/java-serdes.js'
import type { Serializer } from '../serdes/serde.js'
import { defaultSerializer } from '../serdes/serdes.js'
import { javaPartitioner, type Partitioner, type PartitionFunction } from './partitioner.js'
import type { ProducerInterceptor } from './producer-record.js'

/** What is not one of Kafka's keys. */
export interface ProducerOptions<K, V> extends CommonOptions {
  /**
   * `adaptive`, the default: a batch whose broker has nothing else to do is sent at the end of the event-loop turn, and
   * `linger.ms` is how long it waits at most while the broker has; a batch behind others, which has to wait in any case, may
   * grow to thirty-two times `batch.size`. `strict`: batches linger and are limited as Java's are.
   */
  readonly lingerMode?: 'adaptive' | 'strict'
  /** Default: that of `key.serializer`, else bytes, and text as UTF-8. */
  readonly keySerializer?: Serializer<K>
  /** Default: that of `value.serializer`, else bytes, and text as UTF-8. */
  readonly valueSerializer?: Serializer<V>
  /** Default: that of `partitioner.class`, else Kafka's built-in rules: murmur2 of the key; without a key KIP-794. */
  readonly partitioner?: Partitioner<K, V>
  /** Called in this order. Default: none. */
  readonly interceptors?: readonly ProducerInterceptor<K, V>[]
}

type KafkasKeys = Omit<ConfigInput<typeof producerConfigs>, 'acks'>

/** Kafka's keys, dotted, with Kafka's defaults; and what only JavaScript has, never dotted. */
export interface ProducerConfig<K, V> extends KafkasKeys, ProducerOptions<K, V> {
  /** Who must have a record before it counts as sent. Default `all`. */
  readonly acks?: 'all' | '-1' | '0' | '1' | -1 | 0 | 1
}

/** For tests: what the machine gives. */
export interface TestPorts {
  readonly ports?: ClientPorts
}

export interface ParsedProducerConfig<K, V> {
  readonly values: ConfigValues<typeof producerConfigs>
  readonly cluster: ClusterOptions
  readonly acks: -1 | 0 | 1
  readonly isIdempotent: boolean
  readonly deliveryTimeoutMs: number
  readonly compressionLevel: number | undefined
  readonly isLingerAdaptive: boolean
  readonly keySerializer: Serializer<K>
  readonly valueSerializer: Serializer<V>
  readonly partition: PartitionFunction<K, V> | undefined
  readonly closePartitioner: () => void
  readonly ignoresKeys: boolean
  readonly interceptors: readonly ProducerInterceptor<K, V>[]
}

const OPTION_KEYS = [
  ...COMMON_OPTION_KEYS,
  'lingerMode',
  'keySerializer',
  'valueSerializer',
  'partitioner',
  'interceptors',
] as const

const IDEMPOTENT_IN_FLIGHT_MAX = 5

export function parseProducerConfig<K, V>(config: ProducerConfig<K, V> & TestPorts): ParsedProducerConfig<K, V> {
  const values = parseConfig(producerConfigs, config as ConfigInput<typeof producerConfigs>, OPTION_KEYS)
  const mistakes: string[] = []
  const isIdempotent = idempotence(values, config, mistakes)
  const deliveryTimeoutMs = deliveryTimeout(values, config, mistakes)
  const keySerializer = serializer(config.keySerializer, values['key.serializer'], 'key.serializer', mistakes)
  const valueSerializer = serializer(config.valueSerializer, values['value.serializer'], 'value.serializer', mistakes)
  const java = values['partitioner.class'] === undefined ? {} : javaPartitioner(values['partitioner.class'])
  if (java === undefined)
    mistakes.push(`partitioner.class=${values['partitioner.class']} is not there: use partitioner`)
  if (values['interceptor.classes'] !== undefined && values['interceptor.classes'].length > 0) {
    mistakes.push('interceptor.classes names Java classes, which are not there: use interceptors')
  }
  const { lingerMode = 'adaptive' } = config
  if (lingerMode !== 'adaptive' && lingerMode !== 'strict')
    mistakes.push(`lingerMode=${String(lingerMode)} must be adaptive or strict`)
  if (values['compression.gzip.level'] === 0) mistakes.push('compression.gzip.level=0 must be -1, or from 1 to 9')
  if (values['transactional.id'] === '') mistakes.push('transactional.id must not be empty')
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  const { partitioner } = config
  const given = typeof partitioner === 'function' ? partitioner : partitioner?.partition.bind(partitioner)
  return {
    values,
    cluster: clusterOptions(values, config, true),
    acks: acksOf(values.acks),
    isIdempotent,
    deliveryTimeoutMs,
    compressionLevel: compressionLevel(values),
    isLingerAdaptive: lingerMode === 'adaptive',
    keySerializer: keySerializer as Serializer<K>,
    valueSerializer: valueSerializer as Serializer<V>,
    partition: given ?? java?.partition?.<K, V>(),
    closePartitioner: () => typeof partitioner === 'object' && partitioner.close?.(),
    ignoresKeys: values['partitioner.ignore.keys'] || java?.ignoresKeys === true,
    interceptors: config.interceptors ?? [],
  }
}

function acksOf(acks: 'all' | '-1' | '0' | '1'): -1 | 0 | 1 {
  return acks === 'all' ? -1 : (Number(acks) as -1 | 0 | 1)
}

/** Kafka's rules: idempotence that was not asked for gives way to settings that contradict it; else they are a mistake. */
function idempotence(
  values: ConfigValues<typeof producerConfigs>,
  given: Readonly<Partial<Record<'enable.idempotence', unknown>>>,
  mistakes: string[],
): boolean {
  const isTransactional = values['transactional.id'] !== undefined
  if (!values['enable.idempotence']) {
    if (isTransactional) mistakes.push('transactional.id needs enable.idempotence=true')
    return false
  }
  const isAskedFor = given['enable.idempotence'] !== undefined || isTransactional
  const contradictions: string[] = []
  if (acksOf(values.acks) !== -1) contradictions.push(`enable.idempotence needs acks=all, not ${values.acks}`)
  if (values.retries === 0) contradictions.push('enable.idempotence needs retries, not 0')
  if (values['max.in.flight.requests.per.connection'] > IDEMPOTENT_IN_FLIGHT_MAX) {
    mistakes.push(
      `enable.idempotence needs max.in.flight.requests.per.connection of at most ${IDEMPOTENT_IN_FLIGHT_MAX}`,
    )
  }
  if (isAskedFor) mistakes.push(...contradictions)
  return contradictions.length === 0
}

/** It must leave time for one request. Kafka's default grows with what it must cover. */
function deliveryTimeout(
  values: ConfigValues<typeof producerConfigs>,
  given: Readonly<Partial<Record<'delivery.timeout.ms', unknown>>>,
  mistakes: string[],
): number {
  const least = values['linger.ms'] + values['request.timeout.ms']
  const timeoutMs = values['delivery.timeout.ms']
  if (timeoutMs >= least) return timeoutMs
  if (given['delivery.timeout.ms'] !== undefined) {
    mistakes.push(`delivery.timeout.ms=${timeoutMs} must be at least linger.ms + request.timeout.ms, which is ${least}`)
  }
  return least
}

function serializer(
  given: Serializer<never> | undefined,
  className: string | undefined,
  key: string,
  mistakes: string[],
): Serializer<never> {
  if (given !== undefined) return given
  if (className === undefined) return defaultSerializer as Serializer<never>
  const java = javaSerializer(className)
  if (java === undefined) mistakes.push(`${key}=${className} is not there: use ${camel(key)}`)
  return java ?? (defaultSerializer as Serializer<never>)
}

function camel(key: string): string {
  return key.replace(/\.(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function compressionLevel(values: ConfigValues<typeof producerConfigs>): number | undefined {
  switch (values['compression.type']) {
    case 'none':
      return undefined
    case 'gzip':
      return values['compression.gzip.level']
    case 'lz4':
      return values['compression.lz4.level']
    case 'zstd':
      return values['compression.zstd.level']
    case 'snappy':
      return undefined
    default:
      return values['compression.type'] satisfies never
  }
}
