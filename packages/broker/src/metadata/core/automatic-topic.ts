import type { BrokerConfig } from '../../config/broker-config.js'
import { CONSUMER_OFFSETS } from '../topic-names.js'
import type { NewTopic } from './topic-plan.js'

/**
 * A topic as it comes to be because somebody uses it: with the broker's defaults, or, if it is a coordinator's, as that needs it
 * (Kafka: AutoTopicCreationManager). `liveBrokers` bound the replicas of the latter, so that a small cluster can begin.
 */
export function automaticTopic(name: string, config: BrokerConfig, liveBrokers: number): NewTopic {
  const automatic = { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }
  if (name !== CONSUMER_OFFSETS) return automatic
  return {
    ...automatic,
    numPartitions: config.get('offsets.topic.num.partitions'),
    replicationFactor: Math.min(config.get('offsets.topic.replication.factor'), liveBrokers),
    configs: [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'compression.type', value: 'producer' },
      { name: 'segment.bytes', value: String(config.get('offsets.topic.segment.bytes')) },
    ],
  }
}
