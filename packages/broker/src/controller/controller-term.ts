/** What the parts of one term of office share. */
import type { KafkaZkClient } from '../metadata/znodes/kafka-zk-client.js'
import type { Logger, Scheduler } from '../ports.js'
import type { ControllerChannel } from './controller-channel.js'
import type { ControllerContext, Replica } from './core/controller-context.js'
import type { RequestBatch } from './core/request-batch.js'
import type { PartitionStateMachine } from './partition-state-machine.js'
import type { ReplicaStateMachine } from './replica-state-machine.js'
import type { RequestSender } from './request-sender.js'
import type { TopicDeletionManager } from './topic-deletion-manager.js'

export interface ControllerConfig {
  readonly brokerId: number
  /** Listener on which brokers talk to each other. */
  readonly interBrokerListener: string
  /** `delete.topic.enable`. */
  readonly isDeleteTopicEnabled: boolean
  /** `unclean.leader.election.enable` of the broker, for topics that do not say. */
  readonly isUncleanLeaderElectionEnabled: boolean
}

export interface ActiveControllerOptions {
  readonly config: ControllerConfig
  readonly zk: KafkaZkClient
  readonly channel: ControllerChannel
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** A random id that is not one of Kafka's reserved ones, in base64url. */
  readonly newTopicId: () => string
  /** Puts an event of this term into the controller's queue. */
  readonly put: (name: string, run: () => Promise<void>) => void
}

/** A term as its events see it: its state, its machines, and the way to the brokers. */
export interface ControllerTerm {
  readonly options: ActiveControllerOptions
  readonly context: ControllerContext
  readonly partitions: PartitionStateMachine
  readonly replicas: ReplicaStateMachine
  readonly deletions: TopicDeletionManager
  readonly batch: RequestBatch
  readonly sender: RequestSender
  /** Sends what was gathered. */
  flush(): void
  /** Brokers or their log directories are gone: new leaders where they led, smaller ISRs where they followed. */
  onReplicasOffline(replicas: readonly Replica[]): Promise<void>
}
