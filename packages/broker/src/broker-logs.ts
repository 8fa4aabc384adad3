/** Opens the logs of a broker with the settings of its configuration and topics. */
import { type LogDirectoryFailure, type LogEnvironment, LogManager, type PartitionLog } from '@millrace/log'
import type { BrokerConfig } from './config/broker-config.js'
import { logConfigOf, topicConfigValues } from './config/topic-config.js'
import type { ConfigStore } from './metadata/config-store.js'
import type { KafkaZkClient } from './metadata/znodes/kafka-zk-client.js'
import type { Logger } from './ports.js'
import type { LogStore } from './replication/replica-manager.js'

export interface BrokerLogsOptions {
  readonly config: BrokerConfig
  readonly configs: ConfigStore
  readonly znodes: KafkaZkClient
  readonly environment: LogEnvironment
  readonly directories: readonly string[]
  readonly brokerId: number
  readonly clusterId: string
  readonly brokerEpoch: () => number
  readonly onDirectoryFailure: (failure: LogDirectoryFailure) => void
  readonly logger: Logger
}

/** Partitions that the cluster store does not give to this broker are left alone. */
export async function openLogs(options: BrokerLogsOptions): Promise<LogManager> {
  const { config, configs, znodes, environment, directories, brokerId, clusterId, brokerEpoch } = options
  const topics = await znodes.topics.getTopics()
  const assignments = await znodes.topics.getAssignments(topics)
  for (const topic of topics) await configs.loadTopic(topic)
  return await LogManager.open({
    environment,
    directories,
    brokerId,
    clusterId,
    brokerEpoch,
    onDirectoryFailure: options.onDirectoryFailure,
    configOf: (topic) => logConfigOf(topicConfigValues(configs.topicOverrides(topic), config), config),
    isKnown: ({ topic, partition, topicId }) => {
      const assignment = assignments.get(topic)
      const isSameTopic = topicId === undefined || assignment?.topicId === topicId
      return isSameTopic && assignment?.partitions.get(partition)?.replicas.includes(brokerId) === true
    },
    intervals: {
      retentionMs: config.get('log.retention.check.interval.ms'),
      offsetCheckpointMs: config.get('log.flush.offset.checkpoint.interval.ms'),
      highWatermarkCheckpointMs: config.get('replica.high.watermark.checkpoint.interval.ms'),
      producerExpiryMs: config.get('producer.id.expiration.check.interval.ms'),
      backgroundFlushMs: config.get('millrace.flush.interval.ms'),
    },
  })
}

/** The logs as the replica manager wants them: a topic's configs are known before its log is opened. */
export function logStoreOf(logs: LogManager, configs: ConfigStore, compaction: CompactionWarning): LogStore {
  return {
    get: (topic, partition) => logs.get(topic, partition),
    getOrCreate: async (topic, partition, topicId, isNew) => {
      await configs.loadTopic(topic)
      const log = await logs.getOrCreate(topic, partition, topicId, { isNew })
      compaction.consider(log)
      return log
    },
    delete: (topic, partition) => logs.delete(topic, partition),
  }
}

/** Says once of each compacted topic that nothing is cleaned. */
export class CompactionWarning {
  readonly #logger: Logger
  readonly #warned = new Set<string>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  consider({ topic, config }: PartitionLog): void {
    if (!config.cleanupPolicy.includes('compact') || this.#warned.has(topic)) return
    this.#warned.add(topic)
    this.#logger.warn('Topic is compacted, and nothing is cleaned yet: it keeps every record', { topic })
  }
}
