/** From what a program gives to what the consumer works with. Errors: ConfigError with every mistake. */
import type { ClusterOptions } from '../cluster/cluster.js'
import { COMMON_OPTION_KEYS, type CommonOptions, clusterOptions } from '../config/cluster-options.js'
import type { ConfigInput, ConfigValues } from '../config/config-table.js'
import { consumerConfigs } from '../config/consumer-configs.js'
import { ConfigError, parseConfig } from '../config/parse-config.js'
import type { ClientPorts } from '../ports.js'
import { javaDeserializer } from '../serdes/java-serdes.js'
import type { Deserializer } from '../serdes/serde.js'
import type { RecordDeserializationError } from './consumer-errors.js'
import type { ConsumerPartitionAssignor, RebalanceProtocol } from './core/assignors/assignor.js'
import { ASSIGNOR_NAMES, type AssignorName, assignorOf, commonProtocol } from './core/assignors/assignors.js'
import type { DeserializationDecision } from './core/fetched-records.js'
import { type OffsetReset, parseOffsetReset } from './core/offset-reset.js'
import type { ConsumerInterceptor } from './interceptors.js'

type Keys = Omit<ConfigInput<typeof consumerConfigs>, 'auto.offset.reset' | 'partition.assignment.strategy'>

/** What a consumer is made of: Kafka's keys, and what only JavaScript has. */
export interface ConsumerConfig<K = Buffer, V = Buffer> extends Keys, CommonOptions {
  /** Default `latest`. Without a committed offset only: one that is committed always wins. */
  readonly 'auto.offset.reset'?: 'earliest' | 'latest' | 'none' | `by_duration:${string}`
  /** Default range, cooperative-sticky: a cooperative group names `cooperative-sticky` alone. */
  readonly 'partition.assignment.strategy'?:
    | string
    | readonly (AssignorName | `org.apache.kafka.${string}` | ConsumerPartitionAssignor)[]
  /** Default: keys are bytes. */
  readonly keyDeserializer?: Deserializer<K>
  /** Default: values are bytes. */
  readonly valueDeserializer?: Deserializer<V>
  /** When a deserializer throws: `throw` (default; the position stays), `skip`, or `raw`: key and value as bytes. */
  readonly onDeserializationError?: (error: RecordDeserializationError) => DeserializationDecision
  /** Called in this order. Default none. */
  readonly interceptors?: readonly ConsumerInterceptor<K, V>[]
}

export interface ConsumerSettings<K, V> {
  readonly values: ConfigValues<typeof consumerConfigs>
  readonly cluster: ClusterOptions
  readonly groupId: string | undefined
  readonly reset: OffsetReset
  readonly isAutoCommitting: boolean
  readonly assignors: readonly ConsumerPartitionAssignor[]
  readonly rebalanceProtocol: RebalanceProtocol
  readonly keyDeserializer: Deserializer<K> | undefined
  readonly valueDeserializer: Deserializer<V> | undefined
  readonly onDeserializationError: (error: RecordDeserializationError) => DeserializationDecision
  readonly interceptors: readonly ConsumerInterceptor<K, V>[]
}

const OPTION_KEYS = [
  ...COMMON_OPTION_KEYS,
  'keyDeserializer',
  'valueDeserializer',
  'onDeserializationError',
  'interceptors',
] as const

export function consumerSettings<K, V>(
  config: ConsumerConfig<K, V> & { readonly ports?: ClientPorts },
): ConsumerSettings<K, V> {
  const { 'partition.assignment.strategy': strategy, ...rest } = config
  const named = typeof strategy === 'string' ? strategy.split(',').map((name) => name.trim()) : strategy
  const given = named === undefined ? rest : { ...rest, 'partition.assignment.strategy': named.map(nameOf) }
  const values = parseConfig(consumerConfigs, given as ConfigInput<typeof consumerConfigs>, OPTION_KEYS)
  const mistakes: string[] = []
  const assignors = (named ?? values['partition.assignment.strategy']).flatMap((one) => {
    const assignor = typeof one === 'string' ? assignorOf(one) : one
    if (assignor === undefined) {
      mistakes.push(`partition.assignment.strategy: ${nameOf(one)} is none of ${ASSIGNOR_NAMES.join(', ')}`)
    }
    return assignor ?? []
  })
  const rebalanceProtocol = commonProtocol(assignors)
  if (rebalanceProtocol === undefined || assignors.length === 0) {
    mistakes.push('partition.assignment.strategy: these assignors have no way to rebalance in common')
  }
  const reset = parseOffsetReset(values['auto.offset.reset'])
  if (reset === undefined) {
    mistakes.push(
      `auto.offset.reset=${values['auto.offset.reset']}: must be earliest, latest, none or by_duration:PnDTnHnMn.nS`,
    )
  }
  const groupId = values['group.id']
  if (groupId === '') mistakes.push('group.id must not be empty')
  if (values['group.instance.id'] === '') mistakes.push('group.instance.id must not be empty')
  if (groupId === undefined && values['enable.auto.commit'] === true) {
    mistakes.push('enable.auto.commit=true needs group.id')
  }
  if (values['heartbeat.interval.ms'] >= values['session.timeout.ms']) {
    mistakes.push('heartbeat.interval.ms must be below session.timeout.ms')
  }
  if ((values['interceptor.classes'] ?? []).length > 0) {
    mistakes.push('interceptor.classes names Java classes, which are not there: use interceptors')
  }
  const keyDeserializer = config.keyDeserializer ?? javaTwin<K>(values['key.deserializer'], mistakes)
  const valueDeserializer = config.valueDeserializer ?? javaTwin<V>(values['value.deserializer'], mistakes)
  if (mistakes.length > 0 || reset === undefined || rebalanceProtocol === undefined) throw new ConfigError(mistakes)
  return {
    values,
    cluster: clusterOptions(values, config, values['allow.auto.create.topics']),
    groupId,
    reset,
    isAutoCommitting: groupId !== undefined && (values['enable.auto.commit'] ?? true),
    assignors,
    rebalanceProtocol,
    keyDeserializer,
    valueDeserializer,
    onDeserializationError: config.onDeserializationError ?? (() => 'throw'),
    interceptors: config.interceptors ?? [],
  }
}

function nameOf(assignor: string | ConsumerPartitionAssignor): string {
  return typeof assignor === 'string' ? assignor : assignor.name
}

function javaTwin<T>(className: string | undefined, mistakes: string[]): Deserializer<T> | undefined {
  if (className === undefined) return undefined
  const found = javaDeserializer(className)
  if (found === undefined) mistakes.push(`${className} has no twin here: use keyDeserializer or valueDeserializer`)
  return found as Deserializer<T> | undefined
}
