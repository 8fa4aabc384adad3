/** `kafka-leader-election`: elects leaders of partitions anew (`LeaderElectionCommand`). */
import { type ElectionType, type TopicPartition, TopicPartitionMap } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { clusterOptions } from '../command-line/client-settings.js'
import { hasCode, reasonOf } from '../command-line/failures.js'
import { hashOrder, partitionHash } from '../command-line/java-order.js'
import { isWhole, jsonObject, parseJson, readText } from '../command-line/json-file.js'
import { flag, integer, oneOf, text } from '../command-line/option-table.js'
import { json, outputOption } from '../command-line/output.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'

const options = {
  'bootstrap-server': clusterOptions['bootstrap-server'],
  ...outputOption,
  'admin.config': text('file', 'A properties file with settings of the client.'),
  'election-type': oneOf(
    ['preferred', 'unclean', 'PREFERRED', 'UNCLEAN'],
    'The preferred replica, or any if there is no leader, which can lose records.',
  ),
  topic: text('topic', 'The topic; with --partition.'),
  partition: integer('partition', 'The partition; with --topic.'),
  'all-topic-partitions': flag('All partitions.'),
  'path-to-json-file': text('file', 'A JSON file of partitions: {"partitions":[{"topic":"t","partition":0}]}'),
} as const

type ElectionInvocation = Invocation<typeof options>

export const kafkaLeaderElection = defineTool({
  name: 'kafka-leader-election',
  summary: 'Elects leaders of partitions anew.',
  options,
  async run(invocation) {
    const { options: values, complain } = invocation
    check(invocation)
    const electionType = (values['election-type'] ?? '').toUpperCase() as ElectionType
    const partitions = partitionsOf(invocation)
    const connection = { 'bootstrap-server': values['bootstrap-server'], 'command-config': values['admin.config'] }
    const timeouts = { 'default.api.timeout.ms': '30000', 'request.timeout.ms': '15000' }
    await using admin = adminClient({ options: connection, complain }, timeouts)
    const outcomes = await admin
      .electLeaders(electionType, partitions)
      .settled()
      .catch((error) => refused(invocation, error))
    const results = hashOrder(outcomes, ([key]) => partitionHash(key)).map(([key, outcome]) => ({
      name: `${key.topic}-${key.partition}`,
      key,
      error: 'error' in outcome ? outcome.error : undefined,
    }))
    const isNoop = ({ error }: (typeof results)[number]) => hasCode(error, 'ELECTION_NOT_NEEDED')
    const elected = results.filter(({ error }) => error === undefined)
    const kept = results.filter(isNoop)
    const failed = results.filter((one) => one.error !== undefined && !isNoop(one))
    if (values.output === 'json') {
      const failures = failed.map(({ key, error }) => ({ ...key, error: reasonOf(error) }))
      invocation.print(
        json({ elected: elected.map(({ key }) => key), kept: kept.map(({ key }) => key), failed: failures }),
      )
    } else {
      const names = (list: typeof results) => list.map(({ name }) => name).join(', ')
      if (elected.length > 0) {
        const title = `Successfully completed leader election (${electionType})`
        invocation.print(`${title} for partitions ${names(elected)}`)
      }
      if (kept.length > 0) invocation.print(`Valid replica already elected for partitions ${names(kept)}`)
      for (const { name, error } of failed) {
        const reason = reasonOf(error)
        invocation.print(`Error completing leader election (${electionType}) for partition: ${name}: ${reason}`)
      }
    }
    if (failed.length > 0) throw new ToolError(`${failed.length} replica(s) could not be elected`)
  },
})

/** Told on stdout too, as Kafka's tool does. */
function refused({ options: values, print }: ElectionInvocation, error: unknown): never {
  const isLate = hasCode(error, 'TIMEOUT')
  if (!isLate && !hasCode(error, 'CLUSTER_AUTHORIZATION_FAILED')) throw error
  const message = isLate ? 'Timeout waiting for election results' : 'Not authorized to perform leader election'
  if (values.output !== 'json') print(message)
  throw new ToolError(message)
}

/** Errors: ToolError. */
function check({ given }: ElectionInvocation): void {
  const missing = (['bootstrap-server', 'election-type'] as const).filter((name) => !given.has(name))
  if (missing.length > 0) throw new ToolError(`Missing required option(s): ${missing.join(', ')}`)
  const scopes = ['topic', 'all-topic-partitions', 'path-to-json-file'] as const
  if (scopes.filter((name) => given.has(name)).length !== 1) {
    throw new ToolError(`One and only one of the following options is required: ${scopes.join(', ')}`)
  }
  if (given.has('topic') && !given.has('partition')) throw new ToolError('Missing required option(s): partition')
  if (!given.has('topic') && given.has('partition')) {
    throw new ToolError('Option partition is only allowed if topic is used')
  }
}

/** Undefined: all. */
function partitionsOf({ options: values }: ElectionInvocation): readonly TopicPartition[] | undefined {
  const { topic, partition, 'path-to-json-file': file } = values
  if (topic !== undefined && partition !== undefined) return [{ topic, partition }]
  return file === undefined ? undefined : parseElectionFile(readText(file))
}

/** Errors: ToolError. */
export function parseElectionFile(content: string): readonly TopicPartition[] {
  if (content.trim() === '') throw new ToolError('Replica election data is empty')
  const { partitions } = jsonObject(parseJson(content), 'The file') as { readonly partitions?: unknown }
  if (!Array.isArray(partitions)) throw new ToolError('Replica election data is missing "partitions" field')
  const found = new TopicPartitionMap<number>()
  for (const entry of partitions) {
    const { topic, partition } = (entry ?? {}) as { readonly topic?: unknown; readonly partition?: unknown }
    if (typeof topic !== 'string' || !isWhole(partition)) {
      throw new ToolError('Replica election data is not like {"partitions":[{"topic":"orders","partition":0}]}')
    }
    found.set({ topic, partition }, (found.get({ topic, partition }) ?? 0) + 1)
  }
  const repeated = [...found].filter(([, count]) => count > 1).map(([key]) => `${key.topic}-${key.partition}`)
  if (repeated.length === 0) return [...found.keys()]
  throw new ToolError(`Replica election data contains duplicate partitions: [${repeated.join(', ')}]`)
}
