/**
 * One term of office of the controller (`kafka.controller.KafkaController` while it is active): from the election, when it
 * reads everything, to the resignation, after which nothing of it is used again.
 *
 * It owns the context, the state machines and the watches of its term. Its methods run as events of the controller's
 * queue, one at a time; watches and brokers' answers only put such events. Every write to ZooKeeper is fenced by the
 * term's epoch, and a ControllerMovedError ends the term.
 */
import { ErrorCode } from '@millrace/protocol'
import type { LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse } from '../metadata/metadata-applier.js'
import type { ControllerEpoch } from '../metadata/znodes/controller-znodes.js'
import {
  BROKER_IDS_PATH,
  DELETE_TOPICS_PATH,
  ISR_CHANGE_NOTIFICATION_PATH,
  LOG_DIR_EVENT_NOTIFICATION_PATH,
  TOPICS_PATH,
  topicPath,
} from '../metadata/znodes/paths.js'
import { AdminRequests } from './admin-requests.js'
import { BrokerEvents } from './broker-events.js'
import type { BrokerResponses } from './controller-channel.js'
import type { ActiveControllerOptions, ControllerTerm } from './controller-term.js'
import { ControllerContext, type PartitionRecord, type Replica } from './core/controller-context.js'
import { type BrokerRequests, RequestBatch } from './core/request-batch.js'
import { PartitionStateMachine } from './partition-state-machine.js'
import { ReplicaStateMachine } from './replica-state-machine.js'
import { RequestSender } from './request-sender.js'
import { TopicDeletionManager } from './topic-deletion-manager.js'
import { TopicEvents } from './topic-events.js'

/** Kafka's `Uuid.ZERO_UUID`. */
const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

export class ActiveController implements ControllerTerm {
  readonly context = new ControllerContext()
  readonly partitions: PartitionStateMachine
  readonly replicas: ReplicaStateMachine
  readonly deletions: TopicDeletionManager
  readonly batch: RequestBatch
  readonly options: ActiveControllerOptions
  readonly sender: RequestSender
  readonly #brokers: BrokerEvents
  readonly #topics: TopicEvents
  readonly #adminRequests: AdminRequests

