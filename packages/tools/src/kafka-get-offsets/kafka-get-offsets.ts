/** `kafka-get-offsets`: an offset of each partition (`GetOffsetShell`). */
import { type KafkaAdminClient, KafkaError, type OffsetSpec, type TopicPartition } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { clusterOptions } from '../command-line/client-settings.js'
import { reasonOf } from '../command-line/failures.js'
import { flag, formerly, text } from '../command-line/option-table.js'
import { json, outputOption } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'
import { filterOf, filterOfRules, type PartitionFilter } from './partition-filter.js'

const options = {
  ...clusterOptions,
  ...outputOption,
  'broker-list': formerly('bootstrap-server', clusterOptions['bootstrap-server']),
  'topic-partitions': text(
    'topic:partitions,…',
    'Which partitions: a topic or a regular expression, and a number, or a range of which the end is not part (0-3, 5-, -3).',
  ),
  topic: text('topic', 'The topic, or a regular expression. The default is all.'),
  partitions: text('number,…', 'The partitions. The default is all.'),
  time: text(
    'time',
    'Of the first record that is not older than this, in ms since 1970; or one of latest (-1), earliest (-2), max-timestamp (-3), earliest-local (-4), latest-tiered (-5).',
    'latest',
  ),
  'exclude-internal-topics': flag('Leave internal topics out.'),
} as const

type OffsetsInvocation = Invocation<typeof options>

export const kafkaGetOffsets = defineTool({
  name: 'kafka-get-offsets',
  summary: 'Shows the first or last offsets of partitions, or those of a time.',
  misuse: 'Error occurred: ',
  options,
  async run(invocation) {
    try {
      await printOffsets(invocation)
    } catch (error) {
      if (!(error instanceof ToolError || error instanceof KafkaError)) throw error
      throw new ToolError(`Error occurred: ${reasonOf(error)}`)
    }
  },
})

async function printOffsets(invocation: OffsetsInvocation): Promise<void> {
  const { options: values, given, print, complain } = invocation
  const bootstrap = values['bootstrap-server'] ?? values['broker-list']
  if (bootstrap === undefined) throw new ToolError('Missing required option(s) [bootstrap-server]')
  if (!bootstrap.split(',').every((address) => /:\d+$/.test(address.trim()))) {
    throw new UsageError('Please provide valid host:port like host1:9091,host2:9092\n ')
  }
  const rules = values['topic-partitions']
  if (rules !== undefined && (given.has('topic') || given.has('partitions'))) {
    throw new ToolError('--topic-partitions cannot be used with --topic or --partitions')
  }
  const spec = offsetSpec(values.time)
  const filter = rules === undefined ? filterOf(values.topic, values.partitions) : filterOfRules(rules)
  await using admin = adminClient(
    { complain, options: { ...values, 'bootstrap-server': bootstrap } },
    { 'client.id': 'GetOffsetShell' },
  )
  const partitions = await findPartitions(admin, filter, !values['exclude-internal-topics'])
  if (partitions.length === 0) throw new ToolError('Could not match any topic-partitions with the specified filters')
  const outcomes = await admin.listOffsets(partitions.map((key) => [key, spec] as const)).settled()
  const found: (TopicPartition & { readonly offset: number })[] = []
  for (const [{ topic, partition }, outcome] of outcomes) {
    if ('value' in outcome) {
      if (outcome.value.offset >= 0) found.push({ topic, partition, offset: outcome.value.offset })
      continue
    }
    complain(`Skip getting offsets for topic-partition ${topic}-${partition} due to error: ${reasonOf(outcome.error)}`)
  }
  found.sort((a, b) => (`${a.topic}-${a.partition}` < `${b.topic}-${b.partition}` ? -1 : 1))
  if (values.output === 'json') print(json(found))
  else for (const { topic, partition, offset } of found) print(`${topic}:${partition}:${offset}`)
}

const timestamps: Readonly<Record<string, OffsetSpec>> = {
  '-1': 'latest',
  '-2': 'earliest',
  '-3': 'max-timestamp',
  '-4': 'earliest-local',
  '-5': 'latest-tiered',
}

function offsetSpec(time: string): OffsetSpec {
  const named = Object.values(timestamps).find((spec) => spec === time)
  if (named !== undefined) return named
  if (/^[+-]?\d+$/.test(time)) return timestamps[String(Number(time))] ?? Number(time)
  throw new ToolError(
    `Malformed time argument ${time}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered, or a specified long format timestamp`,
  )
}

async function findPartitions(
  admin: KafkaAdminClient,
  filter: PartitionFilter,
  listInternal: boolean,
): Promise<readonly TopicPartition[]> {
  const topics = [...(await admin.listTopics({ listInternal })).keys()].filter((topic) => filter.hasTopic(topic))
  const described = await admin.describeTopics(topics)
  return [...described.values()]
    .flatMap(({ name, partitions }) => partitions.map(({ partition }) => ({ topic: name, partition })))
    .filter((key) => filter.has(key))
}
