/**
 * The assignment that `sticky` and `cooperative-sticky` share: as balanced as subscriptions allow, and within that, members
 * keep what they have.
 *
 * 1. Each member keeps what it had; of two that claim a partition, the one of the later generation, of the same one neither.
 * 2. Partitions without a member go to the one with the fewest, those of topics with few subscribers first.
 * 3. As long as a partition can move to a member that has fewer by two or more, one does: from the fullest member.
 *
 * Each move makes the sum of squares of the members' shares smaller, so step 3 ends, and where it ends is what Java's
 * AbstractStickyAssignor calls balanced. Which of the members with equal shares gets what may differ from Java: the leader
 * alone decides.
 */
import assert from 'node:assert/strict'
import { type TopicPartition, TopicPartitionMap } from '../../../topic-partition.js'
import {
  compare,
  emptyAssignment,
  type GroupAssignment,
  type GroupMember,
  ownersOf,
  sortedMembers,
  subscribedTopics,
} from './assignor.js'

/** What a member had, and when. */
export interface PreviousOwnership {
  readonly partitions: readonly TopicPartition[]
  /** −1: not said. */
  readonly generationId: number
}

export function assignSticky(
  partitionsPerTopic: ReadonlyMap<string, number>,
  members: readonly GroupMember[],
  previousOf: (member: GroupMember) => PreviousOwnership,
): GroupAssignment {
  const topics = subscribedTopics(partitionsPerTopic, members)
  const sorted = sortedMembers(members)
  const subscribers = new Map(
    topics.map((topic) => [topic, sorted.filter((member) => member.topics.includes(topic)).map((m) => m.memberId)]),
  )
  const assignment = keepOwned(partitionsPerTopic, sorted, previousOf)
  assignRest(partitionsPerTopic, topics, subscribers, assignment)
  balance(subscribers, assignment)
  return assignment
}

/** Step 1. */
function keepOwned(
  partitionsPerTopic: ReadonlyMap<string, number>,
  members: readonly GroupMember[],
  previousOf: (member: GroupMember) => PreviousOwnership,
): GroupAssignment {
  const claims = new TopicPartitionMap<{ memberId: string | undefined; generationId: number }>()
  for (const member of members) {
    const { partitions, generationId } = previousOf(member)
    for (const partition of partitions) {
      if (partition.partition >= (partitionsPerTopic.get(partition.topic) ?? 0)) continue
      if (!member.topics.includes(partition.topic)) continue
      const claim = claims.get(partition)
      if (claim === undefined || claim.generationId < generationId) {
        claims.set(partition, { memberId: member.memberId, generationId })
      } else if (claim.generationId === generationId && claim.memberId !== member.memberId) {
        // Both cannot be right: it is given to whom the balance says.
        claims.set(partition, { memberId: undefined, generationId })
      }
    }
  }
  const assignment = emptyAssignment(members)
  for (const [partition, { memberId }] of claims) if (memberId !== undefined) assignment.get(memberId)?.push(partition)
  return assignment
}

/** Step 2. */
function assignRest(
  partitionsPerTopic: ReadonlyMap<string, number>,
  topics: readonly string[],
  subscribers: ReadonlyMap<string, readonly string[]>,
  assignment: GroupAssignment,
): void {
  const owners = ownersOf(assignment)
  const choices = (topic: string) => subscribers.get(topic)?.length ?? 0
  const byChoices = [...topics].sort((a, b) => choices(a) - choices(b) || compare(a, b))
  for (const topic of byChoices) {
    for (let partition = 0; partition < (partitionsPerTopic.get(topic) ?? 0); partition++) {
      if (owners.has({ topic, partition })) continue
      shareOf(assignment, emptiest(subscribers.get(topic) ?? [], assignment)).push({ topic, partition })
    }
  }
}

/** Step 3. */
function balance(subscribers: ReadonlyMap<string, readonly string[]>, assignment: GroupAssignment): void {
  for (let isMoved = true; isMoved; ) {
    const fullestFirst = [...assignment].sort(([, a], [, b]) => b.length - a.length)
    isMoved = fullestFirst.some(([, partitions]) => moveOne(partitions, subscribers, assignment))
  }
}

/** Moves one of the partitions to a member that has fewer by two or more, if there is one: to the emptiest of all. */
function moveOne(
  partitions: TopicPartition[],
  subscribers: ReadonlyMap<string, readonly string[]>,
  assignment: GroupAssignment,
): boolean {
  let best: { readonly index: number; readonly to: string; readonly size: number } | undefined
  const seenTopics = new Set<string>()
  // What came last goes first: it may be what has just been given.
  for (let index = partitions.length - 1; index >= 0; index--) {
    const { topic } = partitions[index] as TopicPartition
    if (seenTopics.has(topic)) continue
    seenTopics.add(topic)
    const to = emptiest(subscribers.get(topic) ?? [], assignment)
    const size = shareOf(assignment, to).length
    if (size + 1 < partitions.length && (best === undefined || size < best.size)) best = { index, to, size }
  }
  if (best === undefined) return false
  const [moved] = partitions.splice(best.index, 1)
  assert(moved !== undefined)
  shareOf(assignment, best.to).push(moved)
  return true
}

function emptiest(memberIds: readonly string[], assignment: GroupAssignment): string {
  let best: string | undefined
  for (const memberId of memberIds) {
    if (best === undefined || shareOf(assignment, memberId).length < shareOf(assignment, best).length) best = memberId
  }
  assert(best !== undefined, 'somebody subscribes to each topic')
  return best
}

function shareOf(assignment: GroupAssignment, memberId: string): TopicPartition[] {
  const share = assignment.get(memberId)
  assert(share !== undefined)
  return share
}
