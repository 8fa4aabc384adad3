/** The parts of a consumer, made from its settings. What they do together is in consumer-engine.ts. */
import { Cluster } from '../cluster/cluster.js'
import type { KafkaError } from '../errors.js'
import type { ConsumerSettings } from './consumer-config.js'
import { ConsumerMetrics } from './consumer-metrics.js'
import { SubscriptionState } from './core/subscription-state.js'
import { Fetcher } from './fetcher.js'
import { GroupMember, type MemberHooks } from './group-member.js'
import { GroupProtocol } from './group-protocol.js'
import { ConsumerInterceptors } from './interceptors.js'
import { OffsetCommits } from './offset-commits.js'
import { OffsetLookups } from './offset-lookups.js'
import { OffsetStore } from './offset-store.js'
import { Positions } from './positions.js'
import { TopicWatch } from './topic-watch.js'

export interface ConsumerParts<K, V> {
  readonly cluster: Cluster
  readonly subscriptions: SubscriptionState
  readonly metrics: ConsumerMetrics
  readonly lookups: OffsetLookups
  readonly positions: Positions
  readonly fetcher: Fetcher<K, V>
  /** Undefined without `group.id`. */
  readonly member: GroupMember | undefined
  readonly commits: OffsetCommits
  readonly topics: TopicWatch
  readonly interceptors: ConsumerInterceptors<K, V>
}

/** What the parts tell of. */
export interface PartsHooks {
  /** Partitions have got their positions. */
  readonly onPositions: () => void
  /** Records have come, or a partition needs a position. */
  readonly onFetch: () => void
  /** What does not pass by itself. */
  readonly onError: (error: KafkaError) => void
  readonly member: MemberHooks
}

/** What most parts need. */
type Shared = ReturnType<typeof sharedParts>

function sharedParts(settings: ConsumerSettings<unknown, unknown>) {
  const { cluster: options, values } = settings
  const { ports, logger, retryBackoffMs, retryBackoffMaxMs, requestTimeoutMs } = options
  const { monotonicMs } = ports
  const clientId = clientIdOf(settings)
  const metricsWindows = { windowMs: values['metrics.sample.window.ms'], sampleCount: values['metrics.num.samples'] }
  return {
    cluster: new Cluster({ ...options, clientId, metricsWindows }),
    subscriptions: new SubscriptionState(),
    metrics: new ConsumerMetrics({
      ...metricsWindows,
      monotonicMs,
      clientId,
      isReadCommitted: isReadCommitted(settings),
    }),
    ports,
    logger,
    retryBackoffMs,
    retryBackoffMaxMs,
    requestTimeoutMs,
  }
}

export function consumerParts<K, V>(settings: ConsumerSettings<K, V>, hooks: PartsHooks): ConsumerParts<K, V> {
  const { values, groupId, reset } = settings
  const shared = sharedParts(settings as ConsumerSettings<unknown, unknown>)
  const { cluster, subscriptions, metrics, ports, requestTimeoutMs } = shared
  const { onError } = hooks
  const lookups = new OffsetLookups(cluster, isReadCommitted(settings), requestTimeoutMs)
  const store = groupId === undefined ? undefined : new OffsetStore(cluster, groupId)
  const positions = new Positions({
    ...shared,
    lookups,
    committed:
      store === undefined
        ? undefined
        : async (partitions, deadline) => await deadline.wait(store.committed(partitions, deadline)),
    defaultReset: reset,
    onChange: hooks.onPositions,
    onError,
  })
  const member = groupId === undefined ? undefined : groupMember(groupId, settings, shared, hooks.member)
  const interceptors = new ConsumerInterceptors(settings.interceptors, shared.logger)
  const commits = new OffsetCommits({
    ...shared,
    store,
    member,
    autoCommitIntervalMs: settings.isAutoCommitting ? values['auto.commit.interval.ms'] : undefined,
    timeoutMs: values['default.api.timeout.ms'],
    onCommit: (offsets) => interceptors.onCommit(offsets),
  })
  const excludeInternal = values['exclude.internal.topics']
  const topics = new TopicWatch({ cluster, subscriptions, member, excludeInternal, ports, onError })
  const fetcher = makeFetcher(settings, shared, hooks)
  return { cluster, subscriptions, metrics, lookups, positions, fetcher, member, commits, topics, interceptors }
}

let consumerCount = 0

/** `client.id`, else a name as Java's consumers give themselves. */
function clientIdOf({ values, groupId }: ConsumerSettings<unknown, unknown>): string {
  if (values['client.id'] !== '') return values['client.id']
  const number = values['group.instance.id'] ?? ++consumerCount
  return groupId === undefined ? `consumer-${number}` : `consumer-${groupId}-${number}`
}

function isReadCommitted({ values }: Pick<ConsumerSettings<unknown, unknown>, 'values'>): boolean {
  return values['isolation.level'] === 'read_committed'
}

function makeFetcher<K, V>(settings: ConsumerSettings<K, V>, shared: Shared, hooks: PartsHooks): Fetcher<K, V> {
  const { values, reset, keyDeserializer, valueDeserializer, onDeserializationError } = settings
  return new Fetcher<K, V>({
    ...shared,
    reading: {
      checkCrcs: values['check.crcs'],
      isReadCommitted: isReadCommitted(settings),
      keyDeserializer,
      valueDeserializer,
      onDeserializationError,
    },
    fetchMinBytes: values['fetch.min.bytes'],
    fetchMaxBytes: values['fetch.max.bytes'],
    fetchMaxWaitMs: values['fetch.max.wait.ms'],
    maxPartitionFetchBytes: values['max.partition.fetch.bytes'],
    bufferMemory: values['buffer.memory'],
    metadataMaxAgeMs: settings.cluster.metadataMaxAgeMs,
    rack: values['client.rack'],
    canReset: reset.kind !== 'none',
    onChange: hooks.onFetch,
    onError: hooks.onError,
  })
}

function groupMember<K, V>(
  groupId: string,
  settings: ConsumerSettings<K, V>,
  shared: Shared,
  hooks: MemberHooks,
): GroupMember {
  const { values, assignors, rebalanceProtocol } = settings
  const own = {
    groupId,
    groupInstanceId: values['group.instance.id'] ?? null,
    sessionTimeoutMs: values['session.timeout.ms'],
    assignors,
  }
  const rebalanceTimeoutMs = values['max.poll.interval.ms']
  return new GroupMember({
    ...shared,
    ...own,
    protocol: new GroupProtocol({ ...shared, ...own, rebalanceTimeoutMs, rack: values['client.rack'] }),
    rebalanceProtocol,
    heartbeatIntervalMs: values['heartbeat.interval.ms'],
    maxPollIntervalMs: rebalanceTimeoutMs,
    hooks,
  })
}
