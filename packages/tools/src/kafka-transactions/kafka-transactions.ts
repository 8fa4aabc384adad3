/** `kafka-transactions`: list, describe, find those that hang, and end them (`TransactionsCommand`). */
import type { KafkaAdminClient, ProducerState, TopicPartition } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { clusterOptions } from '../command-line/client-settings.js'
import { hasCode, reasonOf } from '../command-line/failures.js'
import { flag, integer, long, text } from '../command-line/option-table.js'
import { json, outputOption, tabbedTable } from '../command-line/output.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'
import { findHanging } from './find-hanging.js'

const cluster = {
  ...clusterOptions,
  ...outputOption,
  v: flag('Print the version of Kafka whose command lines these are.'),
}

const onePartition = {
  topic: text('topic', 'The topic.'),
  partition: integer('partition', 'The partition.'),
} as const

type ClusterInvocation = Invocation<typeof cluster>

export const kafkaTransactions = defineTool({
  name: 'kafka-transactions',
  summary: 'Shows transactions of producers, finds those that hang, and ends them.',
  options: cluster,
  commands: {
    list: defineTool({
      name: 'list',
      summary: 'Names the transactional ids of the cluster.',
      options: { ...cluster, 'duration-filter': long('ms', 'Only transactions that have been open for longer.') },
      async run(invocation) {
        await using admin = connect(invocation)
        const durationMs = invocation.options['duration-filter']
        const listed = await admin
          .listTransactions(durationMs === undefined ? {} : { durationMs })
          .catch((error: unknown) => fail('Failed to list transactions', error))
        printTable(
          invocation,
          ['TransactionalId', 'Coordinator', 'ProducerId', 'TransactionState'],
          listed.map((one) => [one.transactionalId, one.coordinatorId, one.producerId, one.state]),
        )
      },
    }),
    describe: defineTool({
      name: 'describe',
      summary: 'Shows the transaction of a transactional id.',
      options: { ...cluster, 'transactional-id': text('id', 'The transactional id.') },
      async run(invocation) {
        const id = required(invocation.options['transactional-id'], '--transactional-id')
        await using admin = connect(invocation)
        await describeTransaction(admin, invocation, id)
      },
    }),
    'describe-producers': defineTool({
      name: 'describe-producers',
      summary: 'Shows the producers that a partition knows.',
      options: { ...cluster, ...onePartition, 'broker-id': integer('id', 'The replica. The default is the leader.') },
      async run(invocation) {
        const key = partitionOf(invocation.options)
        const brokerId = invocation.options['broker-id']
        await using admin = connect(invocation)
        const where = brokerId === undefined ? 'leader' : `broker ${brokerId}`
        const states = await producersOf(admin, key, brokerId).catch((error: unknown) =>
          fail(`Failed to describe producers for partition ${nameOf(key)} on ${where}`, error),
        )
        printTable(invocation, PRODUCER_HEADINGS, states.map(producerCells))
      },
    }),
    abort: defineTool({
      name: 'abort',
      summary: 'Ends a transaction that hangs in a partition.',
      options: {
        ...cluster,
        ...onePartition,
        'start-offset': long('offset', 'Where the transaction begins. (Brokers from 3.0 on.)'),
        'producer-id': long('id', 'The producer. (Brokers before 3.0.)'),
        'producer-epoch': integer('epoch', 'The epoch of the producer. (Brokers before 3.0.)'),
        'coordinator-epoch': integer('epoch', 'The epoch of the coordinator. (Brokers before 3.0.)'),
      },
      async run(invocation) {
        const key = partitionOf(invocation.options)
        const { 'start-offset': startOffset, 'producer-id': producerId } = invocation.options
        if (startOffset === undefined && producerId === undefined) {
          throw new ToolError(
            'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)',
          )
        }
        await using admin = connect(invocation)
        const producer =
          startOffset === undefined ? givenProducer(invocation.options) : await producerAt(admin, key, startOffset)
        await admin
          .abortTransaction({ topicPartition: key, ...producer })
          .catch((error: unknown) => fail(`Failed to abort transaction of ${nameOf(key)}`, error))
        if (invocation.options.output === 'json') invocation.print(json({ ...key, ...producer, aborted: true }))
      },
    }),
    'find-hanging': defineTool({
      name: 'find-hanging',
      summary: 'Finds transactions that nobody will end.',
      options: {
        ...cluster,
        'broker-id': integer('id', 'Only partitions of this broker.'),
        'max-transaction-timeout': integer('minutes', 'How long a transaction may take.', 15),
        topic: text('topic', 'Only partitions of this topic.'),
        partition: integer('partition', 'Only this one; with --topic.'),
      },
      async run(invocation) {
        const { topic, partition, 'broker-id': brokerId } = invocation.options
        if (topic === undefined && brokerId === undefined) {
          throw new ToolError(
            'The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search',
          )
        }
        if (partition !== undefined && topic === undefined) {
          throw new ToolError('The --partition argument requires --topic to be provided')
        }
        await using admin = connect(invocation)
        const maxTransactionTimeoutMs = invocation.options['max-transaction-timeout'] * 60_000
        const hanging = await findHanging(admin, { topic, partition, brokerId, maxTransactionTimeoutMs })
        const nowMs = Date.now()
        printTable(
          invocation,
          [
            ...['Topic', 'Partition', 'ProducerId', 'ProducerEpoch', 'CoordinatorEpoch', 'StartOffset'],
            ...['LastTimestamp', 'Duration(min)'],
          ],
          hanging.map(({ producer, ...key }) => [
            ...[key.topic, key.partition, producer.producerId, producer.producerEpoch, producer.coordinatorEpoch ?? -1],
            ...[producer.currentTransactionStartOffset ?? -1, producer.lastTimestamp],
            Math.trunc((nowMs - producer.lastTimestamp) / 60_000),
          ]),
        )
      },
    }),
  },
  async run() {},
})

