/** Puts the parts of a broker together, in the order in which Kafka's broker starts them (KafkaServer.startup). */
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import {
  type Disk,
  type LogDirectoryFailure,
  type LogEnvironment,
  type LogManager,
  nodeEnvironment,
  WorkerBatchChecker,
} from '@millrace/log'
import { uuidFromBytes } from '@millrace/protocol'
import { identify } from './broker-identity.js'
import { CompactionWarning, logStoreOf, openLogs } from './broker-logs.js'
import type { BrokerConfig } from './config/broker-config.js'
import { groupCoordinatorConfigOf } from './config/group-coordinator-config.js'
import { topicConfigValues } from './config/topic-config.js'
import { LocalControllerChannel } from './controller/controller-channel.js'
import { KafkaController } from './controller/kafka-controller.js'
import { GroupCoordinator } from './groups/group-coordinator.js'
import type { BrokerServices } from './handlers/services.js'
import type { Loggers } from './logging/loggers.js'
import { FetchMemory } from './memory/fetch-memory.js'
import { AdvertisedListeners, type BoundPort, interBrokerListenerOf } from './metadata/advertised-listeners.js'
import { BrokerApplier } from './metadata/broker-applier.js'
import type { SessionNote } from './metadata/cluster-store/session-note.js'
import { ConfigStore } from './metadata/config-store.js'
import { MetadataCache } from './metadata/metadata-cache.js'
import { ProducerIds } from './metadata/producer-ids.js'
import { TopicAdmin } from './metadata/topic-admin.js'
import { CONSUMER_OFFSETS } from './metadata/topic-names.js'
import type { BrokerRegistration } from './metadata/znodes/broker-registration.js'
import type { KafkaZkClient } from './metadata/znodes/kafka-zk-client.js'
import type { BrokerMetrics } from './metrics/broker-metrics.js'
import { deadlineSignal, every, type Logger, systemClock, systemScheduler } from './ports.js'
import { coordinatorLogOf } from './replication/coordinator-log.js'
import { FetchSessionCache } from './replication/core/fetch-session.js'
import { logDirFailureHandler } from './replication/log-dir-failure-handler.js'
import { ReplicaManager } from './replication/replica-manager.js'

export interface ServicesOptions {
  readonly config: BrokerConfig
  readonly loggers: Loggers
  /** What counts as it happens. */
  readonly metrics: Pick<BrokerMetrics, 'traffic' | 'requests'>
  /** Absolute. */
  readonly logDirs: readonly string[]
  readonly znodes: KafkaZkClient
  readonly sessionNote?: SessionNote
  readonly bound: readonly BoundPort[]
  /** What is started is put here, to be closed in reverse. */
  readonly closers: (() => Promise<void>)[]
  /** All log directories have failed: the process must end at once. */
  readonly halt: (reason: string) => void
  /** Where the log directories are; default: the file system of this machine. */
  readonly disk?: Disk
}

/** How long a start waits until the controller has told this broker about the cluster. */
const metadataTimeoutMs = 30_000
/** Record batches on their way to consumers, over all connections. */
const maxFetchBytes = 64 * 1024 * 1024
const trimFetchMemoryMs = 500
const ports = { clock: systemClock, scheduler: systemScheduler }

