/** `--verify`: how far moves are. */
import {
  type KafkaAdminClient,
  type ReplicaLogDirInfo,
  type TopicPartition,
  TopicPartitionMap,
  type TopicPartitionReplica,
} from '@millrace/client'
import { hasCode } from '../command-line/failures.js'
import { readText } from '../command-line/json-file.js'
import { json } from '../command-line/output.js'
import { type ReassignInvocation, say } from './options.js'
import {
  comparePartitions,
  compareReplicas,
  parsePlan,
  partitionName,
  type Reassignment,
  type ReplicaMove,
  replicaName,
} from './reassignment-file.js'
import { clearThrottles } from './throttles.js'

interface PartitionState {
  readonly partition: TopicPartition
  readonly current: readonly number[]
  readonly target: readonly number[]
  readonly isDone: boolean
}

export async function verifyMoves(admin: KafkaAdminClient, invocation: ReassignInvocation): Promise<void> {
  const { options, print } = invocation
  const { reassignments, moves } = parsePlan(readText(options['reassignment-json-file'] ?? ''))
  const { states, isAnyUnderWay } = await partitionStates(admin, reassignments)
  say(invocation, ['Status of partition reassignment:', ...states.map(stateLine)].join('\n'))
  const moveStates = await findMoveStates(admin, moves)
  say(invocation, moveStates.map(moveLine).join('\n'))
  if (options.output === 'json')
    print(json({ partitions: states.map(asJson), replicaMoves: moveStates.map(moveAsJson) }))
  if (!isAnyUnderWay && moveStates.every(({ kind }) => kind === 'completed' || kind === 'cancelled')) {
    if (!options['preserve-throttles']) await clearThrottles(admin, invocation, reassignments)
  }
}

async function partitionStates(admin: KafkaAdminClient, reassignments: readonly Reassignment[]) {
  const underWay = new TopicPartitionMap(await admin.listPartitionReassignments())
  const others = reassignments.filter(({ partition }) => !underWay.has(partition))
  const topics = [...new Set(others.map(({ partition }) => partition.topic))]
  const described = await admin.describeTopics(topics).settled()
  const states = reassignments.map(({ partition, replicas }): PartitionState => {
    const move = underWay.get(partition)
    if (move !== undefined) return { partition, current: move.replicas, target: replicas, isDone: false }
    const outcome = described.get(partition.topic)
    if (outcome !== undefined && 'error' in outcome && !hasCode(outcome.error, 'UNKNOWN_TOPIC_OR_PARTITION')) {
      throw outcome.error
    }
    const infos = outcome !== undefined && 'value' in outcome ? outcome.value.partitions : []
    const info = infos.find((one) => one.partition === partition.partition)
    return { partition, current: info?.replicas.map(({ id }) => id) ?? [], target: replicas, isDone: true }
  })
  states.sort((a, b) => comparePartitions(a.partition, b.partition))
  return { states, isAnyUnderWay: underWay.size > 0 }
}

function stateLine({ partition, current, target, isDone }: PartitionState): string {
  const name = partitionName(partition)
  if (!isDone) return `Reassignment of partition ${name} is still in progress.`
  if (current.join() === target.join()) return `Reassignment of partition ${name} is completed.`
  return `There is no active reassignment of partition ${name}, but replica set is ${current.join(',')} rather than ${target.join(',')}.`
}

function asJson({ partition, current, target, isDone }: PartitionState) {
  const isCompleted = isDone && current.join() === target.join()
  const state = isCompleted ? 'completed' : isDone ? 'inactive' : 'in progress'
  return { ...partition, state, replicas: current, targetReplicas: target }
}

export interface MoveState {
  readonly kind: 'missing replica' | 'missing log dir' | 'active' | 'cancelled' | 'completed'
  readonly replica: TopicPartitionReplica
  readonly targetLogDir: string
  readonly info: ReplicaLogDirInfo | undefined
}

export async function findMoveStates(
  admin: KafkaAdminClient,
  moves: readonly ReplicaMove[],
): Promise<readonly MoveState[]> {
  if (moves.length === 0) return []
  const infos = await admin.describeReplicaLogDirs(moves.map(({ replica }) => replica))
  return moves
    .map(({ replica, logDir }): MoveState => {
      const info = infos.get(replica)
      return { kind: kindOf(info, logDir), replica, targetLogDir: logDir, info }
    })
    .sort((a, b) => compareReplicas(a.replica, b.replica))
}

function kindOf(info: ReplicaLogDirInfo | undefined, targetLogDir: string): MoveState['kind'] {
  if (info === undefined) return 'missing replica'
  if (info.currentReplicaLogDir === undefined) return 'missing log dir'
  if (info.futureReplicaLogDir !== undefined) return 'active'
  return info.currentReplicaLogDir === targetLogDir ? 'completed' : 'cancelled'
}

function moveLine({ kind, replica, targetLogDir, info }: MoveState): string {
  const name = partitionName(replica)
  const where = `on broker ${replica.brokerId}`
  switch (kind) {
    case 'missing log dir':
      return `Partition ${name} is not found in any live log dir ${where}. There is likely an offline log directory on the broker.`
    case 'missing replica':
      return `Partition ${name} cannot be found in any live log directory ${where}.`
    case 'active':
      return info?.futureReplicaLogDir === targetLogDir
        ? `Reassignment of replica ${replicaName(replica)} is still in progress.`
        : `Partition ${name} ${where} is being moved to log dir ${info?.futureReplicaLogDir} instead of ${targetLogDir}.`
    case 'cancelled':
      return `Partition ${name} ${where} is not being moved from log dir ${info?.currentReplicaLogDir} to ${targetLogDir}.`
    case 'completed':
      return `Reassignment of replica ${replicaName(replica)} completed successfully.`
    default:
      return kind satisfies never
  }
}

function moveAsJson({ kind, replica, targetLogDir, info }: MoveState) {
  return {
    ...replica,
    state: kind,
    logDir: info?.currentReplicaLogDir ?? null,
    futureLogDir: info?.futureReplicaLogDir ?? null,
    targetLogDir,
  }
}
