/**
 * Creates, grows and deletes topics by writing to the cluster store what the controller then carries out, and waits
 * until the metadata image shows it (Kafka: ZkAdminManager).
 */
import { ZERO_UUID } from '@millrace/protocol'
import { isZooKeeperError } from '@millrace/zookeeper'
import type { BrokerConfig } from '../config/broker-config.js'
import { topicConfigMistake } from '../config/topic-config.js'
import { assignReplicas } from '../controller/core/replica-placement.js'
import { deadlineSignal, type Logger, type Scheduler } from '../ports.js'
import { type AdminOutcome, askStore, done, timedOut } from './admin-outcome.js'
import { automaticTopic } from './core/automatic-topic.js'
import {
  type Assignment,
  type ClusterView,
  type NewTopic,
  planGrowth,
  planTopic,
  type TopicPlan,
} from './core/topic-plan.js'
import type { MetadataCache } from './metadata-cache.js'
import type { MetadataImage } from './metadata-image.js'
import { Turns } from './turns.js'
import type { KafkaZkClient } from './znodes/kafka-zk-client.js'
import { stableAssignment } from './znodes/topic-assignment.js'

export interface TopicAdminOptions {
  readonly znodes: KafkaZkClient
  readonly metadata: MetadataCache
  readonly config: BrokerConfig
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** Does this broker lead the partition? The image may say so before its log is there. */
  readonly isLedHere: (topic: string, index: number) => boolean
  readonly brokerId: number
  readonly newTopicId: () => string
  /** From 0 (included) to 1 (excluded): where the placement of replicas begins. */
  readonly random: () => number
}

export interface AdminTimeout {
  readonly timeoutMs: number
  readonly validateOnly: boolean
}

export interface CreatedTopic extends AdminOutcome {
  readonly name: string
  readonly topicId: string
  readonly plan?: TopicPlan
}

/** A topic that shall have more partitions. */
export interface GrownTopic {
  readonly name: string
  readonly count: number
  /** Replicas of the new partitions alone; null: the controller's choice. */
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null
}

/** How long a client that asked for metadata waits for the topic that its question creates. */
const autoCreateTimeoutMs = 5000
/** How often it is looked whether the controller is through with a deletion. */
const deletionPollMs = 5

export class TopicAdmin {
  readonly #options: TopicAdminOptions
  /** Names that the image does not show yet: others must not collide with them. */
  readonly #creating = new Set<string>()
  /** By topic: what is written follows from what was read. */
  readonly #turns = new Turns()

  constructor(options: TopicAdminOptions) {
    this.#options = options
  }

  async create(topics: readonly NewTopic[], timeout: AdminTimeout): Promise<CreatedTopic[]> {
    return await Promise.all(topics.map((topic) => this.#create(topic, timeout)))
  }

  /** Creates a topic that somebody uses, with the broker's defaults. No error when another was faster. */
  async autoCreate(name: string): Promise<AdminOutcome> {
    const { config, metadata } = this.#options
    const topic = automaticTopic(name, config, metadata.image.brokers.size)
    const { error, message } = await this.#create(topic, { timeoutMs: autoCreateTimeoutMs, validateOnly: false })
    if (error !== 'TOPIC_ALREADY_EXISTS') return { error, message }
    return await this.#until((image) => this.#hasLeaders(image, name), autoCreateTimeoutMs)
  }

  /** Settles when the topic is gone from the image, and its name is free for another one. */
  async delete(name: string, timeoutMs: number): Promise<AdminOutcome> {
    const asked = await askStore(this.#options, timeoutMs, () => this.#requestDeletion(name))
    if (asked.error !== 'NONE') return asked
    const isGone = await this.#until((image) => !image.topics.has(name), timeoutMs)
    if (isGone.error !== 'NONE') return isGone
    return await askStore(this.#options, timeoutMs, () =>
      this.#inTime(timeoutMs, (signal) => this.#untilNameIsFree(name, signal)),
    )
  }

  async #requestDeletion(name: string): Promise<AdminOutcome> {
    const { topics } = this.#options.znodes
    if (!(await topics.exists(name))) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: null }
    try {
      await topics.requestDeletion(name)
    } catch (error) {
      // Somebody else asked already: wait with them.
      if (!isZooKeeperError(error, 'NODEEXISTS')) throw error
    }
    return done
  }

  async grow(topic: GrownTopic, { timeoutMs, validateOnly }: AdminTimeout): Promise<AdminOutcome> {
    const { name, count } = topic
    const outcome = await askStore(this.#options, timeoutMs, () =>
      this.#turns.take(name, () => this.#writeGrowth(topic, validateOnly)),
    )
    if (outcome.error !== 'NONE' || validateOnly) return outcome
    return await this.#until((image) => (image.topics.get(name)?.partitions.size ?? 0) >= count, timeoutMs)
  }

  async #writeGrowth({ name, count, assignments }: GrownTopic, validateOnly: boolean): Promise<AdminOutcome> {
    const { znodes } = this.#options
    const assigned = await znodes.topics.getAssignment(name)
    if (assigned === undefined) {
      return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: `The topic '${name}' does not exist.` }
    }
    if (await znodes.topics.isMarkedForDeletion(name)) {
      return { error: 'INVALID_REQUEST', message: `The topic ${name} is being deleted.` }
    }
    const present = Array.from(
      { length: assigned.partitions.size },
      (_, index) => assigned.partitions.get(index)?.replicas ?? [],
    )
    const added = planGrowth({ name, count, assignments, present }, this.#view())
    if ('error' in added) return added
    if (validateOnly) return done
    const partitions = new Map(assigned.partitions)
    for (const [index, replicas] of added.entries()) partitions.set(present.length + index, stableAssignment(replicas))
    await znodes.topics.setAssignment(name, { ...assigned, partitions })
    return done
  }

