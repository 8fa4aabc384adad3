/** `--execute` and `--cancel`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type KafkaAdminClient, type Outcome, type TopicPartition, TopicPartitionMap } from '@millrace/client'
import { hasCode, reasonOf } from '../command-line/failures.js'
import { readText } from '../command-line/json-file.js'
import { json } from '../command-line/output.js'
import { ToolError } from '../command-line/tool.js'
import { type ReassignInvocation, say, TerseError } from './options.js'
import {
  asPlan,
  comparePartitions,
  compareReplicas,
  formatPlan,
  parseExecutablePlan,
  parsePlan,
  partitionName,
  type Reassignment,
  type ReplicaMove,
  replicaName,
} from './reassignment-file.js'
import { clearThrottles, plannedMoves, throttleLogDirs, throttleMoves } from './throttles.js'
import { findMoveStates } from './verify-moves.js'

const IS_MOVING =
  'Cannot execute because there is an existing partition assignment.  Use --additional to override this and create a new partition assignment in addition to the existing one. The --additional flag can also be used to change the throttle by resubmitting the current reassignment.'
const VERIFY_LATER =
  'Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.'

export async function executeMoves(admin: KafkaAdminClient, invocation: ReassignInvocation): Promise<void> {
  const { options, print } = invocation
  const { reassignments, moves } = parseExecutablePlan(readText(options['reassignment-json-file'] ?? ''))
  const underWay = await admin.listPartitionReassignments()
  if (!options.additional && underWay.size > 0) throw new TerseError(IS_MOVING)
  await checkBrokers(admin, reassignments)
  const present = await presentReplicas(admin, reassignments)
  const before = [...present].map(([partition, replicas]) => ({ partition, replicas }))
  say(
    invocation,
    `Current partition replica assignment\n\n${formatPlan(before)}\n\nSave this to use as the --reassignment-json-file option during rollback`,
  )
  const hasLogDirThrottle = options['replica-alter-log-dirs-throttle'] >= 0
  if (options.throttle >= 0 || hasLogDirThrottle) say(invocation, VERIFY_LATER)
  if (options.throttle >= 0) {
    await throttleMoves(admin, invocation, plannedMoves(underWay, reassignments, present))
  }
  if (hasLogDirThrottle) await throttleLogDirs(admin, invocation, moves)
  const wanted = reassignments.map(({ partition, replicas }) => [partition, replicas] as const)
  const failed = failures(await admin.alterPartitionReassignments(wanted).settled())
  if (failed.length > 0) throw new TerseError(`Error reassigning partition(s):\n${failed.join('\n')}`)
  const names = sortedNames(reassignments.map(({ partition }) => partition))
  say(invocation, `Successfully started partition reassignment${plural(reassignments)} for ${names}`)
  await moveLogDirs(admin, invocation, moves)
  if (options.output === 'json') print(json({ started: asPlan(reassignments), before: asPlan(before) }))
}

function plural({ length }: readonly unknown[]): string {
  return length === 1 ? '' : 's'
}

function sortedNames(partitions: readonly TopicPartition[]): string {
  return [...partitions].sort(comparePartitions).map(partitionName).join(',')
}

function failures(outcomes: ReadonlyMap<TopicPartition, Outcome<void>>): readonly string[] {
  return [...outcomes]
    .sort(([a], [b]) => comparePartitions(a, b))
    .flatMap(([key, outcome]) => ('error' in outcome ? `${partitionName(key)}: ${reasonOf(outcome.error)}` : []))
}

async function checkBrokers(admin: KafkaAdminClient, reassignments: readonly Reassignment[]): Promise<void> {
  const { nodes } = await admin.describeCluster()
  const there = new Set(nodes.map(({ id }) => id))
  const unknown = reassignments.flatMap(({ replicas }) => replicas).find((id) => !there.has(id))
  if (unknown !== undefined) throw new ToolError(`Unknown broker id ${unknown}`)
}

/** Where the replicas are now. Errors: ToolError for a partition that is not there. */
async function presentReplicas(
  admin: KafkaAdminClient,
  reassignments: readonly Reassignment[],
): Promise<TopicPartitionMap<readonly number[]>> {
  const topics = await describeAll(admin, [...new Set(reassignments.map(({ partition }) => partition.topic))])
  const present = new TopicPartitionMap<readonly number[]>()
  const missing: TopicPartition[] = []
  for (const { partition } of reassignments) {
    const info = topics.get(partition.topic)?.find((one) => one.partition === partition.partition)
    if (info === undefined) missing.push(partition)
    else present.set(partition, info.replicas)
  }
  if (missing.length === 0) return present
  throw new ToolError(`Unable to find partition: ${missing.map(partitionName).join(', ')}`)
}

