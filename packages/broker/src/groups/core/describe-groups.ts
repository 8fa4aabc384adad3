/** What DescribeGroups and ListGroups show of a classic group. */
import { ErrorCode } from '@millrace/protocol'
import type { ClassicGroup } from './classic/classic-group.js'
import { DEAD } from './classic/classic-group-state.js'
import { describeMember, metadataOf, NO_BYTES } from './classic/classic-member.js'
import type { DescribedGroup, ListedGroup, ListGroupsInput } from './group-messages.js'

const GROUP_TYPE = 'classic'
/** DescribeGroups v6: a missing group is an error and no longer a dead group (KIP-1043). */
const GROUP_ID_NOT_FOUND_VERSION = 6

export function describeGroup(groupId: string, group: ClassicGroup | undefined, apiVersion: number): DescribedGroup {
  if (group === undefined) {
    const isError = apiVersion >= GROUP_ID_NOT_FOUND_VERSION
    const missing = describeError(groupId, isError ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE)
    return { ...missing, errorMessage: isError ? `Group ${groupId} not found.` : null, groupState: DEAD }
  }
  // Before the group is stable, its members may not agree on a protocol whose metadata could be shown.
  const isStable = group.state === 'Stable'
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: Array.from(group.members(), (member) =>
      describeMember(member, isStable ? metadataOf(member, group.protocolName) : NO_BYTES),
    ),
  }
}

export function describeError(groupId: string, errorCode: number): DescribedGroup {
  return { errorCode, errorMessage: null, groupId, groupState: '', protocolType: '', protocolData: '', members: [] }
}

/** Filters ignore case; a state or type that does not exist matches nothing. */
export function isListed(group: ClassicGroup, { statesFilter = [], typesFilter = [] }: ListGroupsInput): boolean {
  return matches(statesFilter, group.state) && matches(typesFilter, GROUP_TYPE)
}

export function listGroup(group: ClassicGroup): ListedGroup {
  return {
    groupId: group.groupId,
    protocolType: group.protocolType ?? '',
    groupState: group.state,
    groupType: GROUP_TYPE,
  }
}

function matches(filter: readonly string[], value: string): boolean {
  return filter.length === 0 || filter.some((wanted) => wanted.trim().toLowerCase() === value.toLowerCase())
}
