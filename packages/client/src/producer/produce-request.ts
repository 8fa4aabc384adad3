/** One Produce request: from batches to what is sent, and from the answer back to the batches. */
import { type apis, ErrorCode, type ProduceResponse, type RequestInputOf, ZERO_UUID } from '@millrace/protocol'
import type { LeaderHint, MetadataSnapshot } from '../cluster/metadata-snapshot.js'
import { KafkaError } from '../errors.js'
import type { PartitionAnswer } from './core/produce-outcome.js'
import type { ProducerBatch } from './core/producer-batch.js'
import type { TransactionGate } from './transaction-gate.js'

/** Topic ids in place of names. */
const TOPIC_ID_VERSION = 13
/** What follows adds partitions to a transaction by itself (KIP-890). */
const TRANSACTION_V1_VERSION_MAX = 11

const TELLS_LEADER: ReadonlySet<number> = new Set([ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH])
const NO_HINTS: readonly LeaderHint[] = []

export interface ProduceSettings {
  readonly acks: -1 | 0 | 1
  readonly requestTimeoutMs: number
  readonly transactions: TransactionGate | undefined
}

export class ProduceExchange {
  readonly #settings: ProduceSettings
  readonly #byTopic = new Map<string, Map<number, ProducerBatch>>()
  /** As the request named them: the topic may be another one when the answer comes. */
  readonly #topicIds = new Map<string, string>()

  /** At most one batch of a partition. */
  constructor(settings: ProduceSettings, batches: readonly ProducerBatch[], { topics }: MetadataSnapshot) {
    this.#settings = settings
    for (const batch of batches) {
      const { topicName, partition } = batch.queue
      let partitions = this.#byTopic.get(topicName)
      if (partitions === undefined) {
        partitions = new Map()
        this.#byTopic.set(topicName, partitions)
        this.#topicIds.set(topicName, topics.get(topicName)?.topicId ?? ZERO_UUID)
      }
      partitions.set(partition, batch)
    }
  }

  /** The highest version that can carry them. */
  get versionMax(): number {
    const { transactions } = this.#settings
    if (transactions !== undefined && !transactions.isVersion2) return TRANSACTION_V1_VERSION_MAX
    for (const topicId of this.#topicIds.values()) if (topicId === ZERO_UUID) return TOPIC_ID_VERSION - 1
    return TOPIC_ID_VERSION
  }

  body(version: number): RequestInputOf<typeof apis.Produce> {
    const { acks, requestTimeoutMs, transactions } = this.#settings
    return {
      transactionalId: transactions?.transactionalId ?? null,
      acks,
      timeoutMs: requestTimeoutMs,
      topicData: [...this.#byTopic].map(([name, partitions]) => {
        const partitionData = [...partitions].map(([index, batch]) => ({ index, records: batch.encode() }))
        return version >= TOPIC_ID_VERSION
          ? { topicId: this.#topicIds.get(name) ?? ZERO_UUID, partitionData }
          : { name, partitionData }
      }),
    }
  }

  /** Calls `onAnswer` for each batch; one that the response leaves out has not been heard of. */
  eachAnswer(response: ProduceResponse, onAnswer: (batch: ProducerBatch, answer: PartitionAnswer) => void): void {
    for (const { name, topicId, partitionResponses } of response.responses) {
      const partitions = this.#byTopic.get(name === '' ? this.#nameOf(topicId) : name)
      if (partitions === undefined) continue
      for (const answer of partitionResponses) {
        const batch = partitions.get(answer.index)
        if (batch === undefined) continue
        partitions.delete(answer.index)
        onAnswer(batch, answer)
      }
    }
    for (const partitions of this.#byTopic.values()) {
      for (const batch of partitions.values()) {
        onAnswer(batch, answerOf(new KafkaError('NETWORK_EXCEPTION', 'the broker’s answer left the partition out')))
      }
    }
  }

  /** Who leads partitions now, as far as a broker that does not lead them has said so (KIP-951). */
  leaderHints(response: ProduceResponse): readonly LeaderHint[] {
    let hints: LeaderHint[] | undefined
    for (const { name, topicId, partitionResponses } of response.responses) {
      for (const { index, errorCode, currentLeader } of partitionResponses) {
        if (!TELLS_LEADER.has(errorCode) || currentLeader.leaderId < 0 || currentLeader.leaderEpoch < 0) continue
        const topic = name === '' ? this.#nameOf(topicId) : name
        hints ??= []
        hints.push({ topic, partition: index, ...currentLeader })
      }
    }
    return hints ?? NO_HINTS
  }

  #nameOf(topicId: string): string {
    for (const [name, known] of this.#topicIds) if (known === topicId) return name
    return ''
  }
}

/** What stands for the answer with acks=0. */
export const WRITTEN_UNANSWERED: PartitionAnswer = {
  errorCode: ErrorCode.NONE,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1,
  errorMessage: null,
  recordErrors: [],
}

/** What stands for an answer that did not come. */
export function answerOf(error: KafkaError): PartitionAnswer {
  return { ...WRITTEN_UNANSWERED, errorCode: error.errorCode, errorMessage: error.message }
}
