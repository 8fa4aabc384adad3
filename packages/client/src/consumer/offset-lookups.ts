/** Asks the leaders of partitions about offsets: by timestamp, and where leader epochs end. Each call goes on until it is answered. */
import { apis, ErrorCode, type ListOffsetsResponse } from '@millrace/protocol'
import type { Cluster } from '../cluster/cluster.js'
import { leaderOf } from '../cluster/metadata-snapshot.js'
import { errorOf, KafkaError } from '../errors.js'
import { partitionKey, type TopicPartition } from '../topic-partition.js'
import type { Deadline } from '../waiting.js'
import { PartitionError } from './consumer-errors.js'

export interface FoundOffset {
  /** −1: there is no such record. */
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

type AnsweredPartition = ListOffsetsResponse['topics'][number]['partitions'][number]

/** A partition and the leader that is to be asked. */
interface Led<T> {
  readonly query: T
  readonly leader: number
  readonly leaderEpoch: number
}

export interface EpochEnd {
  /** −1: the leader does not know. */
  readonly endOffset: number
  readonly leaderEpoch: number
}

/** Before this version, the answer may be of a replica that does not know better (KIP-320). */
const EPOCHS_SINCE_VERSION = 3

export class OffsetLookups {
  readonly #cluster: Cluster
  readonly #isReadCommitted: boolean
  readonly #requestTimeoutMs: number

  constructor(cluster: Cluster, isReadCommitted: boolean, requestTimeoutMs: number) {
    this.#cluster = cluster
    this.#isReadCommitted = isReadCommitted
    this.#requestTimeoutMs = requestTimeoutMs
  }

  /** Errors: KafkaError of a partition that does not pass; TIMEOUT; the signal's reason. */
  async byTimestamp<Q extends TopicPartition & { readonly timestamp: number }>(
    queries: readonly Q[],
    deadline: Deadline,
  ): Promise<Map<Q, FoundOffset>> {
    const found = new Map<Q, FoundOffset>()
    await this.#cluster.repeatedly(deadline, async () => {
      const left = queries.filter((query) => !found.has(query))
      const byLeader = await this.#byLeader(left, deadline)
      const outcomes = await Promise.allSettled(
        [...byLeader].map(([leader, led]) => this.#askLeader(leader, led, found, deadline)),
      )
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
      this.#mustBeAll(queries.length, found.size)
    })
    return found
  }

  /** Where the epoch of each position ends, by the leader of now; undefined: its broker cannot tell. One try. */
  async epochEnd(
    at: TopicPartition & { readonly leaderEpoch: number },
    leader: { readonly nodeId: number; readonly epoch: number },
  ): Promise<EpochEnd | undefined> {
    const connection = await this.#cluster.connection(leader.nodeId)
    const version = connection.versions.highest(apis.OffsetForLeaderEpoch)
    if (version === undefined || version < EPOCHS_SINCE_VERSION) return undefined
    const response = await this.#cluster.ask(
      leader.nodeId,
      apis.OffsetForLeaderEpoch,
      {
        replicaId: -1,
        topics: [
          {
            topic: at.topic,
            partitions: [{ partition: at.partition, currentLeaderEpoch: leader.epoch, leaderEpoch: at.leaderEpoch }],
          },
        ],
      },
      { versions: { min: EPOCHS_SINCE_VERSION }, timeoutMs: this.#requestTimeoutMs },
    )
    const answer = response.topics[0]?.partitions[0]
    if (answer === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    const error = errorOf(answer.errorCode)
    if (error !== undefined) throw error
    return { endOffset: answer.endOffset, leaderEpoch: answer.leaderEpoch }
  }

  async #byLeader<Q extends TopicPartition>(queries: readonly Q[], deadline: Deadline): Promise<Map<number, Led<Q>[]>> {
    const { metadata } = this.#cluster
    for (const topic of new Set(queries.map((query) => query.topic))) {
      const info = await metadata.topic(topic, deadline.signal)
      const error = errorOf(info?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `topic ${topic}`)
      if (error !== undefined) throw error
    }
    const byLeader = new Map<number, Led<Q>[]>()
    for (const query of queries) {
      const info = leaderOf(metadata.snapshot, query.topic, query.partition)
      if (info === undefined || info.leader < 0) {
        metadata.requestUpdate()
        throw new KafkaError('LEADER_NOT_AVAILABLE', `${partitionKey(query.topic, query.partition)} has no leader`)
      }
      const led = { query, leader: info.leader, leaderEpoch: info.leaderEpoch }
      const others = byLeader.get(info.leader)
      if (others === undefined) byLeader.set(info.leader, [led])
      else others.push(led)
    }
    return byLeader
  }

  async #askLeader<Q extends TopicPartition & { readonly timestamp: number }>(
    leader: number,
    led: readonly Led<Q>[],
    found: Map<Q, FoundOffset>,
    deadline: Deadline,
  ): Promise<void> {
    const byName = new Map<string, Led<Q>[]>()
    for (const one of led) byName.set(one.query.topic, [...(byName.get(one.query.topic) ?? []), one])
    let response: ListOffsetsResponse
    try {
      response = await this.#cluster.ask(
        leader,
        apis.ListOffsets,
        {
          replicaId: -1,
          isolationLevel: this.#isReadCommitted ? 1 : 0,
          topics: [...byName].map(([name, ofTopic]) => ({
            name,
            partitions: ofTopic.map(({ query, leaderEpoch }) => ({
              partitionIndex: query.partition,
              currentLeaderEpoch: leaderEpoch,
              timestamp: query.timestamp,
            })),
          })),
          timeoutMs: this.#requestTimeoutMs,
        },
        {
          // The isolation level came with 2.
          versions: { min: this.#isReadCommitted ? 2 : 1 },
          timeoutMs: Math.max(1, Math.min(this.#requestTimeoutMs, deadline.remainingMs)),
        },
      )
    } catch (error) {
      this.#cluster.metadata.requestUpdate()
      throw error
    }
    const answers = new Map<string, AnsweredPartition>()
    for (const { name, partitions } of response.topics) {
      for (const answer of partitions) answers.set(partitionKey(name, answer.partitionIndex), answer)
    }
    for (const { query } of led) this.#take(query, answers.get(partitionKey(query.topic, query.partition)), found)
  }

  #take<Q extends TopicPartition>(query: Q, answer: AnsweredPartition | undefined, found: Map<Q, FoundOffset>): void {
    if (answer === undefined) return
    const error = errorOf(answer.errorCode)
    if (error === undefined) {
      found.set(query, { offset: answer.offset, timestamp: answer.timestamp, leaderEpoch: answer.leaderEpoch })
      return
    }
    this.#cluster.metadata.requestUpdate()
    const { topic, partition } = query
    const message = `${topic}-${partition}: ${error.message}`
    throw new PartitionError(error.code, { topic, partition, offset: -1 }, message, { cause: error })
  }

  #mustBeAll(asked: number, found: number): void {
    if (found < asked) throw new KafkaError('LEADER_NOT_AVAILABLE', 'not all partitions were answered')
  }
}