/** Resolves when the broker is registered and has heard from its controller. */
export async function startServices(options: ServicesOptions): Promise<BrokerServices> {
  const { config, loggers, metrics, logDirs, znodes, bound } = options
  const environment = logEnvironment(options)
  const { brokerId, clusterId } = await identify({
    config,
    logDirs,
    disk: environment.disk,
    znodes,
    newClusterId: newId,
  })
  const metadata = new MetadataCache()
  let brokerEpoch = -1
  // A directory that fails before there are replicas is simply not used.
  let onDirectoryFailure = (_failure: LogDirectoryFailure): void => {}
  const logs = await startLogs(options, {
    brokerId,
    clusterId,
    environment,
    brokerEpoch: () => brokerEpoch,
    onDirectoryFailure: (failure) => onDirectoryFailure(failure),
  })

  const { configs } = logs
  const replicas = replicasOf(options, brokerId, logs)
  onDirectoryFailure = logDirFailureHandler({
    replicas,
    propagate: () => znodes.brokers.propagateLogDirEvent(brokerId),
    halt: options.halt,
    logger: loggers.get('millrace.replication'),
  })
  const groups = startGroups(options, replicas, metadata)
  const applier = new BrokerApplier({
    replicas,
    cache: metadata,
    brokerEpoch: () => brokerEpoch,
    listeners: [{ topic: CONSUMER_OFFSETS, ...leadershipOf(groups) }],
    onTopicsDeleted: (topics) => {
      for (const topic of topics) configs.forgetTopic(topic)
      groups
        .onTopicsDeleted(topics)
        .catch((error: unknown) => loggers.get('millrace.group').error('Offsets of deleted topics remain', { error }))
    },
    logger: loggers.get('millrace.metadata'),
  })

  const advertised = new AdvertisedListeners(config, bound, hostname())
  const register = async () => {
    brokerEpoch = await registerBroker(options, { id: brokerId, endpoints: advertised.registered() })
  }
  await register()
  await startController(options, { brokerId, applier, register })
  await untilCounted(metadata, brokerId)
  listUnknownPartitions(logs.manager, loggers.get('millrace.log'))

  return {
    brokerId,
    clusterId,
    config,
    metadata,
    advertised,
    replicas,
    fetchMemory: fetchMemoryOf(options),
    fetchSessions: new FetchSessionCache(
      () => config.get('max.incremental.fetch.session.cache.slots'),
      () => randomInt(1, 2 ** 31 - 1),
    ),
    topics: topicAdminOf(options, { brokerId, metadata, replicas }),
    configs,
    groups,
    producerIds: new ProducerIds(znodes, brokerId),
    logs: logs.manager,
    ...ports,
    logger: loggers.get('millrace.request'),
    loggers,
    requests: metrics.requests,
  }
}

/** Returns the broker's epoch. */
async function registerBroker(
  { config, loggers, znodes, sessionNote }: ServicesOptions,
  broker: Pick<BrokerRegistration, 'id' | 'endpoints'>,
): Promise<number> {
  await sessionNote?.renew()
  const format = { version: 5, jmxPort: -1, timestampMs: systemClock.nowMs() } as const
  return await znodes.brokers.registerBroker({ ...broker, rack: config.get('broker.rack') }, format, {
    waitMs: config.get('zookeeper.session.timeout.ms'),
    scheduler: systemScheduler,
    logger: loggers.get('millrace.zookeeper'),
  })
}

function fetchMemoryOf({ closers }: ServicesOptions): FetchMemory {
  const memory = new FetchMemory(maxFetchBytes)
  const trims = every(
    systemScheduler,
    () => trimFetchMemoryMs,
    () => memory.trim(),
  )
  closers.push(async () => trims.cancel())
  return memory
}

function replicasOf(
  { config, loggers, metrics }: ServicesOptions,
  brokerId: number,
  { configs, manager, compaction }: StartedLogs,
): ReplicaManager {
  return new ReplicaManager({
    brokerId,
    logs: logStoreOf(manager, configs, compaction),
    minInSyncReplicas: (topic) => topicConfigValues(configs.topicOverrides(topic), config)['min.insync.replicas'],
    logger: loggers.get('millrace.replication'),
    traffic: metrics.traffic,
  })
}

function topicAdminOf(
  { config, loggers, znodes }: ServicesOptions,
  { brokerId, metadata, replicas }: Pick<BrokerServices, 'brokerId' | 'metadata' | 'replicas'>,
): TopicAdmin {
  return new TopicAdmin({
    brokerId,
    znodes,
    metadata,
    config,
    ...ports,
    logger: loggers.get('millrace.metadata'),
    isLedHere: (topic, index) => replicas.get(topic, index)?.isLeader ?? false,
    newTopicId: newId,
    random: Math.random,
  })
}

/** What the logs touch outside themselves. */
function logEnvironment({ loggers, disk, closers }: ServicesOptions): LogEnvironment {
  const batchChecker = new WorkerBatchChecker()
  closers.push(() => batchChecker.close())
  const environment = nodeEnvironment({ reporter: loggers.get('millrace.log') })
  return { ...environment, disk: disk ?? environment.disk, batchChecker }
}

