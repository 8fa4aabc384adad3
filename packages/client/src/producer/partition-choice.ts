import type { Cluster } from '../cluster/cluster.js'
import type { ClientPorts } from '../ports.js'
import { partitionLoads } from './core/sticky-partition.js'
import type { TopicState } from './core/topic-state.js'
import { type PartitionerCluster, type PartitionFunction, partitionForKey } from './partitioner.js'
import type { ProducerRecord } from './producer-record.js'
import type { TopicStates } from './topic-states.js'

export interface PartitionChoiceOptions {
  readonly cluster: Pick<Cluster, 'snapshot'>
  readonly ports: Pick<ClientPorts, 'random'>
  readonly partition: PartitionFunction<unknown, unknown> | undefined
  readonly ignoresKeys: boolean
  readonly isAdaptive: boolean
  /** 0: brokers that take nothing are not avoided. */
  readonly availabilityTimeoutMs: number
  /** Since when a broker takes nothing, in ms. */
  readonly stuckMs: (nodeId: number) => number
}

/** Which partition a record goes to: the one that it names, the partitioner's, its key's, or wherever the others go now. */
export class PartitionChoice implements PartitionerCluster {
  readonly #options: PartitionChoiceOptions
  readonly #topics: Pick<TopicStates, 'partitionCount'>
  readonly #available = new Map<string, readonly number[]>()

  constructor(options: PartitionChoiceOptions, topics: Pick<TopicStates, 'partitionCount'>) {
    this.#options = options
    this.#topics = topics
  }

  partitionCount(topic: string): number {
    return this.#topics.partitionCount(topic)
  }

  availablePartitions(topic: string): readonly number[] {
    const known = this.#available.get(topic)
    if (known !== undefined) return known
    const { nodes, topics } = this.#options.cluster.snapshot
    const partitions = topics.get(topic)?.partitions ?? []
    const available = partitions.flatMap(({ partition, leader }) => (nodes.has(leader) ? [partition] : []))
    this.#available.set(topic, available)
    return available
  }

  /** There is a new snapshot: who leads what may have changed. */
  onMetadata(): void {
    this.#available.clear()
  }

  /** Undefined: the topic's sticky one. Errors: what the partitioner throws. */
  choose(topic: TopicState, record: ProducerRecord<unknown, unknown>, key: Buffer | null): number | undefined {
    if (record.partition !== undefined) return record.partition
    const { partition, ignoresKeys } = this.#options
    const chosen = partition?.(record, key, this)
    if (chosen !== undefined) return chosen
    return key === null || ignoresKeys ? undefined : partitionForKey(key, topic.partitionCount)
  }

  /** Where records without keys go at the moment. */
  sticky(topic: TopicState): number {
    return topic.sticky.current < 0 ? this.draw(topic) : topic.sticky.current
  }

  /** Another sticky one (KIP-794): rather one whose broker keeps up. */
  draw(topic: TopicState): number {
    const { availabilityTimeoutMs, cluster, isAdaptive, ports, stuckMs } = this.#options
    let available = this.availablePartitions(topic.name)
    if (availabilityTimeoutMs > 0) {
      const leaders = cluster.snapshot.topics.get(topic.name)?.partitions ?? []
      const moving = available.filter((partition) => {
        const leader = leaders[partition]?.leader
        return leader === undefined || stuckMs(leader) <= availabilityTimeoutMs
      })
      if (moving.length > 0) available = moving
    }
    if (isAdaptive) {
      const sizes = available.map((partition) => topic.queues[partition]?.batches.length ?? 0)
      topic.sticky.loads = partitionLoads(available, sizes, topic.partitionCount)
    }
    return topic.sticky.draw(available, topic.partitionCount, ports.random())
  }
}
