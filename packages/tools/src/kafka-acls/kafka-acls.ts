/** `kafka-acls`: who may do what (`AclCommand`). */
import {
  type AccessControlEntry,
  type AclBinding,
  type AclBindingFilter,
  type KafkaAdminClient,
  KafkaError,
  type ResourcePattern,
} from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { excludeOptions, oneAction } from '../command-line/checks.js'
import { keyValues } from '../command-line/client-settings.js'
import { confirmed } from '../command-line/confirm.js'
import { reasonOf } from '../command-line/failures.js'
import { json } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { defineTool, ToolError } from '../command-line/tool.js'
import { brokersOf } from '../command-line/zookeeper-brokers.js'
import { type AclsInvocation, options } from './options.js'
import { entryText, patternType, plannedAcls, principalOf, resourcesOf, resourceText } from './planned-acls.js'

export const kafkaAcls = defineTool({
  name: 'kafka-acls',
  summary: 'Shows, adds and removes entries of access control.',
  options,
  async run(invocation) {
    const action = checked(invocation)
    try {
      await using admin = await connect(invocation)
      await act[action](admin, invocation)
      return 0
    } catch (error) {
      if (!(error instanceof KafkaError || error instanceof ToolError)) throw error
      // On stdout, as Kafka's tool has it.
      invocation.print(`Error while executing ACL command: ${reasonOf(error)}`)
      return 1
    }
  },
})

type Action = 'add' | 'remove' | 'list'

const act: Readonly<Record<Action, (admin: KafkaAdminClient, invocation: AclsInvocation) => Promise<void>>> = {
  add: addAcls,
  remove: removeAcls,
  list: listAcls,
}

async function connect({ options: values, complain }: AclsInvocation): Promise<KafkaAdminClient> {
  if (values['bootstrap-controller'] !== undefined) return adminClient({ complain, options: values })
  const zooKeeper = keyValues(values['authorizer-properties']).get('zookeeper.connect')
  const bootstrap = values['bootstrap-server'] ?? (await brokersOf(zooKeeper ?? '', complain))
  return adminClient({ complain, options: { ...values, 'bootstrap-server': bootstrap } })
}

function checked(invocation: AclsInvocation): Action {
  const { given, options: values } = invocation
  if (given.has('bootstrap-server') && given.has('bootstrap-controller')) {
    throw new UsageError('Only one of --bootstrap-server or --bootstrap-controller must be specified')
  }
  const hasZooKeeper = keyValues(values['authorizer-properties']).has('zookeeper.connect')
  if (!given.has('bootstrap-server') && !given.has('bootstrap-controller') && !hasZooKeeper) {
    throw new UsageError('One of --bootstrap-server or --bootstrap-controller must be specified')
  }
  const actions = ['add', 'remove', 'list'] as const
  const action = oneAction(given, actions, 'Command must include exactly one action: --list, --add, --remove. ')
  excludeOptions(given, 'list', [
    'producer',
    'consumer',
    'allow-host',
    'allow-principal',
    'deny-host',
    'deny-principal',
  ])
  excludeOptions(given, 'producer', ['operation', 'deny-principal', 'deny-host'])
  excludeOptions(given, 'consumer', ['operation', 'deny-principal', 'deny-host'])
  if (given.has('principal') && action !== 'list') {
    throw new UsageError('The --principal option is only available if --list is set')
  }
  if (given.has('producer') && !given.has('topic')) throw new UsageError('With --producer you must specify a --topic')
  if (given.has('idempotent') && !given.has('producer')) {
    throw new UsageError('The --idempotent option is only available if --producer is set')
  }
  const isMixed = !given.has('producer') && (given.has('cluster') || given.has('transactional-id'))
  if (given.has('consumer') && (!given.has('topic') || !given.has('group') || isMixed)) {
    throw new UsageError(
      'With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.',
    )
  }
  return action
}

async function addAcls(admin: KafkaAdminClient, invocation: AclsInvocation): Promise<void> {
  const { options: values, print } = invocation
  const type = patternType(invocation)
  if (type !== 'LITERAL' && type !== 'PREFIXED') {
    throw new UsageError(`A '--resource-pattern-type' value of '${type}' is not valid when adding acls.`)
  }
  const plan = plannedAcls(invocation)
  if (plan.some(({ entries }) => entries.length === 0)) {
    throw new UsageError('You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.')
  }
  for (const { resource, entries } of plan) {
    if (values.output !== 'json') print(block(`Adding ACLs for resource \`${resourceText(resource)}\``, entries))
    await admin.createAcls(entries.map((entry) => ({ pattern: resource, entry })))
  }
  if (values.output === 'json') print(json({ added: plan }))
}

/** Entries below a line, blanks and all as Kafka's tool has them. */
function block(title: string, entries: readonly AccessControlEntry[]): string {
  return `${title}: \n ${entries.map((entry) => `\t${entryText(entry)}`).join('\n')} \n`
}

async function removeAcls(admin: KafkaAdminClient, invocation: AclsInvocation): Promise<void> {
  const { options: values, print } = invocation
  const removed: AclBinding[] = []
  for (const { resource, entries } of plannedAcls(invocation)) {
    const what = resourceText(resource)
    const question =
      entries.length === 0
        ? `Are you sure you want to delete all ACLs for resource filter \`${what}\`? (y/n)`
        : `Are you sure you want to remove ACLs: \n ${entries.map((entry) => `\t${entryText(entry)}`).join('\n')} \n from resource filter \`${what}\`? (y/n)`
    if (!values.force && !(await confirmed(invocation, question))) continue
    const filters: readonly AclBindingFilter[] =
      entries.length === 0
        ? [{ patternFilter: resource }]
        : entries.map((entryFilter) => ({ patternFilter: resource, entryFilter }))
    for (const deleted of (await admin.deleteAcls(filters)).values()) {
      for (const { binding, error } of deleted) {
        if (error !== undefined) throw error
        removed.push(binding)
      }
    }
  }
  if (values.output === 'json') print(json({ removed }))
}

async function listAcls(admin: KafkaAdminClient, invocation: AclsInvocation): Promise<void> {
  const { options: values, print } = invocation
  const resources = resourcesOf(invocation)
  const filters: readonly AclBindingFilter[] =
    resources.length === 0 ? [{}] : resources.map((patternFilter) => ({ patternFilter }))
  const bindings: AclBinding[] = []
  for (const filter of filters) bindings.push(...(await admin.describeAcls(filter)))
  const principals = values.principal.map(principalOf)
  if (values.output === 'json') {
    print(json(bindings.filter(({ entry }) => principals.length === 0 || principals.includes(entry.principal))))
    return
  }
  if (principals.length === 0) printResources(bindings, print)
  for (const principal of new Set(principals)) {
    print(`ACLs for principal \`${principal}\``)
    printResources(
      bindings.filter(({ entry }) => entry.principal === principal),
      print,
    )
  }
}

function printResources(bindings: readonly AclBinding[], print: (line: string) => void): void {
  const byResource = new Map<string, Map<string, AccessControlEntry>>()
  const textOf = (pattern: ResourcePattern) => resourceText(pattern)
  for (const { pattern, entry } of bindings) {
    const entries = byResource.get(textOf(pattern)) ?? new Map<string, AccessControlEntry>()
    byResource.set(textOf(pattern), entries.set(entryText(entry), entry))
  }
  for (const [resource, entries] of byResource) {
    print(block(`Current ACLs for resource \`${resource}\``, [...entries.values()]))
  }
}