/** As Kafka does, none that begins with a dash: command lines would take it for an option. */
function newId(): string {
  for (;;) {
    const id = uuidFromBytes(randomBytes(16))
    if (!id.startsWith('-')) return id
  }
}

interface StartedLogs {
  readonly configs: ConfigStore
  readonly manager: LogManager
  readonly compaction: CompactionWarning
}

async function startLogs(
  { config, loggers, logDirs, znodes, closers }: ServicesOptions,
  identity: Pick<
    Parameters<typeof openLogs>[0],
    'brokerId' | 'clusterId' | 'environment' | 'brokerEpoch' | 'onDirectoryFailure'
  >,
): Promise<StartedLogs> {
  const logger = loggers.get('millrace.log')
  const compaction = new CompactionWarning(logger)
  let manager: LogManager | undefined
  const configs = new ConfigStore({
    znodes,
    brokerId: identity.brokerId,
    clock: systemClock,
    logger: loggers.get('millrace.config'),
    onTopicChange: (topic) => {
      manager?.updateConfig(topic)
      for (const log of manager?.all() ?? []) if (log.topic === topic) compaction.consider(log)
    },
    onBrokerChange: (defaults, own) => {
      config.setDynamic(defaults, own)
      manager?.updateConfigs()
    },
  })
  await configs.start()
  closers.push(() => configs.close())
  manager = await openLogs({ ...identity, config, configs, znodes, directories: logDirs, logger })
  const opened = manager
  closers.push(() => opened.close())
  return { configs, manager: opened, compaction }
}

function startGroups(
  { config, loggers, closers }: ServicesOptions,
  replicas: ReplicaManager,
  metadata: MetadataCache,
): GroupCoordinator {
  const groups = new GroupCoordinator({
    config: groupCoordinatorConfigOf(config),
    ...ports,
    logger: loggers.get('millrace.group'),
    newMemberIdSuffix: () => randomUUID(),
    offsetsTopicPartitionCount: () => metadata.image.topics.get(CONSUMER_OFFSETS)?.partitions.size,
    openLog: (index) => {
      const partition = replicas.get(CONSUMER_OFFSETS, index)
      if (partition === undefined) throw new Error(`${CONSUMER_OFFSETS}-${index} is not hosted here`)
      return coordinatorLogOf(partition, systemClock)
    },
  })
  closers.push(() => groups.close())
  return groups
}

function leadershipOf(groups: GroupCoordinator) {
  return {
    onElection: (partition: { index: number; leaderEpoch: number }) =>
      groups.onElection(partition.index, partition.leaderEpoch),
    onResignation: (index: number, leaderEpoch?: number) => groups.onResignation(index, leaderEpoch),
  }
}

async function startController(
  { config, loggers, znodes, closers }: ServicesOptions,
  { brokerId, applier, register }: { brokerId: number; applier: BrokerApplier; register: () => Promise<void> },
): Promise<void> {
  const controller = new KafkaController({
    config: {
      brokerId,
      interBrokerListener: interBrokerListenerOf(config),
      isDeleteTopicEnabled: config.get('delete.topic.enable'),
      isUncleanLeaderElectionEnabled: config.get('unclean.leader.election.enable'),
    },
    zk: znodes,
    channel: new LocalControllerChannel(new Map([[brokerId, applier]])),
    ...ports,
    logger: loggers.get('millrace.controller'),
    newTopicId: newId,
    registerBroker: register,
  })
  closers.push(() => controller.close())
  await controller.start()
}

/** Until the image shows this broker and its controller, nothing could be answered rightly. */
async function untilCounted(metadata: MetadataCache, brokerId: number): Promise<void> {
  const deadline = deadlineSignal(systemScheduler, metadataTimeoutMs)
  const isThere = await metadata.waitUntil((image) => image.brokers.has(brokerId), deadline.signal)
  deadline.cancel()
  if (!isThere) throw new Error(`No controller has told broker ${brokerId} about the cluster`)
}

function listUnknownPartitions(logs: LogManager, logger: Logger): void {
  const unknown = logs.unknownPartitions
  if (unknown.length === 0) return
  logger.warn('Partition directories of topics that the cluster does not know are left alone', {
    directories: unknown.map(({ path }) => path).join(', '),
  })
}
