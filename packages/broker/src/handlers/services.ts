/** What the handlers work on. Each takes the part that it needs. */
import type { LogManager } from '@millrace/log'
import type { BrokerConfig } from '../config/broker-config.js'
import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { Loggers } from '../logging/loggers.js'
import type { FetchMemory } from '../memory/fetch-memory.js'
import type { AdvertisedListeners } from '../metadata/advertised-listeners.js'
import type { ConfigStore } from '../metadata/config-store.js'
import type { MetadataCache } from '../metadata/metadata-cache.js'
import type { ProducerIds } from '../metadata/producer-ids.js'
import type { TopicAdmin } from '../metadata/topic-admin.js'
import type { RequestMetrics } from '../metrics/request-metrics.js'
import type { Clock, Logger, Scheduler } from '../ports.js'
import type { FetchSessionCache } from '../replication/core/fetch-session.js'
import type { ReplicaManager } from '../replication/replica-manager.js'

export interface BrokerServices {
  readonly brokerId: number
  readonly clusterId: string
  readonly config: BrokerConfig
  readonly metadata: MetadataCache
  readonly advertised: AdvertisedListeners
  readonly replicas: ReplicaManager
  readonly fetchSessions: FetchSessionCache
  readonly fetchMemory: FetchMemory
  readonly topics: TopicAdmin
  readonly configs: ConfigStore
  readonly groups: GroupCoordinator
  readonly producerIds: ProducerIds
  readonly logs: LogManager
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** All loggers, with their levels. */
  readonly loggers: Loggers
  readonly requests: RequestMetrics
}
