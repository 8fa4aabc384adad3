/** How the leader of a group shares partitions among its members. Java's `ConsumerPartitionAssignor`. Pure. */
import { type TopicPartition, TopicPartitionMap } from '../../../topic-partition.js'

/** `eager`: all partitions are given up before each rebalance; `cooperative`: only those that move (KIP-429). */
export type RebalanceProtocol = 'eager' | 'cooperative'

/** A member as it told the group of itself. */
export interface GroupMember {
  readonly memberId: string
  /** Of a static member. */
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
  /** What the assignor of that member said. */
  readonly userData: Buffer | null
  /** With `cooperative`: what it had when it joined. */
  readonly ownedPartitions: readonly TopicPartition[]
  /** When it owned them; −1: it does not say. */
  readonly generationId: number
  readonly rackId: string | null
}

/** Partitions by member id. */
export type GroupAssignment = Map<string, TopicPartition[]>

export interface ConsumerPartitionAssignor {
  /** What all members of a group must have in common. */
  readonly name: string
  /** Default `eager` alone. */
  readonly protocols?: readonly RebalanceProtocol[]
  /** Goes along with the member's subscription. Default nothing. */
  subscriptionUserData?(): Buffer | null
  /** Each partition of the topics, of which the map tells how many they have, to one member that subscribes to it. */
  assign(partitionsPerTopic: ReadonlyMap<string, number>, members: readonly GroupMember[]): GroupAssignment
  /** What this member got. */
  onAssignment?(partitions: readonly TopicPartition[], generationId: number): void
}

/** Static members first, by their instance id; then the others by their member id. Java's `MemberInfo`. */
export function sortedMembers(members: readonly GroupMember[]): GroupMember[] {
  return [...members].sort((a, b) => {
    if (a.groupInstanceId !== null && b.groupInstanceId !== null) return compare(a.groupInstanceId, b.groupInstanceId)
    if (a.groupInstanceId !== null) return -1
    if (b.groupInstanceId !== null) return 1
    return compare(a.memberId, b.memberId)
  })
}

/** As Java compares strings: by UTF-16 units. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

export function emptyAssignment(members: readonly GroupMember[]): GroupAssignment {
  return new Map(members.map(({ memberId }) => [memberId, []]))
}

/** Topics that somebody subscribes to and that have partitions, sorted. */
export function subscribedTopics(
  partitionsPerTopic: ReadonlyMap<string, number>,
  members: readonly GroupMember[],
): string[] {
  const topics = new Set(members.flatMap((member) => member.topics))
  return [...topics].filter((topic) => (partitionsPerTopic.get(topic) ?? 0) > 0).sort(compare)
}

/** Who has each partition. */
export function ownersOf(assignment: ReadonlyMap<string, readonly TopicPartition[]>): TopicPartitionMap<string> {
  const owners = new TopicPartitionMap<string>()
  for (const [memberId, partitions] of assignment) for (const partition of partitions) owners.set(partition, memberId)
  return owners
}

/** As the wire groups them. */
export function partitionsByTopic(
  partitions: Iterable<TopicPartition>,
): { readonly topic: string; readonly partitions: number[] }[] {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const known = byTopic.get(topic)
    if (known === undefined) byTopic.set(topic, [partition])
    else known.push(partition)
  }
  return [...byTopic].map(([topic, ofTopic]) => ({ topic, partitions: ofTopic }))
}
