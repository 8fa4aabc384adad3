/**
 * How whole groups go away: DeleteGroups, and work through all groups in slices for what has expired and for topics that
 * were deleted. All of it writes tombstones; their replay removes. Which offsets of one group go: offset-cleanup.ts.
 */
import { ErrorCode } from '@millrace/protocol'
import type { ClassicGroup } from './classic/classic-group.js'
import type { GroupDecision } from './group-decision.js'
import type { DeletedGroup } from './group-messages.js'
import { type GroupRecord, groupTombstone } from './group-records.js'
import { deleteAllOffsets, expireOffsets } from './offsets/offset-cleanup.js'
import type { OffsetStore } from './offsets/offset-store.js'

/** The groups of a shard and their offsets, to read. */
export interface GroupsAndOffsets {
  readonly groups: ReadonlyMap<string, ClassicGroup>
  readonly offsets: OffsetStore
}

/** How much of the work on all groups one call has done. */
export interface Slice {
  readonly groupCount: number
  readonly recordCount: number
}

/** Groups and offsets that are looked at in one go, so that the event loop is not held up; a group is not divided. */
const WORK_IN_A_SLICE = 1_000

/** Empty groups only, each with all its offsets. */
export function deleteGroups(
  { groups, offsets }: GroupsAndOffsets,
  groupIds: readonly string[],
): GroupDecision<DeletedGroup[]> {
  const records: GroupRecord[] = []
  // A group that is named twice is gone the second time.
  const deleted = new Set<string>()
  const reply = groupIds.map((groupId) => {
    const group = groups.get(groupId)
    if (group === undefined || deleted.has(groupId)) return { groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND }
    if (group.state !== 'Empty') return { groupId, errorCode: ErrorCode.NON_EMPTY_GROUP }
    deleted.add(groupId)
    records.push(...deleteAllOffsets(offsets, groupId), groupTombstone(groupId))
    return { groupId, errorCode: ErrorCode.NONE }
  })
  return { records, reply, atomic: false }
}

/** Expired offsets of the first of these groups, and those of the groups that are empty without them. */
export function cleanUpSlice(
  all: GroupsAndOffsets,
  groupIds: readonly string[],
  nowMs: number,
  retentionMs: number,
): GroupDecision<Slice> {
  return workThroughSlice(all, groupIds, (group) => {
    const { records, allExpired } = expireOffsets(all.offsets, group, nowMs, retentionMs)
    const isOver = allExpired && group.state === 'Empty' && group.pendingJoinCount === 0
    return isOver ? [...records, groupTombstone(group.groupId)] : records
  })
}

/** What the first of these groups committed for topics that were deleted. */
export function forgetTopicsSlice(
  all: GroupsAndOffsets,
  groupIds: readonly string[],
  topics: ReadonlySet<string>,
): GroupDecision<Slice> {
  return workThroughSlice(all, groupIds, ({ groupId }) => deleteAllOffsets(all.offsets, groupId, topics))
}

function workThroughSlice(
  { groups, offsets }: GroupsAndOffsets,
  groupIds: readonly string[],
  visit: (group: ClassicGroup) => readonly GroupRecord[],
): GroupDecision<Slice> {
  const records: GroupRecord[] = []
  let groupCount = 0
  let work = 0
  for (const groupId of groupIds) {
    if (work >= WORK_IN_A_SLICE) break
    groupCount++
    work += 1 + offsets.countOf(groupId)
    const group = groups.get(groupId)
    for (const record of group === undefined ? [] : visit(group)) records.push(record)
  }
  return { records, reply: { groupCount, recordCount: records.length }, atomic: false }
}
