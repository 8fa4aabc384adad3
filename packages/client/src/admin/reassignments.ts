/** Where replicas are: reassign them (KIP-455), and elect leaders (KIP-460). */
import { apis } from '@millrace/protocol'
import { errorOf, type KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import { type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import { AdminResult, type Outcome } from './admin-result.js'
import { type ElectionType, electionTypes } from './code-names.js'
import type { AdminDriver, Answerer, Call } from './driver.js'
import { fixed } from './locators.js'
import { byTopic } from './partition-lists.js'
import { nothing, outcome, unsupported } from './refusals.js'

const passes = ({ code }: KafkaError) => code === 'NOT_CONTROLLER'

export interface AlterReassignmentsOptions extends CallOptions {
  /** Whether the number of replicas may change (KIP-860). Default true; false before Kafka 4.1: UNSUPPORTED_VERSION. */
  readonly allowReplicationFactorChange?: boolean
}

export function alterPartitionReassignments(
  driver: AdminDriver,
  reassignments: Iterable<readonly [TopicPartition, readonly number[] | null]>,
  options: AlterReassignmentsOptions,
): AdminResult<TopicPartition, void> {
  const { allowReplicationFactorChange = true } = options
  return driver.each('alterPartitionReassignments', options, () => {
    const wanted = new TopicPartitionMap(reassignments)
    return {
      keys: wanted.keys(),
      emptyMap: <V>() => new TopicPartitionMap<V>(),
      locator: fixed<TopicPartition>('controller'),
      passes,
      ask: async (call: Call, target: Answerer, keys: readonly TopicPartition[]) => {
        const response = await call.ask(target, apis.AlterPartitionReassignments, {
          timeoutMs: call.timeoutMs,
          allowReplicationFactorChange,
          topics: byTopic(keys, (name, _partitions, those) => ({
            name,
            partitions: those.map((key) => {
              const replicas = wanted.get(key)
              return { partitionIndex: key.partition, replicas: replicas ? [...replicas] : null }
            }),
          })),
        })
        const error = errorOf(response.errorCode, response.errorMessage)
        if (error !== undefined) return keys.map((key) => [key, { error }] as const)
        return response.responses.flatMap(({ name, partitions }) =>
          partitions.map((one) => [{ topic: name, partition: one.partitionIndex }, outcome(one, nothing)] as const),
        )
      },
    }
  })
}

export interface PartitionReassignment {
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

/** Partitions that are not being moved are not in the map. */
export async function listPartitionReassignments(
  driver: AdminDriver,
  partitions: Iterable<TopicPartition> | undefined,
  options: CallOptions,
): Promise<Map<TopicPartition, PartitionReassignment>> {
  return await driver.one('listPartitionReassignments', options, 'controller', async (call, target) => {
    const response = await call.ask(target, apis.ListPartitionReassignments, {
      timeoutMs: call.timeoutMs,
      topics:
        partitions === undefined ? null : byTopic(partitions, (name, partitionIndexes) => ({ name, partitionIndexes })),
    })
    return outcome(response, () => {
      const moving = new TopicPartitionMap<PartitionReassignment>()
      for (const { name, partitions: answered } of response.topics) {
        for (const { partitionIndex, replicas, addingReplicas, removingReplicas } of answered) {
          moving.set({ topic: name, partition: partitionIndex }, { replicas, addingReplicas, removingReplicas })
        }
      }
      return moving
    })
  })
}

/** A partition whose leader is the wanted one already is ELECTION_NOT_NEEDED; without `partitions`, such are left out. */
export function electLeaders(
  driver: AdminDriver,
  electionType: ElectionType,
  partitions: Iterable<TopicPartition> | undefined,
  options: CallOptions,
): AdminResult<TopicPartition, void> {
  const what = 'electLeaders'
  const run = driver.one<Map<TopicPartition, Outcome<void>>>(what, options, 'controller', async (call, target) => {
    const response = await call.ask(target, apis.ElectLeaders, (version) => {
      if (version === 0 && electionType !== 'PREFERRED') throw unsupported('this broker elects preferred leaders only')
      return {
        electionType: electionTypes.code(electionType),
        topicPartitions:
          partitions === undefined ? null : byTopic(partitions, (topic, indexes) => ({ topic, partitions: indexes })),
        timeoutMs: call.timeoutMs,
      }
    })
    return outcome(response, () => {
      const outcomes = new TopicPartitionMap<Outcome<void>>()
      for (const { topic, partitionResult } of response.replicaElectionResults) {
        for (const one of partitionResult) {
          const result: Outcome<void> = outcome(one, nothing)
          const isNotNeeded = 'error' in result && result.error.code === 'ELECTION_NOT_NEEDED'
          if (partitions === undefined && isNotNeeded) continue
          outcomes.set({ topic, partition: one.partitionId }, result)
        }
      }
      return outcomes
    })
  })
  return new AdminResult(what, run)
}
