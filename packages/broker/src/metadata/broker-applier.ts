/**
 * Carries out what the controller decided: leadership and deletion through the replica manager, everything else into
 * the metadata image. The last to know are the coordinators, whose partitions may have come or gone.
 */
import { ErrorCode, type ErrorName } from '@millrace/protocol'
import { allInTurns } from '../loop-share.js'
import type { Logger } from '../ports.js'
import type { Partition } from '../replication/partition.js'
import type { ReplicaManager } from '../replication/replica-manager.js'
import type {
  LeaderAndIsrPartitionState,
  LeaderAndIsrRequest,
  LeaderAndIsrResponse,
  LeaderAndIsrTopicState,
  MetadataApplier,
  StopReplicaRequest,
  StopReplicaResponse,
  UpdateMetadataRequest,
  UpdateMetadataResponse,
} from './metadata-applier.js'
import type { MetadataCache } from './metadata-cache.js'

/** A coordinator whose state lies in the partitions of an internal topic. */
export interface LeadershipListener {
  readonly topic: string
  onElection(partition: Partition): void
  /** `leaderEpoch`: since when another broker leads; undefined if the partition is not hosted here any more. */
  onResignation(partitionIndex: number, leaderEpoch?: number): void
}

export interface BrokerApplierOptions {
  readonly replicas: ReplicaManager
  readonly cache: MetadataCache
  readonly brokerEpoch: () => number
  readonly listeners: readonly LeadershipListener[]
  readonly onTopicsDeleted: (topics: readonly string[]) => void
  readonly logger: Logger
}

export class BrokerApplier implements MetadataApplier {
  readonly #options: BrokerApplierOptions
  #controllerEpoch = -1

  constructor(options: BrokerApplierOptions) {
    this.#options = options
  }

  async becomeLeaderOrFollower(request: LeaderAndIsrRequest): Promise<LeaderAndIsrResponse> {
    const refusal = this.#refusal(request)
    if (refusal !== undefined) return { errorCode: ErrorCode[refusal], topics: [] }
    const topics = await allInTurns(request.topicStates, (topic) => this.#applyTopic(topic))
    return { errorCode: ErrorCode.NONE, topics }
  }

  updateMetadata(request: UpdateMetadataRequest): Promise<UpdateMetadataResponse> {
    const refusal = this.#refusal(request)
    if (refusal === undefined) {
      const before = this.#options.cache.image
      this.#options.cache.update(request)
      const { topics } = this.#options.cache.image
      const deleted = request.topicStates
        .map(({ topicName }) => topicName)
        .filter((name) => before.topics.has(name) && !topics.has(name))
      if (deleted.length > 0) this.#options.onTopicsDeleted(deleted)
    }
    return Promise.resolve({ errorCode: ErrorCode[refusal ?? 'NONE'] })
  }

  async stopReplicas(request: StopReplicaRequest): Promise<StopReplicaResponse> {
    const refusal = this.#refusal(request)
    if (refusal !== undefined) return { errorCode: ErrorCode[refusal], partitionErrors: [] }
    const stopping = request.topicStates.flatMap(({ topicName, partitionStates }) =>
      partitionStates.map(async (state) => {
        for (const listener of this.#listenersOf(topicName)) listener.onResignation(state.partitionIndex)
        const error = await this.#options.replicas.stopReplica(topicName, state)
        return { topicName, partitionIndex: state.partitionIndex, errorCode: ErrorCode[error] }
      }),
    )
    return { errorCode: ErrorCode.NONE, partitionErrors: await Promise.all(stopping) }
  }

  async #applyTopic({ topicName, topicId, partitionStates }: LeaderAndIsrTopicState) {
    const partitionErrors = await allInTurns(partitionStates, async (state) => {
      const change = await this.#options.replicas.becomeLeaderOrFollower(topicName, topicId, state)
      this.#tell(topicName, state, change.became)
      return { partitionIndex: state.partitionIndex, errorCode: change.errorCode }
    })
    return { topicName, topicId, partitionErrors }
  }

  #tell(
    topic: string,
    { partitionIndex, leaderEpoch }: LeaderAndIsrPartitionState,
    became: 'leader' | 'follower' | undefined,
  ): void {
    const partition = this.#options.replicas.get(topic, partitionIndex)
    for (const listener of this.#listenersOf(topic)) {
      if (became === 'leader' && partition !== undefined) listener.onElection(partition)
      if (became === 'follower') listener.onResignation(partitionIndex, leaderEpoch)
    }
  }

  #listenersOf(topic: string): readonly LeadershipListener[] {
    return this.#options.listeners.filter((listener) => listener.topic === topic)
  }

  /** A controller that lost its office, or one that means this broker's earlier life. */
  #refusal(request: { controllerEpoch: number; brokerEpoch: number }): ErrorName | undefined {
    if (request.brokerEpoch !== -1 && request.brokerEpoch < this.#options.brokerEpoch()) return 'STALE_BROKER_EPOCH'
    if (request.controllerEpoch < this.#controllerEpoch) return 'STALE_CONTROLLER_EPOCH'
    this.#controllerEpoch = request.controllerEpoch
    return undefined
  }
}
