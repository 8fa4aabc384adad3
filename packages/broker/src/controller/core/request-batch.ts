/**
 * Gathers what one event changes into at most one request of each kind per broker
 * (`kafka.controller.AbstractControllerBrokerRequestBatch`).
 *
 * Whoever gets LeaderAndIsr for a partition is not the only one to hear of it: every live broker gets it in
 * UpdateMetadata too. It owns what was gathered since the last `take`; it sends nothing.
 */
import {
  EPOCH_DURING_DELETE,
  LEADER_DURING_DELETE,
  type LeaderAndIsrPartitionState,
  type LeaderAndIsrRequest,
  type StopReplicaPartitionState,
  type StopReplicaRequest,
  type UpdateMetadataBroker,
  type UpdateMetadataPartitionState,
  type UpdateMetadataRequest,
} from '../../metadata/metadata-applier.js'
import { type BrokerRegistration, SECURITY_PROTOCOL_ID } from '../../metadata/znodes/broker-registration.js'
import type { ControllerContext, PartitionRecord } from './controller-context.js'

/** What one broker is sent, in this order. */
export interface BrokerRequests {
  readonly leaderAndIsr?: LeaderAndIsrRequest
  readonly updateMetadata?: UpdateMetadataRequest
  readonly stopReplica?: StopReplicaRequest
}

export interface RequestBatchOptions {
  readonly controllerId: number
  /** Listener on which brokers talk to each other; its endpoint is told as the leaders'. */
  readonly interBrokerListener: string
  /** Id of topics without one, on the wire. */
  readonly zeroUuid: string
}

const NO_EPOCH = -1

export class RequestBatch {
  readonly #context: ControllerContext
  readonly #options: RequestBatchOptions
  readonly #leaderAndIsr = new Map<number, Map<PartitionRecord, { readonly isNew: boolean }>>()
  readonly #stopReplica = new Map<number, Map<PartitionRecord, { readonly deletePartition: boolean }>>()
  readonly #updateMetadataBrokers = new Set<number>()
  readonly #updateMetadataPartitions = new Set<PartitionRecord>()

  constructor(context: ControllerContext, options: RequestBatchOptions) {
    this.#context = context
    this.#options = options
  }

