/**
 * Work on all groups of all partitions here, a slice at a time between other requests: what has expired goes at the check
 * interval, what was committed for a deleted topic when it is deleted. It owns the timer and the walk over partitions and
 * groups; what goes is decided by the shards.
 */
import type { CoordinatorRuntime } from '../coordinator/coordinator-runtime.js'
import type { Logger, ScheduledTask, Scheduler } from '../ports.js'
import type { Slice } from './core/group-cleanup.js'
import type { GroupDecision, GroupTimer } from './core/group-decision.js'
import type { GroupRecord } from './core/group-records.js'
import type { GroupShard } from './core/group-shard.js'

export interface GroupHousekeepingOptions {
  /** The topic of the runtime's partitions, for the log. */
  readonly topic: string
  readonly runtime: CoordinatorRuntime<GroupShard, GroupRecord, GroupTimer>
  readonly scheduler: Scheduler
  readonly logger: Logger
  readonly checkIntervalMs: number
}

export class GroupHousekeeping {
  readonly #options: GroupHousekeepingOptions
  #task: ScheduledTask

  /** Starts the timer. */
  constructor(options: GroupHousekeepingOptions) {
    this.#options = options
    this.#task = this.#schedule()
  }

  async forgetTopics(topics: ReadonlySet<string>): Promise<void> {
    await this.#onAllGroups((shard, groupIds) => shard.forgetTopics(groupIds, topics))
  }

  /** Removes expired offsets and the groups that are empty without them. */
  async cleanUp(): Promise<void> {
    await this.#onAllGroups((shard, groupIds, nowMs) => shard.cleanUp(groupIds, nowMs))
  }

  /** Stops the timer; what is under way ends with the runtime. */
  close(): void {
    this.#task.cancel()
  }

  #schedule(): ScheduledTask {
    const { scheduler, checkIntervalMs, logger } = this.#options
    return scheduler.schedule(checkIntervalMs, () => {
      this.#task = this.#schedule()
      this.cleanUp().catch((error: unknown) => logger.error('expired offsets could not be removed', { error }))
    })
  }

  /** Works through the groups of all partitions in slices. A partition that moves is left to its next coordinator. */
  async #onAllGroups(
    work: (shard: GroupShard, groupIds: readonly string[], nowMs: number) => GroupDecision<Slice>,
  ): Promise<void> {
    const { topic, runtime, logger } = this.#options
    for (const partition of runtime.partitions()) {
      try {
        let groupIds = await runtime.read(partition, (shard) => shard.groupIds())
        while (groupIds.length > 0) {
          const rest = groupIds
          const slice = await runtime.write(partition, (shard, { nowMs }) => work(shard, rest, nowMs))
          groupIds = rest.slice(slice.groupCount)
          await this.#nextTurn()
        }
      } catch (error) {
        logger.warn(`${topic}-${partition}: offsets were not cleaned up`, { error })
      }
    }
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.scheduler.schedule(0, resolve)
    })
  }
}
