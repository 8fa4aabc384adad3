/**
 * The group coordinator of a broker: takes requests about groups to the shard that owns them, and gives promises of
 * the answers. After Kafka's GroupCoordinatorService.
 *
 * Shapes of requests and answers are those of the newest messages, without throttle time; answers are never rejections,
 * every failure is an error code in the answer's own place. Which topics exist, who may do what, and how an older version
 * says it, is the business of the handlers above. What it does by itself for all groups is in group-housekeeping.ts.
 */
import { ErrorCode, type ErrorName, javaStringHash, kafkaAbs, ProtocolError } from '@millrace/protocol'
import type { CoordinatorLog } from '../coordinator/coordinator-log.js'
import { CoordinatorRuntime } from '../coordinator/coordinator-runtime.js'
import { CONSUMER_OFFSETS } from '../metadata/topic-names.js'
import type { Clock, Logger, Scheduler } from '../ports.js'
import { joinError, syncError } from './core/classic/rebalance.js'
import { describeError } from './core/describe-groups.js'
import { getOrCreate } from './core/get-or-create.js'
import type { GroupConfig } from './core/group-config.js'
import type { GroupTimer } from './core/group-decision.js'
import type {
  DeletedGroup,
  DescribedGroup,
  HeartbeatInput,
  HeartbeatOutput,
  JoinGroupInput,
  JoinGroupOutput,
  LeaveGroupInput,
  LeaveGroupOutput,
  ListedGroup,
  ListGroupsInput,
  ListGroupsOutput,
  OffsetCommitInput,
  OffsetCommitOutput,
  OffsetDeleteInput,
  OffsetDeleteOutput,
  OffsetFetchInput,
  OffsetFetchOutput,
  RequestContext,
  SyncGroupInput,
  SyncGroupOutput,
} from './core/group-messages.js'
import type { GroupRecord } from './core/group-records.js'
import { GroupShard } from './core/group-shard.js'
import { commitError } from './core/offsets/offset-commit.js'
import { fetchError } from './core/offsets/offset-fetch.js'
import { GroupHousekeeping } from './group-housekeeping.js'
import { groupRecordSerde } from './group-record-serde.js'
import type { CommitView, GroupView } from './group-views.js'

export interface GroupCoordinatorConfig extends GroupConfig {
  /** `offsets.topic.num.partitions`, 50 */
  readonly offsetsTopicPartitions: number
  /** `offsets.commit.timeout.ms`, 5000 */
  readonly offsetsCommitTimeoutMs: number
  /** `offsets.retention.check.interval.ms`, 600000 */
  readonly offsetsRetentionCheckIntervalMs: number
}

