import { type KafkaAdminClient, type KafkaError, type TopicPartition, TopicPartitionMap } from '@millrace/client'
import { reasonOf } from '../command-line/failures.js'
import { json, row } from '../command-line/output.js'
import { callOptions, type GroupsInvocation, printError } from './options.js'
import { namedPartitions } from './topic-partitions.js'

const WIDTHS = [30, 15, 15]

interface Forgotten extends TopicPartition {
  readonly error: KafkaError | undefined
}

export async function deleteOffsets(admin: KafkaAdminClient, invocation: GroupsInvocation): Promise<void> {
  const { options, print } = invocation
  const [groupId = ''] = options.group
  const { partitions, unknown } = await findPartitions(admin, invocation)
  const outcomes = await admin.deleteConsumerGroupOffsets(groupId, partitions.keys(), callOptions(invocation)).settled()
  const forgotten = [...outcomes].map(([key, outcome]): Forgotten => {
    return { ...key, error: 'error' in outcome ? outcome.error : undefined }
  })
  const results = [...forgotten, ...unknown].sort((a, b) => compare(a.topic + a.partition, b.topic + b.partition))
  if (options.output === 'json') {
    const told = results.map((one) => ({ ...one, error: one.error === undefined ? null : reasonOf(one.error) }))
    print(json({ group: groupId, partitions: told }))
    return
  }
  const failure = forgotten.find(({ error }) => error !== undefined)?.error
  if (failure === undefined) {
    print(`Request succeed for deleting offsets with topic ${options.topic.join(', ')} group ${groupId}`)
  } else printError(invocation, explained(failure, groupId))
  print(`\n${row(WIDTHS, ['TOPIC', 'PARTITION', 'STATUS'])}`)
  for (const { topic, partition, error } of results) {
    const status = error === undefined ? 'Successful' : `Error: :${reasonOf(error)}`
    print(row(WIDTHS, [topic, partition < 0 ? 'Not Provided' : partition, status]))
  }
}

/** The partitions that are named, and topics that are not there as partition −1. */
async function findPartitions(admin: KafkaAdminClient, invocation: GroupsInvocation) {
  const named = namedPartitions(invocation.options.topic)
  const partitions = new TopicPartitionMap(named.partitions.map((key) => [key, true]))
  const described = await admin.describeTopics(named.wholeTopics, callOptions(invocation)).settled()
  const unknown: Forgotten[] = []
  for (const [topic, outcome] of described) {
    if ('error' in outcome) unknown.push({ topic, partition: -1, error: outcome.error })
    else for (const { partition } of outcome.value.partitions) partitions.set({ topic, partition }, true)
  }
  return { partitions, unknown }
}

function explained({ code, message }: KafkaError, groupId: string): string {
  switch (code) {
    case 'INVALID_GROUP_ID':
      return `'${groupId}' is not valid.`
    case 'GROUP_ID_NOT_FOUND':
      return `'${groupId}' does not exist.`
    case 'GROUP_AUTHORIZATION_FAILED':
      return `Access to '${groupId}' is not authorized.`
    case 'NON_EMPTY_GROUP':
      return `Deleting offsets of a consumer group '${groupId}' is forbidden if the group is not empty.`
    case 'GROUP_SUBSCRIBED_TO_TOPIC':
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return 'Encounter some partition level error, see the follow-up details:'
    default:
      return `Encounter some unknown error: ${message}`
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
