import type { GroupCoordinatorConfig } from '../groups/group-coordinator.js'
import type { BrokerConfig } from './broker-config.js'

/** The group coordinator's settings, by their broker keys. */
export function groupCoordinatorConfigOf(config: BrokerConfig): GroupCoordinatorConfig {
  return {
    groupMinSessionTimeoutMs: config.get('group.min.session.timeout.ms'),
    groupMaxSessionTimeoutMs: config.get('group.max.session.timeout.ms'),
    groupInitialRebalanceDelayMs: config.get('group.initial.rebalance.delay.ms'),
    groupMaxSize: config.get('group.max.size'),
    offsetsRetentionMinutes: config.get('offsets.retention.minutes'),
    offsetMetadataMaxBytes: config.get('offset.metadata.max.bytes'),
    offsetsTopicPartitions: config.get('offsets.topic.num.partitions'),
    offsetsCommitTimeoutMs: config.get('offsets.commit.timeout.ms'),
    offsetsRetentionCheckIntervalMs: config.get('offsets.retention.check.interval.ms'),
  }
}
