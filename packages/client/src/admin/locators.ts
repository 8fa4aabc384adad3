/**
 * Who answers for an entity (Kafka's AdminApiLookupStrategy): any broker, the controller, a broker by its id, the
 * coordinator of a group or transactional id, the leader of a partition.
 *
 * Nothing is remembered between rounds: what was denied once is looked up anew.
 */
import { apis, ErrorCode } from '@millrace/protocol'
import type { CoordinatorType } from '../cluster/coordinators.js'
import { errorOf, KafkaError } from '../errors.js'
import { type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import type { Answerer, Call, Locator, Placement } from './driver.js'
import { isUnsupported } from './refusals.js'

const never = () => false

/** The same one for all. */
export function fixed<K>(target: Answerer): Locator<K> {
  return { find: async (keys) => keys.map((key) => [key, { target }]), passes: never }
}

/** The one that each entity names. */
export function named<K>(targetOf: (key: K) => Answerer): Locator<K> {
  return { find: async (keys) => keys.map((key) => [key, { target: targetOf(key) }]), passes: never }
}

/** The coordinator of the group, or transactional id, that an entity belongs to. */
export function coordinator<K>(type: CoordinatorType, idOf: (key: K) => string): Locator<K> {
  return {
    find: async (keys, call) => {
      const found = await findCoordinators(call, type, [...new Set(keys.map(idOf))])
      return keys.map((key) => [key, found.get(idOf(key)) ?? notMentioned()])
    },
    passes: ({ code }) => code === 'COORDINATOR_NOT_AVAILABLE' || code === 'COORDINATOR_LOAD_IN_PROGRESS',
  }
}

/** Errors of a coordinator that pass: it is looked up again. */
export function coordinatorMoves({ code }: KafkaError): boolean {
  return code === 'NOT_COORDINATOR' || code === 'COORDINATOR_NOT_AVAILABLE' || code === 'COORDINATOR_LOAD_IN_PROGRESS'
}

const KEY_TYPES: Readonly<Record<CoordinatorType, number>> = { group: 0, transaction: 1 }
/** From 4 on one request asks about many (KIP-699). */
const MANY = { min: 4, max: 5 }
const ONE = { min: 1, max: 3 }

async function findCoordinators(
  call: Call,
  type: CoordinatorType,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Placement>> {
  const keyType = KEY_TYPES[type]
  const found = new Map<string, Placement>()
  try {
    const { coordinators } = await call.ask('any', apis.FindCoordinator, { keyType, coordinatorKeys: ids }, MANY)
    for (const one of coordinators) found.set(one.key, placementOf(one))
  } catch (error) {
    if (!isUnsupported(error)) throw error
    for (const key of ids) {
      found.set(key, placementOf(await call.ask('any', apis.FindCoordinator, { keyType, key }, ONE)))
    }
  }
  return found
}

function placementOf(answer: {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly nodeId: number
}): Placement {
  const error = errorOf(answer.errorCode, answer.errorMessage)
  if (error !== undefined) return { error }
  return answer.nodeId < 0 ? { error: new KafkaError('COORDINATOR_NOT_AVAILABLE') } : { target: answer.nodeId }
}

/** The leader of the partition that an entity is or names. */
export function leader<K extends TopicPartition>(): Locator<K> {
  return {
    find: async (keys, call) => {
      const leaders = await findLeaders(call, [...new Set(keys.map(({ topic }) => topic))])
      return keys.map((key) => {
        const placement = leaders.byTopic.get(key.topic) ?? leaders.byPartition.get(key)
        return [key, placement ?? { error: new KafkaError('UNKNOWN_TOPIC_OR_PARTITION') }]
      })
    },
    passes: ({ retriable }) => retriable,
  }
}

interface Leaders {
  /** Topics that are as a whole in error. */
  readonly byTopic: ReadonlyMap<string, Placement>
  readonly byPartition: ReadonlyMap<TopicPartition, Placement>
}

async function findLeaders(call: Call, names: readonly string[]): Promise<Leaders> {
  const byTopic = new Map<string, Placement>()
  const byPartition = new TopicPartitionMap<Placement>()
  const body = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false }
  const { topics } = await call.ask('any', apis.Metadata, body, { min: 4 })
  for (const { name, errorCode, partitions } of topics) {
    if (name === null) continue
    const error = errorOf(errorCode)
    if (error !== undefined) byTopic.set(name, { error })
    for (const { partitionIndex, leaderId, errorCode: partitionError } of partitions) {
      byPartition.set({ topic: name, partition: partitionIndex }, leaderPlacement(leaderId, partitionError))
    }
  }
  return { byTopic, byPartition }
}

/** A partition may be told with an error, of a replica for instance, and have a leader. */
function leaderPlacement(leaderId: number, errorCode: number): Placement {
  if (leaderId >= 0 && errorCode !== ErrorCode.LEADER_NOT_AVAILABLE) return { target: leaderId }
  return { error: errorOf(errorCode) ?? new KafkaError('LEADER_NOT_AVAILABLE') }
}

function notMentioned(): Placement {
  return { error: new KafkaError('COORDINATOR_NOT_AVAILABLE', 'the broker’s answer does not mention it') }
}