function connect(invocation: Pick<ClusterInvocation, 'options' | 'complain'>): KafkaAdminClient {
  required(invocation.options['bootstrap-server'], '--bootstrap-server')
  return adminClient(invocation)
}

/** As argparse4j says it. Errors: ToolError. */
function required<T>(value: T | undefined, option: string): T {
  if (value !== undefined) return value
  throw new ToolError(`kafka-transactions.sh: error: argument ${option} is required`)
}

function partitionOf(options: { readonly topic: string | undefined; readonly partition: number | undefined }) {
  return { topic: required(options.topic, '--topic'), partition: required(options.partition, '--partition') }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function fail(what: string, error: unknown): never {
  throw new ToolError(`${what}: ${reasonOf(error)}`)
}

type Cells = readonly (string | number)[]

function printTable(
  { options, print }: Pick<ClusterInvocation, 'options' | 'print'>,
  headings: readonly string[],
  rows: readonly Cells[],
): void {
  if (options.output === 'json') {
    const names = headings.map(
      (heading) => heading.slice(0, 1).toLowerCase() + heading.slice(1).replace('(min)', 'Min'),
    )
    print(json(rows.map((cells) => Object.fromEntries(names.map((name, at) => [name, cells[at]])))))
    return
  }
  for (const line of tabbedTable(headings, rows)) print(line)
}

async function describeTransaction(
  admin: KafkaAdminClient,
  invocation: Pick<ClusterInvocation, 'options' | 'print'>,
  id: string,
): Promise<void> {
  const described = await admin.describeTransactions([id]).catch((error: unknown) => {
    const what = `Failed to describe transaction state of transactional-id \`${id}\``
    if (!hasCode(error, 'TRANSACTIONAL_ID_NOT_FOUND')) return fail(what, error)
    const request = `DescribeTransactions request for transactionalId \`${id}\``
    throw new ToolError(`${what}: ${request} failed because the ID could not be found`)
  })
  const one = described.get(id)
  if (one === undefined) return
  const { transactionStartTimeMs: startMs } = one
  printTable(
    invocation,
    [
      ...['CoordinatorId', 'TransactionalId', 'ProducerId', 'ProducerEpoch', 'TransactionState'],
      ...['TransactionTimeoutMs', 'CurrentTransactionStartTimeMs', 'TransactionDurationMs', 'TopicPartitions'],
    ],
    [
      [
        ...[one.coordinatorId, id, one.producerId, one.producerEpoch, one.state, one.transactionTimeoutMs],
        ...(startMs === undefined ? ['None', 'None'] : [startMs, Date.now() - startMs]),
        one.topicPartitions.map(nameOf).join(','),
      ],
    ],
  )
}

const PRODUCER_HEADINGS = [
  'ProducerId',
  'ProducerEpoch',
  'LatestCoordinatorEpoch',
  'LastSequence',
  'LastTimestamp',
  'CurrentTransactionStartOffset',
]

function producerCells(state: ProducerState): Cells {
  return [
    state.producerId,
    state.producerEpoch,
    state.coordinatorEpoch ?? -1,
    state.lastSequence,
    state.lastTimestamp,
    state.currentTransactionStartOffset ?? 'None',
  ]
}

async function producersOf(
  admin: KafkaAdminClient,
  key: TopicPartition,
  brokerId: number | undefined,
): Promise<readonly ProducerState[]> {
  const states = await admin.describeProducers([key], brokerId === undefined ? {} : { brokerId })
  return states.get(key) ?? []
}

interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

function givenProducer(options: {
  readonly 'producer-id': number | undefined
  readonly 'producer-epoch': number | undefined
  readonly 'coordinator-epoch': number | undefined
}): Producer {
  const { 'producer-id': producerId = -1, 'producer-epoch': producerEpoch, 'coordinator-epoch': epoch } = options
  if (producerEpoch === undefined) throw new ToolError('Missing required argument --producer-epoch')
  if (epoch === undefined) throw new ToolError('Missing required argument --coordinator-epoch')
  // A producer that never ended a transaction has −1 there; 0 is as old as any coordinator.
  return { producerId, producerEpoch, coordinatorEpoch: Math.max(0, epoch) }
}

async function producerAt(admin: KafkaAdminClient, key: TopicPartition, startOffset: number): Promise<Producer> {
  const states = await producersOf(admin, key, undefined).catch((error: unknown) =>
    fail(`Failed to validate producer state for partition ${nameOf(key)}`, error),
  )
  const found = states.find(({ currentTransactionStartOffset }) => currentTransactionStartOffset === startOffset)
  if (found !== undefined) {
    const { producerId, producerEpoch, coordinatorEpoch = 0 } = found
    return { producerId, producerEpoch, coordinatorEpoch }
  }
  throw new ToolError(
    `Could not find any open transactions starting at offset ${startOffset} on partition ${nameOf(key)}`,
  )
}
