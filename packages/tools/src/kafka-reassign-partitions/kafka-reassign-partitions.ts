/** `kafka-reassign-partitions`: moves replicas to other brokers and log directories (`ReassignPartitionsCommand`). */
import { randomInt } from 'node:crypto'
import { type KafkaAdminClient, KafkaError } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { oneAction, requireOptions } from '../command-line/checks.js'
import { reasonOf } from '../command-line/failures.js'
import { hashOrder, stringHash } from '../command-line/java-order.js'
import { readText } from '../command-line/json-file.js'
import { json } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, ToolError } from '../command-line/tool.js'
import { brokersOf } from '../command-line/zookeeper-brokers.js'
import { cancelMoves, describeAll, executeMoves } from './change-moves.js'
import { options, type ReassignInvocation, say, TerseError } from './options.js'
import {
  asPlan,
  comparePartitions,
  formatPlan,
  parseBrokers,
  parseTopics,
  partitionName,
  type Reassignment,
} from './reassignment-file.js'
import { placeReplicas } from './replica-placement.js'
import { verifyMoves } from './verify-moves.js'

type OptionName = keyof typeof options

const actions = ['generate', 'execute', 'verify', 'cancel', 'list'] as const

type Action = (typeof actions)[number]

/** What goes with each action, the first ones needed. */
const allowed: Readonly<
  Record<Action, { readonly needs: readonly OptionName[]; readonly takes: readonly OptionName[] }>
> = {
  generate: { needs: ['topics-to-move-json-file', 'broker-list'], takes: ['disable-rack-aware'] },
  execute: {
    needs: ['reassignment-json-file'],
    takes: ['additional', 'throttle', 'replica-alter-log-dirs-throttle', 'timeout'],
  },
  verify: { needs: ['reassignment-json-file'], takes: ['preserve-throttles'] },
  cancel: { needs: ['reassignment-json-file'], takes: ['preserve-throttles', 'timeout', 'bootstrap-controller'] },
  list: { needs: [], takes: ['bootstrap-controller'] },
}

const always: readonly OptionName[] = ['bootstrap-server', 'command-config', 'zookeeper', 'output']

export const kafkaReassignPartitions = defineTool({
  name: 'kafka-reassign-partitions',
  summary: 'Moves replicas of partitions to other brokers and log directories.',
  options,
  async run(invocation) {
    const action = checked(invocation)
    try {
      await using admin = await connect(invocation)
      await act[action](admin, invocation)
      return 0
    } catch (error) {
      // On stdout, as Kafka's tool has it.
      if (!(error instanceof ToolError || error instanceof KafkaError)) throw error
      invocation.print(error instanceof TerseError ? error.message : `Error: ${reasonOf(error)}`)
      return 1
    }
  },
})

const act: Readonly<Record<Action, (admin: KafkaAdminClient, invocation: ReassignInvocation) => Promise<void>>> = {
  generate: generatePlan,
  execute: executeMoves,
  verify: verifyMoves,
  cancel: cancelMoves,
  list: listMoves,
}

async function connect({ options: values, complain }: ReassignInvocation): Promise<KafkaAdminClient> {
  const defaults = { 'client.id': 'reassign-partitions-tool' }
  if (values['bootstrap-controller'] !== undefined) return adminClient({ complain, options: values }, defaults)
  const servers = values['bootstrap-server'] ?? (await brokersOf(values.zookeeper ?? '', complain))
  return adminClient({ complain, options: { ...values, 'bootstrap-server': servers } }, defaults)
}

function checked({ given }: ReassignInvocation): Action {
  const names = actions.map((name) => `--${name}`).join(', ')
  const action = oneAction(given, actions, `Command must include exactly one action: ${names}`)
  if (given.has('bootstrap-server') && given.has('bootstrap-controller')) {
    throw new UsageError("Please don't specify both --bootstrap-server and --bootstrap-controller")
  }
  if (!given.has('bootstrap-server') && !given.has('bootstrap-controller') && !given.has('zookeeper')) {
    throw new UsageError('Please specify --bootstrap-server')
  }
  const { needs, takes } = allowed[action]
  requireOptions(given, ...needs)
  const known: readonly OptionName[] = [action, ...needs, ...takes, ...always]
  for (const name of given) {
    if (!known.includes(name)) throw new UsageError(`Option "[${name}]" can't be used with action "[${action}]"`)
  }
  return action
}

async function generatePlan(admin: KafkaAdminClient, invocation: ReassignInvocation): Promise<void> {
  const { options: values, print } = invocation
  const brokerIds = parseBrokers(values['broker-list'] ?? '')
  const topics = parseTopics(readText(values['topics-to-move-json-file'] ?? ''))
  const described = await describeAll(admin, topics)
  const { nodes } = await admin.describeCluster()
  const brokers = nodes
    .filter(({ id }) => brokerIds.includes(id))
    .map(({ id, rack }) => ({ id, rack: values['disable-rack-aware'] ? undefined : (rack ?? undefined) }))
  const rackless = brokers.filter(({ rack }) => rack === undefined).length
  if (rackless > 0 && rackless < brokers.length) {
    throw new ToolError(
      'Not all brokers have rack information. Add --disable-rack-aware in command line to make replica assignment without rack information.',
    )
  }
  const current: Reassignment[] = []
  const proposed: Reassignment[] = []
  for (const [topic, partitions] of hashOrder(described, ([name]) => stringHash(name))) {
    const placed = placeReplicas(brokers, {
      partitionCount: partitions.length,
      replicationFactor: partitions[0]?.replicas.length ?? 0,
      startIndex: randomInt(Math.max(1, brokers.length)),
      replicaShift: randomInt(Math.max(1, brokers.length)),
    })
    for (const { partition, replicas } of partitions) current.push({ partition: { topic, partition }, replicas })
    for (const [partition, replicas] of placed.entries()) proposed.push({ partition: { topic, partition }, replicas })
  }
  say(invocation, `Current partition replica assignment\n${formatPlan(current)}\n`)
  say(invocation, `Proposed partition reassignment configuration\n${formatPlan(proposed)}`)
  if (values.output === 'json') print(json({ current: asPlan(current), proposed: asPlan(proposed) }))
}

async function listMoves(admin: KafkaAdminClient, { options: values, print }: ReassignInvocation): Promise<void> {
  const underWay = [...(await admin.listPartitionReassignments())].sort(([a], [b]) => comparePartitions(a, b))
  if (values.output === 'json') {
    print(json(underWay.map(([key, move]) => ({ ...key, ...move }))))
    return
  }
  if (underWay.length === 0) {
    print('No partition reassignments found.')
    return
  }
  print('Current partition reassignments:')
  for (const [key, { replicas, addingReplicas, removingReplicas }] of underWay) {
    const adding = addingReplicas.length === 0 ? '' : ` adding: ${addingReplicas.join(',')}.`
    const removing = removingReplicas.length === 0 ? '' : ` removing: ${removingReplicas.join(',')}.`
    print(`${partitionName(key)}: replicas: ${replicas.join(',')}.${adding}${removing}`)
  }
}