  /** Tells these brokers the partition's leadership, and everyone's metadata. */
  addLeaderAndIsr(brokerIds: readonly number[], record: PartitionRecord, isNew: boolean): void {
    for (const brokerId of brokerIds) {
      const partitions = entryOf(this.#leaderAndIsr, brokerId)
      // Once new, new: the log may be created.
      partitions.set(record, { isNew: isNew || (partitions.get(record)?.isNew ?? false) })
    }
    this.addUpdateMetadata(this.#context.liveOrShuttingDownBrokerIds(), [record])
  }

  /** Partitions without a leader yet are left out; no partitions: the list of live brokers alone. */
  addUpdateMetadata(brokerIds: readonly number[], records: Iterable<PartitionRecord>): void {
    for (const brokerId of brokerIds) this.#updateMetadataBrokers.add(brokerId)
    for (const record of records) {
      if (record.leadership !== undefined) this.#updateMetadataPartitions.add(record)
    }
  }

  addStopReplica(brokerId: number, record: PartitionRecord, deletePartition: boolean): void {
    const partitions = entryOf(this.#stopReplica, brokerId)
    partitions.set(record, {
      deletePartition: deletePartition || (partitions.get(record)?.deletePartition ?? false),
    })
  }

  /** The requests, by live broker; what was gathered for others is dropped. The batch is empty afterwards. */
  take(): ReadonlyMap<number, BrokerRequests> {
    const requests = new Map<number, BrokerRequests>()
    for (const [brokerId, broker] of this.#context.liveOrShuttingDownBrokers) {
      const leaderAndIsr = this.#leaderAndIsr.get(brokerId)
      const stopReplica = this.#stopReplica.get(brokerId)
      const taken: BrokerRequests = {
        ...(leaderAndIsr === undefined ? {} : { leaderAndIsr: this.#leaderAndIsrRequest(leaderAndIsr, broker.epoch) }),
        ...(this.#updateMetadataBrokers.has(brokerId)
          ? { updateMetadata: this.#updateMetadataRequest(broker.epoch) }
          : {}),
        ...(stopReplica === undefined ? {} : { stopReplica: this.#stopReplicaRequest(stopReplica, broker.epoch) }),
      }
      if (Object.keys(taken).length > 0) requests.set(brokerId, taken)
    }
    this.clear()
    return requests
  }

  clear(): void {
    this.#leaderAndIsr.clear()
    this.#stopReplica.clear()
    this.#updateMetadataBrokers.clear()
    this.#updateMetadataPartitions.clear()
  }

  #head(brokerEpoch: number) {
    return { controllerId: this.#options.controllerId, controllerEpoch: this.#context.epoch, brokerEpoch }
  }

  #leaderAndIsrRequest(
    partitions: ReadonlyMap<PartitionRecord, { readonly isNew: boolean }>,
    brokerEpoch: number,
  ): LeaderAndIsrRequest {
    const leaderIds = new Set<number>()
    const topicStates = byTopic(partitions, ([record, { isNew }]): LeaderAndIsrPartitionState | undefined => {
      const { partition, leadership, assignment } = record
      if (leadership === undefined) return undefined
      leaderIds.add(leadership.leader)
      return {
        partitionIndex: partition,
        controllerEpoch: leadership.controllerEpoch,
        leader: leadership.leader,
        leaderEpoch: leadership.leaderEpoch,
        isr: leadership.isr,
        partitionEpoch: leadership.zkVersion,
        ...assignment,
        isNew,
        leaderRecoveryState: leadership.leaderRecoveryState,
      }
    })
    return {
      ...this.#head(brokerEpoch),
      topicStates: topicStates.map((topic) => ({ ...topic, topicId: this.#topicId(topic.topicName) })),
      liveLeaders: [...leaderIds].flatMap((brokerId) => {
        const broker = this.#context.liveOrShuttingDownBrokers.get(brokerId)
        const endpoint = broker?.registration.endpoints.find(
          ({ listener }) => listener === this.#options.interBrokerListener,
        )
        return endpoint === undefined ? [] : [{ brokerId, hostName: endpoint.host, port: endpoint.port }]
      }),
    }
  }

  #updateMetadataRequest(brokerEpoch: number): UpdateMetadataRequest {
    const records = Array.from(this.#updateMetadataPartitions, (record) => [record, undefined] as const)
    const topicStates = byTopic(records, ([record]): UpdateMetadataPartitionState | undefined => {
      const { partition, leadership, assignment } = record
      if (leadership === undefined) return undefined
      return {
        partitionIndex: partition,
        controllerEpoch: leadership.controllerEpoch,
        leader: this.#context.isQueuedForDeletion(record.topic) ? LEADER_DURING_DELETE : leadership.leader,
        leaderEpoch: leadership.leaderEpoch,
        isr: leadership.isr,
        zkVersion: leadership.zkVersion,
        replicas: assignment.replicas,
        offlineReplicas: assignment.replicas.filter((id) => !this.#context.isReplicaOnline(id, record)),
      }
    })
    return {
      ...this.#head(brokerEpoch),
      topicStates: topicStates.map((topic) => ({ ...topic, topicId: this.#topicId(topic.topicName) })),
      liveBrokers: Array.from(this.#context.liveOrShuttingDownBrokers.values(), ({ registration }) =>
        liveBroker(registration),
      ),
    }
  }

  #stopReplicaRequest(
    partitions: ReadonlyMap<PartitionRecord, { readonly deletePartition: boolean }>,
    brokerEpoch: number,
  ): StopReplicaRequest {
    return {
      ...this.#head(brokerEpoch),
      topicStates: byTopic(partitions, ([record, { deletePartition }]): StopReplicaPartitionState => {
        const leaderEpoch = this.#context.isQueuedForDeletion(record.topic)
          ? EPOCH_DURING_DELETE
          : (record.leadership?.leaderEpoch ?? NO_EPOCH)
        return { partitionIndex: record.partition, leaderEpoch, deletePartition }
      }),
    }
  }

  #topicId(topic: string): string {
    return this.#context.topics.get(topic)?.topicId ?? this.#options.zeroUuid
  }
}

function entryOf<V>(map: Map<number, Map<PartitionRecord, V>>, brokerId: number): Map<PartitionRecord, V> {
  let partitions = map.get(brokerId)
  if (partitions === undefined) {
    partitions = new Map()
    map.set(brokerId, partitions)
  }
  return partitions
}

/** Partition states by topic, in the order in which they were added. */
function byTopic<V, S>(
  entries: Iterable<readonly [PartitionRecord, V]>,
  stateOf: (entry: readonly [PartitionRecord, V]) => S | undefined,
): readonly { readonly topicName: string; readonly partitionStates: readonly S[] }[] {
  const topics = new Map<string, S[]>()
  for (const entry of entries) {
    const state = stateOf(entry)
    if (state === undefined) continue
    const [{ topic }] = entry
    const states = topics.get(topic)
    if (states === undefined) topics.set(topic, [state])
    else states.push(state)
  }
  return Array.from(topics, ([topicName, partitionStates]) => ({ topicName, partitionStates }))
}

function liveBroker(registration: BrokerRegistration): UpdateMetadataBroker {
  return {
    id: registration.id,
    rack: registration.rack,
    endpoints: registration.endpoints.map(({ host, port, listener, securityProtocol }) => ({
      port,
      host,
      listener,
      securityProtocol: SECURITY_PROTOCOL_ID[securityProtocol],
    })),
  }
}