  constructor(options: ActiveControllerOptions, { epoch, zkVersion }: ControllerEpoch) {
    this.options = options
    const { config, zk, channel, scheduler, logger } = options
    const { context } = this
    context.epoch = epoch
    context.epochZkVersion = zkVersion
    this.batch = new RequestBatch(context, {
      controllerId: config.brokerId,
      interBrokerListener: config.interBrokerListener,
      zeroUuid: ZERO_UUID,
    })
    const parts = { context, zk, batch: this.batch, logger }
    this.partitions = new PartitionStateMachine(parts, (topic) => this.#isUncleanAllowed(topic))
    this.replicas = new ReplicaStateMachine(parts)
    this.sender = new RequestSender({
      channel,
      scheduler,
      logger,
      onResponses: (brokerId, requests, responses) => this.#onResponses(brokerId, requests, responses),
    })
    this.#brokers = new BrokerEvents(this)
    this.#topics = new TopicEvents(this)
    this.#adminRequests = new AdminRequests(this)
    this.deletions = new TopicDeletionManager({
      ...parts,
      partitions: this.partitions,
      replicas: this.replicas,
      isEnabled: config.isDeleteTopicEnabled,
      flush: () => this.flush(),
      removeTopic: (topic) => this.#topics.removeNodes(topic),
      removeRequest: (topic) => zk.topics.removeDeletionRequest(topic, context.epochZkVersion),
    })
  }

  /** Takes office: watches first, then reads everything, then brings every partition as far as it goes. */
  async start(): Promise<void> {
    const { zk, logger } = this.options
    const { context } = this
    await zk.controller.enableFeatures()
    this.#watch()
    const { names: logDirEvents } = await zk.controller.getLogDirEvents()
    await zk.controller.deleteLogDirEvents(logDirEvents, context.epochZkVersion)
    const { names: isrChanges } = await zk.controller.getIsrChanges()
    await zk.controller.deleteIsrChanges(isrChanges, context.epochZkVersion)
    await this.#brokers.load()
    await this.#topics.load()
    await this.deletions.init(await this.#topics.deletionRequests())
    // Brokers must know each other's endpoints before they are told whom to follow.
    this.batch.addUpdateMetadata(context.liveOrShuttingDownBrokerIds(), [])
    this.flush()
    await this.replicas.startup()
    this.flush()
    await this.partitions.startup()
    this.flush()
    context.checkInvariants()
    logger.info(`Broker ${this.options.config.brokerId} is the controller with epoch ${context.epoch}`)
    await this.#adminRequests.onReassignPartitions()
    await this.deletions.resume()
    await this.#adminRequests.onPreferredReplicaElection()
  }

  /** Leaves office. Forgets everything and tells nobody. */
  stop(): void {
    const { session } = this.options.zk
    for (const path of [
      BROKER_IDS_PATH,
      TOPICS_PATH,
      DELETE_TOPICS_PATH,
      LOG_DIR_EVENT_NOTIFICATION_PATH,
      ISR_CHANGE_NOTIFICATION_PATH,
    ]) {
      session.unregisterChildHandler(path)
    }
    this.#brokers.stop()
    this.#adminRequests.stop()
    for (const topic of this.context.topics.keys()) session.unregisterNodeHandler(topicPath(topic))
    this.sender.removeAll()
    this.batch.clear()
    this.context.reset()
  }

  /** Sends what was gathered. */
  flush(): void {
    for (const [brokerId, requests] of this.batch.take()) this.sender.send(brokerId, requests)
  }

  /** Brokers or their log directories are gone: new leaders where they led, smaller ISRs where they followed. */
  async onReplicasOffline(replicas: readonly Replica[]): Promise<void> {
    const { context } = this
    const isDeleted = ({ record }: Replica) => context.isQueuedForDeletion(record.topic)
    const leaderless = context.partitionsWithOfflineLeader()
    this.partitions.move(leaderless, 'Offline')
    await this.partitions.triggerOnline()
    this.flush()
    await this.replicas.move(
      replicas.filter((replica) => !isDeleted(replica)),
      'Offline',
    )
    this.flush()
    await this.deletions.failed(replicas.filter(isDeleted))
    // If no partition changed, brokers have not heard yet who is gone.
    if (leaderless.length === 0) this.batch.addUpdateMetadata(context.liveOrShuttingDownBrokerIds(), [])
    this.flush()
  }

  #watch(): void {
    const { zk, put } = this.options
    const onChildren = (path: string, name: string, run: () => Promise<void>) => {
      zk.session.registerChildHandler(path, () => put(name, run))
    }
    onChildren(BROKER_IDS_PATH, 'BrokerChange', () => this.#brokers.onChange())
    onChildren(TOPICS_PATH, 'TopicChange', () => this.#topics.onChange())
    onChildren(DELETE_TOPICS_PATH, 'TopicDeletion', () => this.#topics.onDeletionRequests())
    onChildren(LOG_DIR_EVENT_NOTIFICATION_PATH, 'LogDirEventNotification', () => this.#brokers.onLogDirEvents())
    onChildren(ISR_CHANGE_NOTIFICATION_PATH, 'IsrChangeNotification', () => this.#topics.onIsrChanges())
    this.#adminRequests.watch()
  }

  async #isUncleanAllowed(topic: string): Promise<boolean> {
    const { zk, config } = this.options
    const own = (await zk.configs.get('topics', topic)).get('unclean.leader.election.enable')
    return own === undefined ? config.isUncleanLeaderElectionEnabled : own.trim().toLowerCase() === 'true'
  }

  /** Answers come at any time; what follows from them is an event like others. */
  #onResponses(brokerId: number, requests: BrokerRequests, responses: BrokerResponses): void {
    const { put, logger } = this.options
    const { leaderAndIsr, updateMetadata, stopReplica } = responses
    if (leaderAndIsr !== undefined) {
      put('LeaderAndIsrResponseReceived', () => this.#onLeaderAndIsrResponse(brokerId, leaderAndIsr))
    }
    if (updateMetadata !== undefined && updateMetadata.errorCode !== ErrorCode.NONE) {
      logger.warn(`Broker ${brokerId} refused UpdateMetadata`, { errorCode: updateMetadata.errorCode })
    }
    if (stopReplica !== undefined && requests.stopReplica !== undefined) {
      const request = requests.stopReplica
      put('StopReplicaResponseReceived', () => this.#onStopReplicaResponse(brokerId, request, stopReplica))
    }
  }

  /** KAFKA_STORAGE_ERROR says that the replica's log directory failed; NONE that it works (again). */
  async #onLeaderAndIsrResponse(brokerId: number, response: LeaderAndIsrResponse): Promise<void> {
    if (response.errorCode !== ErrorCode.NONE) {
      this.options.logger.warn(`Broker ${brokerId} refused LeaderAndIsr`, { errorCode: response.errorCode })
      return
    }
    const online: PartitionRecord[] = []
    const offline: PartitionRecord[] = []
    for (const { topicName, partitionErrors } of response.topics) {
      for (const { partitionIndex, errorCode } of partitionErrors) {
        const record = this.context.partition(topicName, partitionIndex)
        if (record === undefined) continue
        if (errorCode === ErrorCode.NONE) online.push(record)
        else if (errorCode === ErrorCode.KAFKA_STORAGE_ERROR) offline.push(record)
      }
    }
    const { lost, regained } = this.context.setReplicaDirs(brokerId, online, offline)
    if (lost.length > 0) await this.onReplicasOffline(lost)
    if (regained.length > 0) await this.#brokers.onReplicasRegained(regained)
    this.#brokers.askAgainLater()
  }

  /** Of interest only for replicas that were to be deleted. */
  async #onStopReplicaResponse(
    brokerId: number,
    request: StopReplicaRequest,
    response: StopReplicaResponse,
  ): Promise<void> {
    const failed: Replica[] = []
    const succeeded: Replica[] = []
    const errors = new Map(
      response.partitionErrors.map(({ topicName, partitionIndex, errorCode }) => {
        return [`${topicName}-${partitionIndex}`, errorCode] as const
      }),
    )
    for (const { topicName, partitionStates } of request.topicStates) {
      for (const { partitionIndex, deletePartition } of partitionStates) {
        const record = this.context.partition(topicName, partitionIndex)
        if (!deletePartition || record === undefined) continue
        const errorCode = errors.get(`${topicName}-${partitionIndex}`) ?? ErrorCode.NONE
        const isDone = response.errorCode === ErrorCode.NONE && errorCode === ErrorCode.NONE
        if (isDone) succeeded.push({ record, brokerId })
        else failed.push({ record, brokerId })
      }
    }
    await this.deletions.failed(failed)
    if (succeeded.length > 0) await this.deletions.succeeded(succeeded)
    this.flush()
  }
}
