import type { KafkaAdminClient } from '@millrace/client'
import { json } from '../command-line/output.js'
import { ToolError } from '../command-line/tool.js'
import { isInternalTopic, topicFilter } from '../command-line/topic-filter.js'
import type { TopicsInvocation } from './options.js'

/** Names in order, by `--topic` and `--exclude-internal`. */
export async function findTopics(admin: KafkaAdminClient, { options }: TopicsInvocation): Promise<readonly string[]> {
  const matches = options.topic === undefined ? () => true : topicFilter(options.topic)
  const names = [...(await admin.listTopics({ listInternal: true })).keys()].sort()
  return names.filter((name) => matches(name) && !(options['exclude-internal'] && isInternalTopic(name)))
}

/** The same, and an error for a `--topic` that is not there, unless `--if-exists` says that it need not be. */
export async function requireTopics(admin: KafkaAdminClient, invocation: TopicsInvocation): Promise<readonly string[]> {
  const names = await findTopics(admin, invocation)
  const { topic, 'if-exists': ifExists } = invocation.options
  if (names.length === 0 && topic && !ifExists) throw new ToolError(`Topic '${topic}' does not exist as expected`)
  return names
}

export async function listTopics(admin: KafkaAdminClient, invocation: TopicsInvocation): Promise<void> {
  const names = await findTopics(admin, invocation)
  invocation.print(invocation.options.output === 'json' ? json(names) : names.join('\n'))
}
