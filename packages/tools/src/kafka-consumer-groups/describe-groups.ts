/** `--describe`: what is known of groups, by `--offsets`, `--members` and `--state`; printed by describe-tables.ts. */
import {
  type GroupOffsets,
  type GroupState,
  type KafkaAdminClient,
  type MemberDescription,
  type TopicPartition,
  TopicPartitionMap,
} from '@millrace/client'
import { hasCode } from '../command-line/failures.js'
import { hashOrder, partitionHash } from '../command-line/java-order.js'
import { json } from '../command-line/output.js'
import { membersLines, offsetLines, stateLines } from './describe-tables.js'
import type { DescribedGroup, OffsetRow } from './described-group.js'
import { wantedGroups } from './list-groups.js'
import { callOptions, type GroupsInvocation, printError } from './options.js'

export async function describeGroups(admin: KafkaAdminClient, invocation: GroupsInvocation): Promise<void> {
  const { options, given, print } = invocation
  const groups = await findGroups(admin, invocation)
  const parts = []
  for (const group of groups) {
    if (options.members) {
      tellState(invocation, group)
      if (options.output === 'json') parts.push(membersAsJson(group, options.verbose))
      else for (const line of membersLines(group, options.verbose)) print(line)
    } else if (given.has('state')) {
      const isThere = tellState(invocation, group)
      if (options.output === 'json') parts.push(stateAsJson(group))
      else if (isThere) for (const line of stateLines(group)) print(line)
    } else {
      const rows = await offsetRows(admin, group, invocation)
      const isThere = tellState(invocation, group)
      if (options.output === 'json') parts.push({ group: group.groupId, state: group.state, partitions: rows })
      else if (isThere && rows.length > 0) for (const line of offsetLines(group.groupId, rows)) print(line)
    }
  }
  if (options.output === 'json') print(json(parts))
}

/** In the order of their ids. */
async function findGroups(admin: KafkaAdminClient, invocation: GroupsInvocation): Promise<readonly DescribedGroup[]> {
  const groupIds = [...(await wantedGroups(admin, invocation))].sort()
  const outcomes = await admin.describeConsumerGroups(groupIds, callOptions(invocation)).settled()
  return groupIds.map((groupId) => {
    const outcome = outcomes.get(groupId)
    if (outcome !== undefined && 'value' in outcome) return outcome.value
    if (hasCode(outcome?.error, 'GROUP_ID_NOT_FOUND')) return { groupId, state: 'Dead' }
    throw outcome?.error
  })
}

const REBALANCING: readonly GroupState[] = ['PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling']

/** False: there is no such group. */
function tellState(invocation: GroupsInvocation, { groupId, state }: DescribedGroup): boolean {
  if (state === 'Dead') {
    printError(invocation, `Consumer group '${groupId}' does not exist.`)
    return false
  }
  if (state === 'Empty') invocation.complain(`\nConsumer group '${groupId}' has no active members.`)
  if (REBALANCING.includes(state)) invocation.complain(`\nWarning: Consumer group '${groupId}' is rebalancing.`)
  return true
}

/** Those of members first, of the one with the most partitions before others; then those that nobody reads. */
async function offsetRows(
  admin: KafkaAdminClient,
  group: DescribedGroup,
  invocation: GroupsInvocation,
): Promise<readonly OffsetRow[]> {
  const { groupId } = group
  const committed = (await admin.listConsumerGroupOffsets([groupId], callOptions(invocation))).get(groupId) ?? new Map()
  const members = 'members' in group ? group.members.filter(({ assignment }) => assignment.length > 0) : []
  const byLoad = [...members].sort((a, b) => b.assignment.length - a.assignment.length)
  const assigned = new TopicPartitionMap(byLoad.flatMap(({ assignment }) => assignment.map((key) => [key, true])))
  const unassigned = [...committed.keys()].filter((key) => !assigned.has(key))
  const all = [...assigned.keys(), ...unassigned]
  const ends = await admin.listOffsets(
    all.map((key) => [key, 'latest'] as const),
    callOptions(invocation),
  )
  const end = (key: TopicPartition) => ends.get(key)?.offset ?? 0
  return [
    ...byLoad.flatMap((member) => rowsOf(member.assignment, committed, end, member)),
    ...rowsOf(unassigned, committed, end, undefined),
  ]
}

function rowsOf(
  partitions: readonly TopicPartition[],
  committed: GroupOffsets,
  end: (key: TopicPartition) => number,
  member: MemberDescription | undefined,
): readonly OffsetRow[] {
  const sorted = [...partitions].sort((a, b) => a.partition - b.partition)
  return hashOrder(sorted, partitionHash).map((key): OffsetRow => {
    const currentOffset = committed.get(key)?.offset
    const logEndOffset = end(key)
    return {
      topic: key.topic,
      partition: key.partition,
      currentOffset,
      logEndOffset,
      lag: currentOffset === undefined ? undefined : logEndOffset - currentOffset,
      consumerId: member?.memberId,
      host: member?.host,
      clientId: member?.clientId,
    }
  })
}

function membersAsJson(group: DescribedGroup, verbose: boolean) {
  const members = 'members' in group ? group.members : []
  return {
    group: group.groupId,
    state: group.state,
    members: members.map(({ memberId, groupInstanceId, host, clientId, assignment }) => ({
      consumerId: memberId,
      groupInstanceId,
      host,
      clientId,
      partitionCount: assignment.length,
      ...(verbose ? { assignment } : {}),
    })),
  }
}

function stateAsJson(group: DescribedGroup) {
  if (!('members' in group)) return { group: group.groupId, state: group.state }
  const { groupId, state, type, coordinator, partitionAssignor, members } = group
  return {
    group: groupId,
    state,
    type,
    coordinator:
      coordinator === undefined ? null : { id: coordinator.id, host: coordinator.host, port: coordinator.port },
    assignmentStrategy: partitionAssignor,
    memberCount: members.length,
  }
}