export interface GroupCoordinatorOptions {
  readonly config: GroupCoordinatorConfig
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** A random string for the ids of new members, such as a UUID. */
  newMemberIdSuffix(): string
  /**
   * How many partitions `__consumer_offsets` has; undefined while it does not exist. What it has counts more than what
   * is configured, from the first time it is seen: other brokers, and the groups in it, go by it. Default: configured.
   */
  offsetsTopicPartitionCount?(): number | undefined
  /** The log of a partition of `__consumer_offsets` that this broker leads. Throws if it does not. */
  openLog(partition: number): CoordinatorLog
}

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions
  readonly #runtime: CoordinatorRuntime<GroupShard, GroupRecord, GroupTimer>
  readonly #housekeeping: GroupHousekeeping
  #partitionCount: number | undefined

  constructor(options: GroupCoordinatorOptions) {
    const { config, clock, scheduler, logger } = options
    this.#options = options
    this.#runtime = new CoordinatorRuntime({
      topic: CONSUMER_OFFSETS,
      serde: groupRecordSerde,
      clock,
      scheduler,
      logger,
      commitTimeoutMs: config.offsetsCommitTimeoutMs,
      createShard: () => new GroupShard(config),
      openLog: (partition) => options.openLog(partition),
    })
    this.#housekeeping = new GroupHousekeeping({
      topic: CONSUMER_OFFSETS,
      runtime: this.#runtime,
      scheduler,
      logger,
      checkIntervalMs: config.offsetsRetentionCheckIntervalMs,
    })
  }

  /** Partition of `__consumer_offsets` whose leader coordinates the group. */
  partitionFor(groupId: string): number {
    this.#partitionCount ??= this.#options.offsetsTopicPartitionCount?.()
    return kafkaAbs(javaStringHash(groupId)) % (this.#partitionCount ?? this.#options.config.offsetsTopicPartitions)
  }

  /** This broker leads the partition: its groups are loaded; meanwhile COORDINATOR_LOAD_IN_PROGRESS. */
  onElection(partition: number, epoch: number): void {
    this.#runtime.elect(partition, epoch)
  }

  /** This broker no longer leads the partition; without an epoch if the partition is gone. */
  onResignation(partition: number, epoch?: number): void {
    this.#runtime.resign(partition, epoch)
  }

  async joinGroup(context: RequestContext, request: JoinGroupInput): Promise<JoinGroupOutput> {
    const { groupId, memberId, sessionTimeoutMs } = request
    const { groupMinSessionTimeoutMs, groupMaxSessionTimeoutMs } = this.#options.config
    if (groupId === '') return joinError(ErrorCode.INVALID_GROUP_ID, memberId)
    if (sessionTimeoutMs < groupMinSessionTimeoutMs || sessionTimeoutMs > groupMaxSessionTimeoutMs) {
      return joinError(ErrorCode.INVALID_SESSION_TIMEOUT, memberId)
    }
    const memberIdSuffix = this.#options.newMemberIdSuffix()
    return await this.#answer(
      this.#runtime.write(this.partitionFor(groupId), (shard, turn) =>
        shard.joinGroup(context, request, { ...turn, memberIdSuffix }),
      ),
      (error) => joinError(ErrorCode[error], memberId),
    )
  }

  async syncGroup(request: SyncGroupInput): Promise<SyncGroupOutput> {
    if (request.groupId === '') return syncError(ErrorCode.INVALID_GROUP_ID)
    return await this.#answer(
      this.#runtime.write(this.partitionFor(request.groupId), (shard, turn) => shard.syncGroup(request, turn)),
      (error) => syncError(ErrorCode[error]),
    )
  }

  async heartbeat(request: HeartbeatInput): Promise<HeartbeatOutput> {
    if (request.groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID }
    return await this.#answer(
      this.#runtime.write(this.partitionFor(request.groupId), (shard, turn) => shard.heartbeat(request, turn)),
      // While the group is loaded its members must not think that they have lost it.
      (error) => ({ errorCode: error === 'COORDINATOR_LOAD_IN_PROGRESS' ? ErrorCode.NONE : ErrorCode[error] }),
    )
  }

  async leaveGroup({ groupId, members }: LeaveGroupInput): Promise<LeaveGroupOutput> {
    if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID, members: [] }
    return await this.#answer(
      this.#runtime.write(this.partitionFor(groupId), (shard, turn) => shard.leaveGroup(groupId, members, turn)),
      (error) => ({ errorCode: ErrorCode[error], members: [] }),
    )
  }

  async commitOffsets(context: RequestContext, request: OffsetCommitInput): Promise<OffsetCommitOutput> {
    return await this.#answer(
      this.#runtime.write(this.partitionFor(request.groupId), (shard, turn) =>
        shard.commitOffsets(context, request, turn),
      ),
      (error) => commitError(request.topics, ErrorCode[error]),
    )
  }

  /** Offsets of one group; a request of v8+ with many groups asks once for each. */
  async fetchOffsets(request: OffsetFetchInput, requireStable: boolean): Promise<OffsetFetchOutput> {
    return await this.#answer(
      this.#runtime.read(this.partitionFor(request.groupId), (shard) => shard.fetchOffsets(request, requireStable)),
      // Consumers before 3.9 do not try again after COORDINATOR_NOT_AVAILABLE here.
      (error) =>
        fetchError(request.groupId, ErrorCode[error === 'COORDINATOR_NOT_AVAILABLE' ? 'NOT_COORDINATOR' : error]),
    )
  }

  async deleteOffsets(request: OffsetDeleteInput): Promise<OffsetDeleteOutput> {
    if (request.groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID, topics: [] }
    return await this.#answer(
      this.#runtime.write(this.partitionFor(request.groupId), (shard) => shard.deleteOffsets(request)),
      (error) => ({ errorCode: ErrorCode[error], topics: [] }),
    )
  }

  async describeGroups(context: RequestContext, groupIds: readonly string[]): Promise<DescribedGroup[]> {
    return await this.#byPartition(groupIds, (partition, ids) =>
      this.#answer<DescribedGroup[]>(
        this.#runtime.read(partition, (shard) => shard.describeGroups(ids, context.apiVersion)),
        (error) => ids.map((groupId) => describeError(groupId, ErrorCode[error])),
      ),
    )
  }

  /** The groups of all partitions here; COORDINATOR_LOAD_IN_PROGRESS if some are not loaded yet. */
  async listGroups(request: ListGroupsInput): Promise<ListGroupsOutput> {
    const shards = this.#runtime.partitions().map((partition) =>
      this.#answer<ListedGroup[] | ErrorName>(
        this.#runtime.read(partition, (shard) => shard.listGroups(request)),
        // The partition has just moved: its groups are listed elsewhere.
        (error) => (error === 'NOT_COORDINATOR' ? [] : error),
      ),
    )
    const groups: ListedGroup[] = []
    for (const listed of await Promise.all(shards)) {
      if (typeof listed === 'string') return { errorCode: ErrorCode[listed], groups: [] }
      for (const group of listed) groups.push(group)
    }
    return { errorCode: ErrorCode.NONE, groups }
  }

  async deleteGroups(groupIds: readonly string[]): Promise<DeletedGroup[]> {
    return await this.#byPartition(groupIds, (partition, ids) =>
      this.#answer<DeletedGroup[]>(
        this.#runtime.write(partition, (shard) => shard.deleteGroups(ids)),
        (error) => ids.map((groupId) => ({ groupId, errorCode: ErrorCode[error] })),
      ),
    )
  }

  /**
   * Forgets the offsets committed for topics that were deleted, so that topics created under the same names start
   * afresh. Resolves when it is done for the groups of all partitions here.
   */
  async onTopicsDeleted(topics: readonly string[]): Promise<void> {
    await this.#housekeeping.forgetTopics(new Set(topics))
  }

  /** Removes expired offsets and the groups that are empty without them; runs by itself at the check interval. */
  async cleanUp(): Promise<void> {
    await this.#housekeeping.cleanUp()
  }

  /** The groups of all partitions that are loaded here, as they stand: for metrics. */
  *eachGroup(): IterableIterator<GroupView> {
    for (const shard of this.#runtime.liveShards()) {
      for (const { groupId, state, size } of shard.groups()) yield { groupId, state, memberCount: size }
    }
  }

  /** What they have committed, as it stands. */
  *eachCommit(): IterableIterator<CommitView> {
    for (const { offsets } of this.#runtime.liveShards()) {
      for (const groupId of offsets.groupsWithOffsets()) {
        for (const { topic, partition, offset } of offsets.entriesOf(groupId)) {
          yield { groupId, topic, partition, committedOffset: offset.committedOffset }
        }
      }
    }
  }

  /** Gives up all partitions; parked requests get NOT_COORDINATOR. */
  async close(): Promise<void> {
    this.#housekeeping.close()
    await this.#runtime.close()
  }

  /** Asks each partition for its groups, and puts the answers in the order of the question. */
  async #byPartition<Answer extends { readonly groupId: string }>(
    groupIds: readonly string[],
    ask: (partition: number, groupIds: readonly string[]) => Promise<readonly Answer[]>,
  ): Promise<Answer[]> {
    const positions = new Map<number, number[]>()
    groupIds.forEach((groupId, position) => {
      getOrCreate(positions, this.partitionFor(groupId), (): number[] => []).push(position)
    })
    const answers: Answer[] = []
    const asked = Array.from(positions, async ([partition, list]) => {
      const found = await ask(
        partition,
        list.map((position) => groupIds[position] ?? ''),
      )
      list.forEach((position, index) => {
        const answer = found[index]
        if (answer !== undefined) answers[position] = answer
      })
    })
    await Promise.all(asked)
    return answers
  }

  async #answer<Reply>(reply: Promise<Reply>, onError: (error: ErrorName) => Reply): Promise<Reply> {
    try {
      return await reply
    } catch (error) {
      if (error instanceof ProtocolError) return onError(error.code)
      this.#options.logger.error('a group request failed', { error })
      return onError('UNKNOWN_SERVER_ERROR')
    }
  }
}
