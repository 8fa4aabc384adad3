/** What the leader of a group assigned by: as long as topics have as many partitions as then, its assignment holds. */
import type { Cluster } from '../cluster/cluster.js'
import type { ConsumerPartitionAssignor, GroupAssignment, GroupMember } from './core/assignors/assignor.js'

const NO_TOPICS: ReadonlySet<string> = new Set()

export class LeaderAssignment {
  readonly #cluster: Cluster
  /** Undefined: this member is not the leader. */
  #counts: ReadonlyMap<string, number> | undefined
  #topics = NO_TOPICS

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Of all members, for the leader's metadata. */
  get topics(): ReadonlySet<string> {
    return this.#topics
  }

  /** Errors: the signal's reason, while topics of other members are not known. */
  async assign(
    assignor: ConsumerPartitionAssignor,
    members: readonly GroupMember[],
    signal: AbortSignal,
  ): Promise<GroupAssignment> {
    const { metadata } = this.#cluster
    this.#topics = new Set(members.flatMap(({ topics }) => topics))
    const isKnown = [...this.#topics].every((topic) => metadata.snapshot.topics.has(topic))
    if (!isKnown) await metadata.update(signal)
    const counts = this.#countsNow()
    const assignment = assignor.assign(counts, members)
    this.#counts = counts
    return assignment
  }

  /** A topic that has another number of partitions now. */
  changedTopic(): { readonly topic: string; readonly partitions: number } | undefined {
    if (this.#counts === undefined) return undefined
    for (const [topic, partitions] of this.#countsNow()) {
      if (this.#counts.get(topic) !== partitions) return { topic, partitions }
    }
    return undefined
  }

  /** Another generation: who leads it is not known yet. */
  endGeneration(): void {
    this.#counts = undefined
  }

  /** The membership has ended. */
  end(): void {
    this.#counts = undefined
    this.#topics = NO_TOPICS
  }

  #countsNow(): ReadonlyMap<string, number> {
    const { topics } = this.#cluster.snapshot
    return new Map([...this.#topics].map((topic) => [topic, topics.get(topic)?.partitions.length ?? 0]))
  }
}
