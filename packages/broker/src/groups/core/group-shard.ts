/**
 * State machine of one partition of `__consumer_offsets`: the classic groups whose id hashes to it, and the offsets
 * committed for them. After Kafka's GroupCoordinatorShard.
 *
 * Pure. Handlers read state and return decisions; durable state (group metadata, offsets) changes in `replay` alone,
 * transient membership (see ClassicGroup) in the handlers. A group exists from the first record about it, or from the
 * JoinGroup that makes it, until a tombstone.
 */
import { ErrorCode, type TransactionResult } from '@millrace/protocol'
import type { CoordinatorShard, RecordPosition, Turn } from '../../coordinator/decision.js'
import { ClassicGroup } from './classic/classic-group.js'
import { joinClassicGroup } from './classic/join-group.js'
import { heartbeatClassicGroup, leaveClassicGroup } from './classic/leave-group.js'
import { armSession, failSyncs, type GroupTurn, joinError, prepareRebalance, syncError } from './classic/rebalance.js'
import { onClassicTimer } from './classic/rebalance-timers.js'
import { syncClassicGroup } from './classic/sync-group.js'
import { describeGroup, isListed, listGroup } from './describe-groups.js'
import { cleanUpSlice, deleteGroups, forgetTopicsSlice, type Slice } from './group-cleanup.js'
import type { GroupConfig } from './group-config.js'
import { answerOnly, Effects, type GroupDecision, type GroupTimer, joinKey, sessionKey } from './group-decision.js'
import type {
  DeletedGroup,
  DescribedGroup,
  HeartbeatInput,
  HeartbeatOutput,
  JoinGroupInput,
  JoinGroupOutput,
  LeaveGroupOutput,
  ListedGroup,
  ListGroupsInput,
  MemberIdentity,
  OffsetCommitInput,
  OffsetCommitOutput,
  OffsetDeleteInput,
  OffsetDeleteOutput,
  OffsetFetchInput,
  OffsetFetchOutput,
  RequestContext,
  SyncGroupInput,
  SyncGroupOutput,
} from './group-messages.js'
import { type GroupMetadataRecord, type GroupRecord, isNewGroup, newGroupRecord } from './group-records.js'
import { deleteOffsets, validateOffsetDelete } from './offsets/offset-cleanup.js'
import {
  commitError,
  commitOffsets,
  validateCommitToMissingGroup,
  validateOffsetCommit,
} from './offsets/offset-commit.js'
import { fetchOffsets } from './offsets/offset-fetch.js'
import { OffsetStore } from './offsets/offset-store.js'

export interface JoinGroupTurn extends Turn {
  /** Random part of the id of a new member, e.g. a UUID. */
  readonly memberIdSuffix: string
}

export class GroupShard implements CoordinatorShard<GroupRecord, GroupTimer> {
  readonly #config: GroupConfig
  readonly #groups = new Map<string, ClassicGroup>()
  readonly #offsets = new OffsetStore()
  /** False while the log is read: its records are then all that is known of a group. */
  #isLoaded = false

  constructor(config: GroupConfig) {
    this.#config = config
  }

  group(groupId: string): ClassicGroup | undefined {
    return this.#groups.get(groupId)
  }

  /** Walks over the groups. */
  groups(): IterableIterator<ClassicGroup> {
    return this.#groups.values()
  }

