/** The throttles of moves: which replicas and which brokers are slowed down; set before and taken back after. */
import type { AlterConfigOp, KafkaAdminClient, PartitionReassignment, TopicPartition } from '@millrace/client'
import { TopicPartitionMap } from '@millrace/client'
import { hashOrder, stringHash } from '../command-line/java-order.js'
import { type ReassignInvocation, say } from './options.js'
import type { Reassignment, ReplicaMove } from './reassignment-file.js'

const LEADER_RATE = 'leader.replication.throttled.rate'
const FOLLOWER_RATE = 'follower.replication.throttled.rate'
const LOG_DIR_RATE = 'replica.alter.log.dirs.io.max.bytes.per.second'
const LEADER_REPLICAS = 'leader.replication.throttled.replicas'
const FOLLOWER_REPLICAS = 'follower.replication.throttled.replicas'

/** From which brokers to which a partition moves. */
export interface PartitionMove {
  readonly sources: readonly number[]
  readonly destinations: readonly number[]
}

/** Of those that are under way, and of those that are wanted (`calculateProposedMoveMap`). */
export function plannedMoves(
  underWay: Iterable<readonly [TopicPartition, PartitionReassignment]>,
  wanted: readonly Reassignment[],
  present: ReadonlyMap<TopicPartition, readonly number[]>,
): TopicPartitionMap<PartitionMove> {
  const moves = new TopicPartitionMap<PartitionMove>()
  for (const [key, { replicas, addingReplicas }] of underWay) {
    const sources = replicas.filter((id) => !addingReplicas.includes(id))
    moves.set(key, { sources, destinations: addingReplicas })
  }
  for (const { partition, replicas } of wanted) {
    const sources = moves.get(partition)?.sources ?? present.get(partition) ?? []
    moves.set(partition, { sources, destinations: replicas.filter((id) => !sources.includes(id)) })
  }
  return moves
}

/** `partition:broker` with commas between, by topic. */
export function throttledReplicas(
  moves: ReadonlyMap<TopicPartition, PartitionMove>,
  side: keyof PartitionMove,
): ReadonlyMap<string, string> {
  const byTopic = new Map<string, string[]>()
  for (const [{ topic, partition }, move] of moves) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), ...move[side].map((id) => `${partition}:${id}`)])
  }
  return new Map([...byTopic].map(([topic, parts]) => [topic, [...new Set(parts)].sort().join(',')]))
}

const set = (name: string, value: string): AlterConfigOp => ({ name, op: 'SET', value })
const remove = (name: string): AlterConfigOp => ({ name, op: 'DELETE' })

async function alterAll(
  admin: KafkaAdminClient,
  type: 'TOPIC' | 'BROKER',
  opsByName: Iterable<readonly [string, readonly AlterConfigOp[]]>,
): Promise<void> {
  await admin.incrementalAlterConfigs([...opsByName].map(([name, ops]) => ({ resource: { type, name }, ops })))
}

export async function throttleMoves(
  admin: KafkaAdminClient,
  invocation: ReassignInvocation,
  moves: ReadonlyMap<TopicPartition, PartitionMove>,
): Promise<void> {
  const { throttle } = invocation.options
  const followers = throttledReplicas(moves, 'destinations')
  const topics = [...throttledReplicas(moves, 'sources')].map(
    ([topic, leaders]) =>
      [topic, [set(LEADER_REPLICAS, leaders), set(FOLLOWER_REPLICAS, followers.get(topic) ?? '')]] as const,
  )
  await alterAll(admin, 'TOPIC', topics)
  const brokers = new Set([...moves.values()].flatMap(({ sources, destinations }) => [...sources, ...destinations]))
  const rates = [set(LEADER_RATE, String(throttle)), set(FOLLOWER_RATE, String(throttle))]
  await alterAll(
    admin,
    'BROKER',
    [...brokers].map((id) => [String(id), rates] as const),
  )
  say(invocation, `The inter-broker throttle limit was set to ${throttle} B/s`)
}

export async function throttleLogDirs(
  admin: KafkaAdminClient,
  invocation: ReassignInvocation,
  moves: readonly ReplicaMove[],
): Promise<void> {
  const rate = invocation.options['replica-alter-log-dirs-throttle']
  const brokers = new Set(moves.map(({ replica }) => replica.brokerId))
  await alterAll(
    admin,
    'BROKER',
    [...brokers].map((id) => [String(id), [set(LOG_DIR_RATE, String(rate))]] as const),
  )
  say(invocation, `The replica-alter-dir throttle limit was set to ${rate} B/s`)
}

/** Of all brokers: which of them once had a part in it is not known any more. */
export async function clearThrottles(
  admin: KafkaAdminClient,
  invocation: ReassignInvocation,
  reassignments: readonly Reassignment[],
): Promise<void> {
  const { nodes } = await admin.describeCluster()
  const ids = new Set([...nodes.map(({ id }) => id), ...reassignments.flatMap(({ replicas }) => replicas)])
  const brokers = hashOrder(ids, (id) => id)
  say(invocation, `Clearing broker-level throttles on broker${brokers.length === 1 ? '' : 's'} ${brokers.join(',')}`)
  const rates = [remove(LEADER_RATE), remove(FOLLOWER_RATE), remove(LOG_DIR_RATE)]
  await alterAll(
    admin,
    'BROKER',
    brokers.map((id) => [String(id), rates] as const),
  )
  const topics = hashOrder(new Set(reassignments.map(({ partition }) => partition.topic)), stringHash)
  say(invocation, `Clearing topic-level throttles on topic${topics.length === 1 ? '' : 's'} ${topics.join(',')}`)
  const replicas = [remove(LEADER_REPLICAS), remove(FOLLOWER_REPLICAS)]
  await alterAll(
    admin,
    'TOPIC',
    topics.map((topic) => [topic, replicas] as const),
  )
}
