import type { GroupListing, GroupState, GroupType, KafkaAdminClient } from '@millrace/client'
import { hashOrder, stringHash } from '../command-line/java-order.js'
import { json, row } from '../command-line/output.js'
import { UsageError } from '../command-line/parse-options.js'
import { callOptions, type GroupsInvocation } from './options.js'

const states = [
  'PreparingRebalance',
  'CompletingRebalance',
  'Stable',
  'Dead',
  'Empty',
  'Assigning',
  'Reconciling',
] as const satisfies readonly GroupState[]

const types = ['Consumer', 'Classic'] as const satisfies readonly GroupType[]

const GROUP_WIDTH_MIN = 15
const GROUP_MARGIN = 10
const OTHER_WIDTH = 20

export async function listGroups(admin: KafkaAdminClient, invocation: GroupsInvocation): Promise<void> {
  const { options, given, print } = invocation
  const wanted = {
    ...(options.state ? { states: named(options.state, states, 'state') } : {}),
    ...(options.type ? { types: named(options.type, types, 'types') } : {}),
  }
  const listings = await admin.listConsumerGroups({ ...callOptions(invocation), ...wanted })
  const groups = hashOrder(listings, ({ groupId }) => stringHash(groupId))
  if (options.output === 'json') print(json(groups))
  else if (given.has('state') || given.has('type')) {
    for (const line of listing(groups, given.has('type'), given.has('state'))) print(line)
  } else for (const { groupId } of groups) print(groupId)
}

/** The ids of all groups. */
export async function allGroups(admin: KafkaAdminClient, invocation: GroupsInvocation): Promise<readonly string[]> {
  const listings = await admin.listConsumerGroups(callOptions(invocation))
  return hashOrder(listings, ({ groupId }) => stringHash(groupId)).map(({ groupId }) => groupId)
}

/** The groups that the command line names. */
export async function wantedGroups(admin: KafkaAdminClient, invocation: GroupsInvocation): Promise<readonly string[]> {
  const { 'all-groups': all, group } = invocation.options
  return all ? await allGroups(admin, invocation) : [...new Set(group)]
}

/** Of a list with commas, in any case. Errors: UsageError. */
function named<Name extends string>(list: string, names: readonly Name[], what: string): readonly Name[] {
  return list.split(',').map((text) => {
    const found = names.find((name) => name.toLowerCase() === text.trim().toLowerCase())
    if (found !== undefined) return found
    throw new UsageError(
      `Invalid ${what} list '${list}'. Valid ${what === 'state' ? 'states' : what} are: ${names.join(', ')}`,
    )
  })
}

function listing(groups: readonly GroupListing[], withType: boolean, withState: boolean): readonly string[] {
  const groupWidth = Math.max(GROUP_WIDTH_MIN, ...groups.map(({ groupId }) => groupId.length)) + GROUP_MARGIN
  const cells = (group: string, type: string, state: string) =>
    row([groupWidth, OTHER_WIDTH, OTHER_WIDTH], [group, ...(withType ? [type] : []), ...(withState ? [state] : [])])
  return [
    cells('GROUP', 'TYPE', 'STATE'),
    ...groups.map(({ groupId, type, state }) => cells(groupId, type, state ?? 'Unknown')),
  ]
}
