/**
 * The seam between whoever decides about partitions (today the ZooKeeper-mode controller) and the broker that carries
 * the decisions out (replica manager and metadata image).
 *
 * Shapes are those of Kafka's LeaderAndIsr, UpdateMetadata and StopReplica requests in their newest versions, field for
 * field, so that a channel over the wire only encodes them. Plain data, never changed after it was sent.
 */

/** One partition as its leader and followers shall run it. */
export interface LeaderAndIsrPartitionState {
  readonly partitionIndex: number
  /** Epoch of the controller that last changed the partition's state; may be lower than the request's. */
  readonly controllerEpoch: number
  /** Broker id, −1 for none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  /** Version of the partition's state znode. */
  readonly partitionEpoch: number
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
  /** The replica has never existed: its log may be created in any online log directory. */
  readonly isNew: boolean
  /** 0 recovered, 1 recovering (after an unclean election). */
  readonly leaderRecoveryState: number
}

export interface LeaderAndIsrTopicState {
  readonly topicName: string
  /** Kafka's base64url form; ZERO_UUID if the topic has none. */
  readonly topicId: string
  readonly partitionStates: readonly LeaderAndIsrPartitionState[]
}

export interface LiveLeader {
  readonly brokerId: number
  readonly hostName: string
  readonly port: number
}

/** LeaderAndIsr (4): the partitions this broker replicates that changed. */
export interface LeaderAndIsrRequest {
  readonly controllerId: number
  readonly controllerEpoch: number
  /** Epoch of the receiver that the controller knows; −1 unknown. A lower one than its own: STALE_BROKER_EPOCH. */
  readonly brokerEpoch: number
  readonly topicStates: readonly LeaderAndIsrTopicState[]
  /** Brokers that lead any of these partitions. */
  readonly liveLeaders: readonly LiveLeader[]
}

export interface LeaderAndIsrResponse {
  /** Of the whole request: 0, STALE_CONTROLLER_EPOCH or STALE_BROKER_EPOCH. */
  readonly errorCode: number
  readonly topics: readonly {
    /** Not on the wire from version 5 on, where `topicId` stands for it. */
    readonly topicName: string
    readonly topicId: string
    readonly partitionErrors: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
  }[]
}

/** One partition for the metadata image. */
export interface UpdateMetadataPartitionState {
  readonly partitionIndex: number
  readonly controllerEpoch: number
  /** Broker id, −1 for none; `LEADER_DURING_DELETE` (−2): forget the partition. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly zkVersion: number
  readonly replicas: readonly number[]
  readonly offlineReplicas: readonly number[]
}

export interface UpdateMetadataTopicState {
  readonly topicName: string
  readonly topicId: string
  readonly partitionStates: readonly UpdateMetadataPartitionState[]
}

export interface UpdateMetadataEndpoint {
  readonly port: number
  readonly host: string
  /** Listener name, for instance `PLAINTEXT`. */
  readonly listener: string
  /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

export interface UpdateMetadataBroker {
  readonly id: number
  readonly endpoints: readonly UpdateMetadataEndpoint[]
  readonly rack: string | null
}

/** UpdateMetadata (6): merged into the image by partition; `liveBrokers` replaces the image's list. */
export interface UpdateMetadataRequest {
  readonly controllerId: number
  readonly controllerEpoch: number
  readonly brokerEpoch: number
  readonly topicStates: readonly UpdateMetadataTopicState[]
  readonly liveBrokers: readonly UpdateMetadataBroker[]
}

export interface UpdateMetadataResponse {
  readonly errorCode: number
}

export interface StopReplicaPartitionState {
  readonly partitionIndex: number
  /** −1: do not check; `EPOCH_DURING_DELETE` (−2): the topic is being deleted. */
  readonly leaderEpoch: number
  readonly deletePartition: boolean
}

/** StopReplica (5). */
export interface StopReplicaRequest {
  readonly controllerId: number
  readonly controllerEpoch: number
  readonly brokerEpoch: number
  readonly topicStates: readonly {
    readonly topicName: string
    readonly partitionStates: readonly StopReplicaPartitionState[]
  }[]
}

export interface StopReplicaResponse {
  readonly errorCode: number
  readonly partitionErrors: readonly {
    readonly topicName: string
    readonly partitionIndex: number
    readonly errorCode: number
  }[]
}

/** No leader is known or alive. */
export const NO_LEADER = -1
/** Leader of a partition whose topic is being deleted: receivers drop it from their image. */
export const LEADER_DURING_DELETE = -2
/** Leader epoch in StopReplica while the topic is being deleted: always accepted. */
export const EPOCH_DURING_DELETE = -2

/**
 * A broker, seen by its controller. Each call answers when its work is done; calls of one controller to one broker come
 * one at a time and in order. Refusals are error codes in the answer; a rejected promise means that the broker cannot
 * go on.
 */
export interface MetadataApplier {
  /** Makes the broker leader or follower of each partition whose leader epoch is newer than its own. */
  becomeLeaderOrFollower(request: LeaderAndIsrRequest): Promise<LeaderAndIsrResponse>
  /** Merges the partitions into the metadata image and replaces its list of live brokers. */
  updateMetadata(request: UpdateMetadataRequest): Promise<UpdateMetadataResponse>
  /** Stops replicas, and deletes those that it says to delete. */
  stopReplicas(request: StopReplicaRequest): Promise<StopReplicaResponse>
}
