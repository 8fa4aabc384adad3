/** `kafka-streams-application-reset`: lets an application of Kafka Streams begin anew (`StreamsResetter`). */
import { KafkaAdminClient, KafkaError, TopicPartitionMap } from '@millrace/client'
import { excludeOptions } from '../command-line/checks.js'
import { clientSettings } from '../command-line/client-settings.js'
import { hasCode, reasonOf } from '../command-line/failures.js'
import { hashOrder, stringHash } from '../command-line/java-order.js'
import { json } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, ToolError } from '../command-line/tool.js'
import { isInternalTopic } from './internal-topics.js'
import { names, options, type ResetInvocation, say, scenarios } from './options.js'
import { type Offsets, TopicReset } from './reset-topics.js'

export const kafkaStreamsApplicationReset = defineTool({
  name: 'kafka-streams-application-reset',
  summary: 'Lets an application of Kafka Streams read its topics anew, and deletes what it kept in topics of its own.',
  options,
  async run(invocation) {
    const { options: values, given, complain } = invocation
    if (values['application-id'] === undefined) throw new UsageError('Missing required option(s) [application-id]')
    for (const scenario of scenarios) {
      excludeOptions(
        given,
        scenario,
        scenarios.filter((other) => other !== scenario),
      )
    }
    const fixed = { 'bootstrap.servers': values['bootstrap-servers'] ?? values['bootstrap-server'] }
    await using admin = new KafkaAdminClient(clientSettings('admin', { file: values['config-file'], fixed }, complain))
    try {
      return await reset(admin, invocation)
    } catch (error) {
      if (!(error instanceof ToolError || error instanceof KafkaError)) throw error
      throw new ToolError(`ERROR: ${reasonOf(error)}`)
    }
  },
})

/** Resolves with the exit code: 1 if a topic is not there. */
async function reset(admin: KafkaAdminClient, invocation: ResetInvocation): Promise<number> {
  const { options: values, print } = invocation
  await takeOutMembers(admin, invocation)
  const topics = hashOrder((await admin.listTopics()).keys(), stringHash)
  if (values['dry-run']) {
    say(invocation, '----Dry run displays the actions which will be performed when running Streams Reset Tool----')
  }
  const { offsets, isComplete } = await resetOffsets(admin, invocation, new Set(topics))
  const deleted = await deleteInternalTopics(admin, invocation, topics)
  if (values.output === 'json') {
    const list = [...offsets].map(([key, offset]) => ({ ...key, offset }))
    print(json({ dryRun: values['dry-run'], offsets: list, deletedTopics: deleted }))
  }
  return isComplete ? 0 : 1
}

async function takeOutMembers(admin: KafkaAdminClient, invocation: ResetInvocation): Promise<void> {
  const { 'application-id': groupId = '', force } = invocation.options
  const outcome = (await admin.describeConsumerGroups([groupId], { timeoutMs: 10_000 }).settled()).get(groupId)
  if (outcome !== undefined && 'error' in outcome && !hasCode(outcome.error, 'GROUP_ID_NOT_FOUND')) throw outcome.error
  const members = outcome !== undefined && 'value' in outcome ? outcome.value.members : []
  if (members.length === 0) return
  if (!force) {
    const ids = members.map(({ memberId }) => memberId).join(', ')
    throw new ToolError(
      `Consumer group '${groupId}' is still active and has following members: [${ids}]. Make sure to stop all running application instances before running the reset tool. You can use option '--force' to remove active members from the group.`,
    )
  }
  say(invocation, `Force deleting all active members in the group: ${groupId}`)
  await admin.removeMembersFromConsumerGroup(groupId)
}

