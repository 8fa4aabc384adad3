/** `kafka-consumer-groups`: list, describe, delete; set and forget offsets (`ConsumerGroupCommand`). */
import { KafkaAdminClient, KafkaError } from '@millrace/client'
import { excludeOptions, oneAction, requireOptions } from '../command-line/checks.js'
import { clientSettings } from '../command-line/client-settings.js'
import { reasonOf } from '../command-line/failures.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, ToolError } from '../command-line/tool.js'
import { deleteGroups } from './delete-groups.js'
import { deleteOffsets } from './delete-offsets.js'
import { describeGroups } from './describe-groups.js'
import { listGroups } from './list-groups.js'
import { type GroupsInvocation, options, printError, scenarios } from './options.js'
import { resetOffsets } from './reset-offsets.js'

const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets'] as const

type Action = (typeof actions)[number]

export const kafkaConsumerGroups = defineTool({
  name: 'kafka-consumer-groups',
  summary: 'Lists, describes and deletes consumer groups, and sets their offsets.',
  options,
  async run(invocation) {
    const action = checked(invocation)
    const { 'command-config': file, 'bootstrap-server': bootstrap = '' } = invocation.options
    const fixed = { 'bootstrap.servers': bootstrap }
    await using admin = new KafkaAdminClient(clientSettings('admin', { file, fixed }, invocation.complain))
    try {
      await act[action](admin, invocation)
    } catch (error) {
      if (!(error instanceof KafkaError || error instanceof ToolError)) throw error
      printError(invocation, `Executing consumer group command failed due to ${reasonOf(error)}`)
    }
  },
})

// As Kafka's tool has it, the missing blank too.
const NO_EXECUTE =
  'WARN: No action will be performed as the --execute option is missing.In a future major release, the default behavior of this command will be to prompt the user before executing the reset rather than doing a dry run. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.'

const act: Readonly<Record<Action, (admin: KafkaAdminClient, invocation: GroupsInvocation) => Promise<void>>> = {
  list: listGroups,
  describe: describeGroups,
  delete: deleteGroups,
  'reset-offsets': resetOffsets,
  'delete-offsets': deleteOffsets,
}

/** The action, if the options go together. Errors: UsageError. */
function checked({ given, options: values, complain }: GroupsInvocation): Action {
  available(given, ['members', 'verbose', 'offsets'], ['describe'])
  available(given, ['state'], ['describe', 'list'])
  available(given, ['type'], ['list'])
  requireOptions(given, 'bootstrap-server')
  const action = oneAction(
    given,
    actions,
    'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets',
  )
  const hasGroups = given.has('group') || given.has('all-groups')
  if (['describe', 'delete', 'reset-offsets'].includes(action) && !hasGroups) {
    throw new UsageError(`Option [${action}] takes one of these options: [all-groups], [group]`)
  }
  if (action === 'describe') checkDescribe(given, values.state)
  if (action === 'delete' && given.has('topic')) {
    throw new UsageError('The consumer does not support topic-specific offset deletion from a consumer group.')
  }
  if (action === 'delete-offsets' && !(given.has('group') && given.has('topic'))) {
    throw new UsageError('Option [delete-offsets] takes the following options: [topic], [group]')
  }
  if (action === 'reset-offsets') checkReset(given, complain)
  excludeOptions(given, 'group', ['all-groups', 'list'])
  excludeOptions(given, 'topic', ['list', 'describe'])
  return action
}

type Given = GroupsInvocation['given']
type OptionName = keyof typeof options

/** jopt-simple's `availableIf`. */
function available(given: Given, names: readonly OptionName[], ifAnyOf: readonly OptionName[]): void {
  const there = names.filter((name) => given.has(name))
  if (there.length === 0 || ifAnyOf.some((name) => given.has(name))) return
  throw new UsageError(
    `Option(s) [${there.join(', ')}] are unavailable given other options on the command line: they need --${ifAnyOf.join(' or --')}`,
  )
}

function checkDescribe(given: Given, state: string | undefined): void {
  const parts = ['members', 'offsets', 'state'] as const
  if (parts.filter((name) => given.has(name)).length > 1) {
    throw new UsageError('Option [describe] takes at most one of these options: [members], [offsets], [state]')
  }
  if (state) throw new UsageError('Option [describe] does not take a value for [state]')
}

function checkReset(given: Given, complain: (line: string) => void): void {
  if (given.has('dry-run') && given.has('execute')) {
    throw new UsageError('Option [reset-offsets] only accepts one of [execute] and [dry-run]')
  }
  if (!given.has('dry-run') && !given.has('execute')) {
    complain(NO_EXECUTE)
  }
  for (const scenario of scenarios) {
    const others = scenarios.filter((other) => other !== scenario)
    excludeOptions(given, scenario, others)
  }
  if (!scenarios.some((scenario) => given.has(scenario))) {
    const all = scenarios.map((scenario) => `[${scenario}]`).join(', ')
    throw new UsageError(`Option '[reset-offsets]' requires one of the following scenarios: [${all}]`)
  }
  if (!given.has('all-topics') && !given.has('topic') && !given.has('from-file')) {
    throw new UsageError('One of the reset scopes should be defined: --all-topics, --topic.')
  }
}