  /** The groups at this moment, to walk over them in slices. */
  groupIds(): string[] {
    return [...this.#groups.keys()]
  }

  get offsets(): OffsetStore {
    return this.#offsets
  }

  // Membership.

  joinGroup(context: RequestContext, input: JoinGroupInput, turn: JoinGroupTurn): GroupDecision<JoinGroupOutput> {
    const existing = this.#groups.get(input.groupId)
    if (existing === undefined && input.memberId !== '') {
      return answerOnly(joinError(ErrorCode.UNKNOWN_MEMBER_ID, input.memberId))
    }
    const group = existing ?? new ClassicGroup(input.groupId, turn.nowMs)
    const groupTurn = this.#turn(group, turn.nowMs)
    const { effects } = groupTurn
    const { token, memberIdSuffix } = turn
    const reply = joinClassicGroup({ ...groupTurn, context, input, token, memberIdSuffix })
    if (existing === undefined) {
      if (reply !== undefined && reply.errorCode !== ErrorCode.MEMBER_ID_REQUIRED) return answerOnly(reply)
      this.#groups.set(input.groupId, group)
      effects.append(newGroupRecord(input.groupId, turn.nowMs))
    }
    return reply === undefined ? effects.park() : effects.answer(reply)
  }

  syncGroup(input: SyncGroupInput, { nowMs, token }: Turn): GroupDecision<SyncGroupOutput> {
    const group = this.#groups.get(input.groupId)
    if (group === undefined) return answerOnly(syncError(ErrorCode.UNKNOWN_MEMBER_ID))
    const turn = this.#turn(group, nowMs)
    const reply = syncClassicGroup({ ...turn, input, token })
    return reply === undefined ? turn.effects.park() : turn.effects.answer(reply)
  }

  heartbeat(input: HeartbeatInput, { nowMs }: Turn): GroupDecision<HeartbeatOutput> {
    const group = this.#groups.get(input.groupId)
    if (group === undefined) return answerOnly({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
    const turn = this.#turn(group, nowMs)
    const reply = { errorCode: heartbeatClassicGroup(turn, input) }
    // As in Kafka: members must not lose their sessions because somebody's commit waits for the disk.
    return { ...turn.effects.answer(reply), repliesAtOnce: true }
  }

  leaveGroup(groupId: string, members: readonly MemberIdentity[], { nowMs }: Turn): GroupDecision<LeaveGroupOutput> {
    const group = this.#groups.get(groupId)
    if (group === undefined) {
      const unknown = members.map(({ memberId, groupInstanceId }) => ({
        memberId,
        groupInstanceId: groupInstanceId ?? null,
        errorCode: ErrorCode.UNKNOWN_MEMBER_ID,
      }))
      return answerOnly({ errorCode: ErrorCode.NONE, members: unknown })
    }
    const turn = this.#turn(group, nowMs)
    return turn.effects.answer(leaveClassicGroup(turn, members))
  }

  // Offsets.

  commitOffsets(context: RequestContext, input: OffsetCommitInput, { nowMs }: Turn): GroupDecision<OffsetCommitOutput> {
    const { groupId, topics } = input
    const committer = identityOf(input, input.generationIdOrMemberEpoch)
    const group = this.#groups.get(groupId)
    const error =
      group === undefined
        ? validateCommitToMissingGroup(committer.generationId, context.apiVersion)
        : validateOffsetCommit(group, committer)
    if (error !== ErrorCode.NONE) return answerOnly(commitError(topics, error))

    const effects = new Effects()
    const member = group?.member(committer.memberId)
    // A commit shows that the member lives, like a heartbeat.
    if (group !== undefined && member !== undefined) armSession(this.#turn(group, nowMs, effects), member)
    const retentionTimeMs = input.retentionTimeMs ?? -1
    const { offsetMetadataMaxBytes } = this.#config
    const { records, reply } = commitOffsets({ groupId, nowMs, retentionTimeMs, offsetMetadataMaxBytes }, topics)
    for (const record of records) effects.append(record)
    return effects.answer(reply)
  }

  fetchOffsets(input: OffsetFetchInput, requireStable: boolean): OffsetFetchOutput {
    return fetchOffsets(this.#offsets, input, requireStable)
  }

  deleteOffsets(input: OffsetDeleteInput): GroupDecision<OffsetDeleteOutput> {
    const group = this.#groups.get(input.groupId)
    const errorCode = group === undefined ? ErrorCode.GROUP_ID_NOT_FOUND : validateOffsetDelete(group)
    if (group === undefined || errorCode !== ErrorCode.NONE) return answerOnly({ errorCode, topics: [] })
    return { ...deleteOffsets(this.#offsets, group, input), atomic: false }
  }

  // Administration.

  describeGroups(groupIds: readonly string[], apiVersion: number): DescribedGroup[] {
    return groupIds.map((groupId) => describeGroup(groupId, this.#groups.get(groupId), apiVersion))
  }

  listGroups(input: ListGroupsInput): ListedGroup[] {
    return [...this.#groups.values()].filter((group) => isListed(group, input)).map(listGroup)
  }

  deleteGroups(groupIds: readonly string[]): GroupDecision<DeletedGroup[]> {
    return deleteGroups({ groups: this.#groups, offsets: this.#offsets }, groupIds)
  }

  /**
   * Removes expired offsets, and the groups that are empty without them. Works on the first of these groups only, as
   * many as a slice allows: `groupCount` says how many.
   */
  cleanUp(groupIds: readonly string[], nowMs: number): GroupDecision<Slice> {
    const retentionMs = this.#config.offsetsRetentionMinutes * 60_000
    return cleanUpSlice({ groups: this.#groups, offsets: this.#offsets }, groupIds, nowMs, retentionMs)
  }

  /**
   * Forgets what was committed for deleted topics: a topic of the same name is another one. Works on the first of
   * these groups only, as many as a slice allows: `groupCount` says how many.
   */
  forgetTopics(groupIds: readonly string[], topics: ReadonlySet<string>): GroupDecision<Slice> {
    return forgetTopicsSlice({ groups: this.#groups, offsets: this.#offsets }, groupIds, topics)
  }

  // Runtime.

  onTimer(timer: GroupTimer, nowMs: number): GroupDecision<never> {
    const group = this.#groups.get(timer.groupId)
    if (group === undefined) return { records: [] }
    const turn = this.#turn(group, nowMs)
    onClassicTimer(turn, timer)
    return turn.effects.park()
  }

  onLoaded(nowMs: number): GroupDecision<never> {
    this.#isLoaded = true
    const effects = new Effects()
    for (const groupId of this.#offsets.groups()) this.#simpleGroup(groupId)
    for (const group of this.#groups.values()) {
      const turn = this.#turn(group, nowMs, effects)
      for (const member of group.members()) armSession(turn, member)
      if (group.size > this.#config.groupMaxSize) {
        prepareRebalance(turn, `${group.size} members are over group.max.size, which was changed`)
      }
    }
    return effects.park()
  }

  onRejected(records: readonly GroupRecord[], code: number, nowMs: number): GroupDecision<never> {
    const effects = new Effects()
    for (const record of records) {
      const group = record.kind === 'group-metadata' ? this.#groups.get(record.group) : undefined
      if (group === undefined) continue
      const turn = this.#turn(group, nowMs, effects)
      if (isNewGroup(record)) this.#abandon(turn, code)
      else if (group.state === 'CompletingRebalance') failSyncs(turn, code)
      if (group.state === 'CompletingRebalance' || group.state === 'Stable') {
        prepareRebalance(turn, `the metadata of generation ${group.generationId} could not be stored`)
      }
    }
    return effects.park()
  }

  replay(record: GroupRecord, position: RecordPosition): void {
    if (record.kind === 'group-metadata') {
      this.#replayMetadata(record)
    } else {
      // Offsets without membership make a simple group: empty, and without a protocol type.
      if (record.value !== null) this.#simpleGroup(record.group)
      this.#offsets.replay(record, position)
    }
  }

  replayEndTransaction(producerId: number, result: TransactionResult): void {
    this.#offsets.replayEndTransaction(producerId, result)
  }

  #replayMetadata({ group: groupId, value }: GroupMetadataRecord): void {
    if (value === null) {
      this.#groups.delete(groupId)
      return
    }
    const group = this.#groups.get(groupId)
    if (this.#isLoaded && group !== undefined) group.replayOwn(value)
    else this.#groups.set(groupId, ClassicGroup.fromRecord(groupId, value))
  }

  #simpleGroup(groupId: string): void {
    if (!this.#groups.has(groupId)) this.#groups.set(groupId, new ClassicGroup(groupId, -1))
  }

  /** A new group whose first record was refused: it never was. */
  #abandon({ group, effects }: GroupTurn, code: number): void {
    for (const member of [...group.members()]) {
      const join = group.roster.takeJoin(member.memberId)
      if (join !== null) effects.reply(join, joinError(code, member.memberId))
      effects.cancel(sessionKey(group.groupId, member.memberId))
    }
    effects.cancel(joinKey(group.groupId))
    this.#groups.delete(group.groupId)
  }

  #turn(group: ClassicGroup, nowMs: number, effects: Effects = new Effects()): GroupTurn {
    return { group, effects, config: this.#config, nowMs }
  }
}

function identityOf(
  { memberId, groupInstanceId }: { readonly memberId?: string; readonly groupInstanceId?: string | null },
  generationId: number | undefined,
) {
  return { memberId: memberId ?? '', groupInstanceId: groupInstanceId ?? null, generationId: generationId ?? -1 }
}
