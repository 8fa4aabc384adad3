/** What a controller does with the requests that tools write below `/admin`: elections and reassignments of old Kafka tools. */
import type { ReassignmentRequest } from '../metadata/znodes/cluster-znodes.js'
import { ZnodeFormatError } from '../metadata/znodes/json.js'
import { PREFERRED_REPLICA_ELECTION_PATH, REASSIGN_PARTITIONS_PATH } from '../metadata/znodes/paths.js'
import { stableAssignment } from '../metadata/znodes/topic-assignment.js'
import type { ControllerTerm } from './controller-term.js'
import type { PartitionRecord } from './core/controller-context.js'

export class AdminRequests {
  readonly #controller: ControllerTerm

  constructor(controller: ControllerTerm) {
    this.#controller = controller
  }

  watch(): void {
    const { zk, put } = this.#controller.options
    const watch = (path: string, name: string, run: () => Promise<void>) => {
      const onEvent = () => put(name, run)
      // Its deletion, by us or others, uses the watch up: reading again sets the next one.
      zk.session.registerNodeHandler(path, { onCreated: onEvent, onDataChanged: onEvent, onDeleted: onEvent })
    }
    watch(PREFERRED_REPLICA_ELECTION_PATH, 'ReplicaLeaderElection', () => this.onPreferredReplicaElection())
    watch(REASSIGN_PARTITIONS_PATH, 'ZkPartitionReassignment', () => this.onReassignPartitions())
  }

  stop(): void {
    const { session } = this.#controller.options.zk
    for (const path of [PREFERRED_REPLICA_ELECTION_PATH, REASSIGN_PARTITIONS_PATH]) session.unregisterNodeHandler(path)
  }

  /** A tool asks for the preferred leaders of partitions. The request goes, whatever came of it. */
  async onPreferredReplicaElection(): Promise<void> {
    const { context, partitions, options } = this.#controller
    const requested = await this.#readable(options.zk.controller.getPreferredReplicaElection())
    if (requested === undefined) return
    const isElectable = ({ topic, leadership, assignment }: PartitionRecord) => {
      const isLedByAnother = leadership !== undefined && leadership.leader !== assignment.replicas[0]
      return isLedByAnother && !context.isQueuedForDeletion(topic)
    }
    const known = requested
      .map(({ topic, partition }) => context.partition(topic, partition))
      .filter((record) => record !== undefined)
    options.logger.info('Preferred leaders are asked for', { requested: requested.length, known: known.length })
    await partitions.toOnline(known.filter(isElectable), { kind: 'preferred' })
    this.#controller.flush()
    await options.zk.controller.deletePreferredReplicaElection(context.epochZkVersion)
  }

  /** A tool asks to put partitions on brokers. What cannot be done is logged; the request goes. */
  async onReassignPartitions(): Promise<void> {
    const { context, options } = this.#controller
    const requested = await this.#readable(options.zk.controller.getReassignPartitions())
    if (requested === undefined) return
    for (const request of requested) {
      const refusal = await this.#reassign(request)
      if (refusal === undefined) continue
      options.logger.warn(`Partition ${request.topic}-${request.partition} is not reassigned: ${refusal}`)
    }
    await options.zk.controller.deleteReassignPartitions(context.epochZkVersion)
  }

  /** A request that makes no sense asks for nothing; it must not keep the controller from its work. */
  async #readable<T>(reading: Promise<readonly T[] | undefined>): Promise<readonly T[] | undefined> {
    try {
      return await reading
    } catch (error) {
      if (!(error instanceof ZnodeFormatError)) throw error
      this.#controller.options.logger.warn('A request cannot be read, and is removed', { error: error.message })
      return []
    }
  }

  /** Resolves to the reason if it is refused. */
  async #reassign({ topic, partition, replicas }: ReassignmentRequest): Promise<string | undefined> {
    const { context, batch, partitions, options } = this.#controller
    const record = context.partition(topic, partition)
    const written = await options.zk.topics.getAssignment(topic)
    if (written === undefined || record?.leadership === undefined) return 'there is no such partition'
    if (context.isQueuedForDeletion(topic)) return 'its topic is being deleted'
    if (!isSameSet(replicas, record.assignment.replicas)) return 'its replicas cannot be moved to other brokers'
    record.assignment = stableAssignment(replicas)
    // Its replicas hear of their new order with a new leader epoch, as at the end of any reassignment.
    await partitions.toOnline([record], { kind: 'reassign' })
    // What is written may have partitions that this controller has yet to hear of.
    const assignments = new Map(written.partitions).set(partition, record.assignment)
    const assignment = { topicId: written.topicId, partitions: assignments }
    await options.zk.topics.setAssignment(topic, assignment, context.epochZkVersion)
    batch.addUpdateMetadata(context.liveOrShuttingDownBrokerIds(), [record])
    this.#controller.flush()
    return undefined
  }
}

function isSameSet(target: readonly number[], present: readonly number[]): boolean {
  return (
    target.length === present.length &&
    new Set(target).size === target.length &&
    target.every((brokerId) => present.includes(brokerId))
  )
}