  async #create(topic: NewTopic, { timeoutMs, validateOnly }: AdminTimeout): Promise<CreatedTopic> {
    const { name } = topic
    const plan = planTopic(topic, this.#view())
    if ('error' in plan) return { name, topicId: ZERO_UUID, ...plan }
    if (validateOnly) return { name, topicId: ZERO_UUID, ...done, plan }
    const topicId = this.#options.newTopicId()
    this.#creating.add(name)
    try {
      const written = await askStore(this.#options, timeoutMs, () =>
        this.#turns.take(name, () => this.#write(plan, topicId)),
      )
      if (written.error !== 'NONE') return { name, topicId: ZERO_UUID, ...written }
      const outcome = await this.#until((image) => this.#hasLeaders(image, name), timeoutMs)
      return { name, topicId, plan, ...outcome }
    } finally {
      this.#creating.delete(name)
    }
  }

  /** Configs first: whoever sees the topic must find them. */
  async #write({ name, assignment, configs }: TopicPlan, topicId: string): Promise<AdminOutcome> {
    const { topics, configs: configNodes } = this.#options.znodes
    // What is being deleted would take the configs of a new topic with it.
    if ((await topics.exists(name)) || (await topics.isMarkedForDeletion(name))) return existsAlready(name)
    await configNodes.set('topics', name, configs)
    const partitions = new Map(assignment.map((replicas, index) => [index, stableAssignment(replicas)]))
    try {
      await topics.create(name, { topicId, partitions })
      return done
    } catch (error) {
      if (isZooKeeperError(error, 'NODEEXISTS')) return existsAlready(name)
      throw error
    }
  }

  #view(): ClusterView {
    const { config, metadata, random } = this.#options
    const { topics, brokers } = metadata.image
    const brokerIds = [...brokers.keys()].sort((a, b) => a - b)
    return {
      topics: [...topics.keys(), ...this.#creating],
      hasTopic: (name) => topics.has(name),
      brokerIds,
      defaultPartitions: config.get('num.partitions'),
      defaultReplicationFactor: config.get('default.replication.factor'),
      configMistake: (configs) => topicConfigMistake(configs, config),
      place: ({ partitions, replicationFactor, after = [] }): Assignment =>
        assignReplicas({
          brokers: brokerIds.map((id) => ({ id, rack: brokers.get(id)?.rack ?? undefined })),
          partitionCount: partitions,
          replicationFactor,
          startIndex: placementStart(after, brokerIds) ?? Math.floor(random() * brokerIds.length),
          startPartition: after.length,
        }),
    }
  }

  /** The controller takes the request for deletion away last of all. */
  async #untilNameIsFree(name: string, signal: AbortSignal): Promise<boolean> {
    const { znodes, scheduler } = this.#options
    while (await znodes.topics.isMarkedForDeletion(name)) {
      if (signal.aborted) return false
      await new Promise<void>((resolve) => {
        scheduler.schedule(deletionPollMs, resolve)
      })
    }
    return true
  }

  /** Partitions that this broker is to lead count when it does: their logs may not be there, and be tried again. */
  #hasLeaders(image: MetadataImage, name: string): boolean {
    const topic = image.topics.get(name)
    if (topic === undefined) return false
    const { brokerId, isLedHere } = this.#options
    return [...topic.partitions.values()].every(({ leader, partitionIndex }) => {
      return leader >= 0 && (leader !== brokerId || isLedHere(name, partitionIndex))
    })
  }

  async #until(shows: (image: MetadataImage) => boolean, timeoutMs: number): Promise<AdminOutcome> {
    return await this.#inTime(timeoutMs, (signal) => this.#options.metadata.waitUntil(shows, signal))
  }

  async #inTime(timeoutMs: number, wait: (signal: AbortSignal) => Promise<boolean>): Promise<AdminOutcome> {
    const deadline = deadlineSignal(this.#options.scheduler, timeoutMs)
    try {
      return (await wait(deadline.signal)) ? done : timedOut
    } finally {
      deadline.cancel()
    }
  }
}

function existsAlready(name: string): AdminOutcome {
  return { error: 'TOPIC_ALREADY_EXISTS', message: `Topic '${name}' already exists.` }
}

/** Where the placement of the topic's first partitions began; undefined for a new topic. */
function placementStart(present: Assignment, brokerIds: readonly number[]): number | undefined {
  const firstLeader = present[0]?.[0]
  return firstLeader === undefined
    ? undefined
    : Math.max(
        0,
        brokerIds.findIndex((id) => id >= firstLeader),
      )
}
