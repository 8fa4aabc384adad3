/**
 * What the cluster looks like: brokers, topics, leaders. Immutable: an update makes a new image, so a request that
 * started with one sees one state throughout. Filled by the controller's UpdateMetadata alone (Kafka: MetadataCache).
 */
import { ZERO_UUID } from '@millrace/protocol'
import {
  LEADER_DURING_DELETE,
  type UpdateMetadataBroker,
  type UpdateMetadataPartitionState,
  type UpdateMetadataRequest,
  type UpdateMetadataTopicState,
} from './metadata-applier.js'

export interface BrokerEndpoint {
  readonly host: string
  readonly port: number
}

export interface BrokerImage {
  readonly id: number
  readonly rack: string | null
  /** By listener name. */
  readonly endpoints: ReadonlyMap<string, BrokerEndpoint>
}

export type PartitionImage = UpdateMetadataPartitionState

export interface TopicImage {
  readonly name: string
  readonly id: string
  /** By partition index. */
  readonly partitions: ReadonlyMap<number, PartitionImage>
}

export class MetadataImage {
  static readonly empty = new MetadataImage(-1, new Map(), new Map(), new Map())

  /** Broker id of the active controller, −1 while none is known. */
  readonly controllerId: number
  readonly brokers: ReadonlyMap<number, BrokerImage>
  /** By name. */
  readonly topics: ReadonlyMap<string, TopicImage>
  readonly #namesById: ReadonlyMap<string, string>

  private constructor(
    controllerId: number,
    brokers: ReadonlyMap<number, BrokerImage>,
    topics: ReadonlyMap<string, TopicImage>,
    namesById: ReadonlyMap<string, string>,
  ) {
    this.controllerId = controllerId
    this.brokers = brokers
    this.topics = topics
    this.#namesById = namesById
  }

  topicById(id: string): TopicImage | undefined {
    const name = this.#namesById.get(id)
    return name === undefined ? undefined : this.topics.get(name)
  }

  partition(topic: string, index: number): PartitionImage | undefined {
    return this.topics.get(topic)?.partitions.get(index)
  }

  /** Merges the partitions and takes over the list of live brokers. */
  with(update: UpdateMetadataRequest): MetadataImage {
    const brokers = new Map(update.liveBrokers.map((broker) => [broker.id, brokerImage(broker)]))
    if (update.topicStates.length === 0) {
      return new MetadataImage(update.controllerId, brokers, this.topics, this.#namesById)
    }
    const topics = new Map(this.topics)
    const namesById = new Map(this.#namesById)
    for (const state of update.topicStates) mergeTopic(topics, namesById, state)
    return new MetadataImage(update.controllerId, brokers, topics, namesById)
  }
}

function brokerImage({ id, rack, endpoints }: UpdateMetadataBroker): BrokerImage {
  return { id, rack, endpoints: new Map(endpoints.map(({ listener, host, port }) => [listener, { host, port }])) }
}

function mergeTopic(topics: Map<string, TopicImage>, namesById: Map<string, string>, state: UpdateMetadataTopicState) {
  const before = topics.get(state.topicName)
  // A topic that had no id yet is given one: that is the same topic.
  const isRecreated =
    before !== undefined && before.id !== ZERO_UUID && state.topicId !== ZERO_UUID && before.id !== state.topicId
  const partitions = new Map(isRecreated ? undefined : before?.partitions)
  for (const partition of state.partitionStates) {
    if (partition.leader === LEADER_DURING_DELETE) partitions.delete(partition.partitionIndex)
    else partitions.set(partition.partitionIndex, partition)
  }
  if (before !== undefined) namesById.delete(before.id)
  if (partitions.size === 0) {
    topics.delete(state.topicName)
    return
  }
  const id = state.topicId === ZERO_UUID ? (before?.id ?? ZERO_UUID) : state.topicId
  topics.set(state.topicName, { name: state.topicName, id, partitions })
  if (id !== ZERO_UUID) namesById.set(id, state.topicName)
}