async function resetOffsets(admin: KafkaAdminClient, invocation: ResetInvocation, topics: ReadonlySet<string>) {
  const { options: values } = invocation
  const groupId = values['application-id'] ?? ''
  const inputs = names(values['input-topics'])
  const intermediates = names(values['intermediate-topics'])
  const offsets: Offsets = new TopicPartitionMap()
  if (inputs.length === 0 && intermediates.length === 0) {
    say(invocation, 'No input or intermediate topics specified. Skipping seek.')
    return { offsets, isComplete: true }
  }
  if (inputs.length > 0) say(invocation, `Reset-offsets for input topics [${inputs.join(', ')}]`)
  if (intermediates.length > 0) say(invocation, `Seek-to-end for intermediate topics [${intermediates.join(', ')}]`)
  const isThere = (topic: string) => topics.has(topic)
  const missingInputs = inputs.filter((topic) => !isThere(topic))
  const missingIntermediates = intermediates.filter((topic) => !isThere(topic))
  tellMissing(invocation, 'input', 'Topic: ', missingInputs)
  tellMissing(invocation, 'intermediate', 'Topic:', missingIntermediates)
  const isComplete = missingInputs.length + missingIntermediates.length === 0
  const found = { inputs: inputs.filter(isThere), intermediates: intermediates.filter(isThere) }
  if (found.inputs.length + found.intermediates.length === 0) return { offsets, isComplete }

  const topicReset = new TopicReset(admin, invocation)
  const inputPartitions = await topicReset.partitionsOf(found.inputs)
  if (inputPartitions.length > 0) {
    say(invocation, `Following input topics offsets will be reset to (for consumer group ${groupId})`)
    const inputOffsets = await topicReset.inputOffsets(inputPartitions)
    for (const key of inputPartitions) {
      const offset = inputOffsets.get(key) ?? 0
      offsets.set(key, offset)
      say(invocation, `Topic: ${key.topic} Partition: ${key.partition} Offset: ${offset}`)
    }
  }
  const skipped = await topicReset.partitionsOf(found.intermediates)
  if (skipped.length > 0) {
    say(invocation, `Following intermediate topics offsets will be reset to end (for consumer group ${groupId})`)
    for (const { topic } of skipped) say(invocation, `Topic: ${topic}`)
    for (const [key, end] of await topicReset.ends(skipped, 'latest')) offsets.set(key, end)
  }
  if (!values['dry-run']) {
    await admin.alterConsumerGroupOffsets(
      groupId,
      [...offsets].map(([key, offset]) => [key, { offset }] as const),
    )
  }
  say(invocation, 'Done.')
  return { offsets, isComplete }
}

function tellMissing(invocation: ResetInvocation, kind: string, title: string, topics: readonly string[]): void {
  if (topics.length === 0) return
  say(invocation, `Following ${kind} topics are not found, skipping them`)
  for (const topic of topics) say(invocation, `${title}${topic}`)
}

async function deleteInternalTopics(
  admin: KafkaAdminClient,
  invocation: ResetInvocation,
  topics: readonly string[],
): Promise<readonly string[]> {
  const { options: values, complain } = invocation
  const used = new Set([...names(values['input-topics']), ...names(values['intermediate-topics'])])
  const inferred = topics.filter((topic) => !used.has(topic) && isInternalTopic(topic, values['application-id'] ?? ''))
  const named = names(values['internal-topics'])
  if (named.some((topic) => !inferred.includes(topic))) {
    throw new ToolError(
      'Invalid topic specified in the --internal-topics option. Ensure that the topics specified are all internal topics. Do a dry run without the --internal-topics option to see the list of all internal topics that can be deleted.',
    )
  }
  const [kind, deleted] = named.length > 0 ? ['specified', named] : ['inferred', inferred]
  say(invocation, `Deleting ${kind} internal topics [${deleted.join(', ')}]`)
  if (!values['dry-run'] && deleted.length > 0) {
    const outcomes = await admin.deleteTopics(deleted).settled()
    const failed = [...outcomes].flatMap(([topic, outcome]) => ('error' in outcome ? [{ topic, ...outcome }] : []))
    for (const { topic, error } of failed) complain(`ERROR: deleting topic ${topic}: ${reasonOf(error)}`)
    if (failed.length > 0) throw new ToolError('Encountered an error deleting one or more topics')
  }
  say(invocation, 'Done.')
  return deleted
}
