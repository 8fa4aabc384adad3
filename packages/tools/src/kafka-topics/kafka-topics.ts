/** `kafka-topics`: create, list, describe, extend, delete (`TopicCommand`). */
import { type AdminConfig, KafkaAdminClient, KafkaError } from '@millrace/client'
import { excludeOptions, oneAction, requireOptions } from '../command-line/checks.js'
import { clientSettings } from '../command-line/client-settings.js'
import { errorText } from '../command-line/failures.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, ToolError } from '../command-line/tool.js'
import { brokersOf } from '../command-line/zookeeper-brokers.js'
import { alterTopics, createTopic } from './change-topics.js'
import { describeTopics } from './describe-topics.js'
import { listTopics, requireTopics } from './find-topics.js'
import { options, type TopicsInvocation } from './options.js'

type OptionName = keyof typeof options

const actions = ['list', 'describe', 'create', 'alter', 'delete'] as const

const reports = [
  'under-replicated-partitions',
  'unavailable-partitions',
  'under-min-isr-partitions',
  'at-min-isr-partitions',
] as const satisfies readonly OptionName[]

export const kafkaTopics = defineTool({
  name: 'kafka-topics',
  summary: 'Creates, lists, describes, extends and deletes topics.',
  options,
  async run(invocation) {
    const action = checked(invocation)
    await using admin = new KafkaAdminClient(await settings(invocation))
    try {
      await act[action](admin, invocation)
    } catch (error) {
      if (!(error instanceof KafkaError || error instanceof ToolError)) throw error
      // On stdout, as Kafka's tool has it.
      const message = error instanceof KafkaError ? errorText(firstOf(error)) : error.message
      invocation.print(`Error while executing topic command : ${message}`)
      return 1
    }
    return 0
  },
})

const act: Readonly<
  Record<(typeof actions)[number], (admin: KafkaAdminClient, it: TopicsInvocation) => Promise<void>>
> = {
  list: listTopics,
  describe: describeTopics,
  create: createTopic,
  alter: alterTopics,
  delete: async (admin, invocation) => {
    const names = await requireTopics(admin, invocation)
    await admin.deleteTopics(names, { retryOnQuotaViolation: false })
  },
}

/** Of several entities that failed, the first one's own error says it as the broker did. */
function firstOf(error: KafkaError): KafkaError {
  return error.name === 'KafkaAggregateError' && error.cause instanceof KafkaError ? error.cause : error
}

async function settings({ options: values, complain }: TopicsInvocation): Promise<AdminConfig> {
  const bootstrap =
    values['bootstrap-server'] ?? (values.zookeeper === undefined ? '' : await brokersOf(values.zookeeper, complain))
  return clientSettings(
    'admin',
    { file: values['command-config'], fixed: { 'bootstrap.servers': bootstrap } },
    complain,
  )
}

/** The action, if the options go together. Errors: UsageError. */
function checked({ given, complain }: TopicsInvocation): (typeof actions)[number] {
  const action = oneAction(
    given,
    actions,
    'Command must include exactly one action: --list, --describe, --create, --alter or --delete',
  )
  if (given.has('delete-config')) complain('--delete-config does nothing: settings are changed by kafka-configs.')
  if (!given.has('bootstrap-server') && !given.has('zookeeper')) {
    throw new UsageError('--bootstrap-server must be specified')
  }
  if (action === 'describe' && given.has('if-exists') && !given.has('topic') && !given.has('topic-id')) {
    throw new UsageError('--topic or --topic-id is required to describe a topic')
  }
  if (action !== 'list' && action !== 'describe') requireOptions(given, 'topic')
  if (action === 'alter') {
    if (given.has('config')) {
      throw new UsageError(`Option "[config]" can't be used with option "[alter]": use kafka-configs`)
    }
    requireOptions(given, 'partitions')
  }
  const except = (...allowed: readonly OptionName[]) => actions.filter((name) => !allowed.includes(name))
  excludeOptions(given, 'config', except('alter', 'create'))
  excludeOptions(given, 'partitions', except('alter', 'create'))
  excludeOptions(given, 'replication-factor', except('create'))
  excludeOptions(given, 'replica-assignment', except('alter', 'create'))
  if (action === 'create') excludeOptions(given, 'replica-assignment', ['partitions', 'replication-factor'])
  for (const report of reports) {
    excludeOptions(given, report, [...except('describe'), ...reports.filter((other) => other !== report)])
    excludeOptions(given, report, ['topics-with-overrides'])
  }
  excludeOptions(given, 'topics-with-overrides', except('describe'))
  excludeOptions(given, 'if-exists', except('alter', 'delete', 'describe'))
  excludeOptions(given, 'if-not-exists', except('create'))
  excludeOptions(given, 'exclude-internal', except('list', 'describe'))
  return action
}