/** The replicas of each partition of topics. Errors: ToolError for a topic that is not there. */
export async function describeAll(
  admin: KafkaAdminClient,
  topics: readonly string[],
): Promise<ReadonlyMap<string, readonly { readonly partition: number; readonly replicas: readonly number[] }[]>> {
  const outcomes = await admin.describeTopics(topics).settled()
  return new Map(
    [...outcomes].map(([topic, outcome]) => {
      if ('value' in outcome) {
        const { partitions } = outcome.value
        return [
          topic,
          partitions.map(({ partition, replicas }) => ({ partition, replicas: replicas.map(({ id }) => id) })),
        ]
      }
      if (!hasCode(outcome.error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw outcome.error
      throw new ToolError(`Topic ${topic} not found.`)
    }),
  )
}

const PAUSE_MS = 100

/** A replica that is not on its broker yet cannot be moved there: it is tried until `--timeout`. */
async function moveLogDirs(
  admin: KafkaAdminClient,
  invocation: ReassignInvocation,
  moves: readonly ReplicaMove[],
): Promise<void> {
  const endMs = Date.now() + invocation.options.timeout
  let left = [...moves].sort((a, b) => compareReplicas(a.replica, b.replica))
  while (left.length > 0) {
    const wanted = left.map(({ replica, logDir }) => [replica, logDir] as const)
    const outcomes = await admin.alterReplicaLogDirs(wanted).settled()
    const waiting: ReplicaMove[] = []
    for (const move of left) {
      const { replica, logDir } = move
      const outcome = outcomes.get(replica)
      if (outcome === undefined || ('error' in outcome && hasCode(outcome.error, 'REPLICA_NOT_AVAILABLE'))) {
        waiting.push(move)
      } else if ('error' in outcome) {
        throw new ToolError(`Failed to alter dir for ${replicaName(replica)}: ${reasonOf(outcome.error)}`)
      } else {
        const name = partitionName(replica)
        say(
          invocation,
          `Successfully started moving log directory to ${logDir} for replica ${name} with broker ${replica.brokerId} `,
        )
      }
    }
    left = waiting
    if (left.length > 0 && Date.now() >= endMs) {
      const names = left.map(({ replica }) => replicaName(replica)).join(',')
      throw new TerseError(`Timed out before log directory move${plural(left)} could be started for: ${names}`)
    }
    if (left.length > 0) await sleep(PAUSE_MS)
  }
}

export async function cancelMoves(admin: KafkaAdminClient, invocation: ReassignInvocation): Promise<void> {
  const { options, print, io } = invocation
  const { reassignments, moves } = parsePlan(readText(options['reassignment-json-file'] ?? ''))
  const underWay = await admin.listPartitionReassignments(reassignments.map(({ partition }) => partition))
  const moving = [...underWay.keys()]
  if (moving.length > 0) {
    const failed = failures(
      await admin.alterPartitionReassignments(moving.map((key) => [key, null] as const)).settled(),
    )
    if (failed.length > 0) {
      throw new TerseError(`Error cancelling partition reassignment${plural(failed)} for:\n${failed.join('\n')}`)
    }
    say(invocation, `Successfully cancelled partition reassignment${plural(moving)} for: ${sortedNames(moving)}`)
  } else say(invocation, 'None of the specified partition reassignments are active.')
  const active = (await findMoveStates(admin, moves)).flatMap(({ kind, replica, info }) =>
    kind === 'active' ? { replica, logDir: info?.currentReplicaLogDir ?? '' } : [],
  )
  if (active.length > 0) await moveLogDirs(admin, invocation, active)
  // What follows stands in the same line, as with Kafka's tool.
  else if (options.output !== 'json') io.stdout.write('None of the specified partition moves are active.')
  if (!options['preserve-throttles']) await clearThrottles(admin, invocation, reassignments)
  if (options.output === 'json') {
    print(json({ cancelled: moving, cancelledMoves: active.map(({ replica }) => replica) }))
  }
}
