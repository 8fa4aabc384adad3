import type { TopicPartition } from '../../../topic-partition.js'
import {
  type ConsumerPartitionAssignor,
  emptyAssignment,
  type GroupAssignment,
  type GroupMember,
  sortedMembers,
  subscribedTopics,
} from './assignor.js'

/**
 * `range`: of each topic, every member gets consecutive partitions, the first ones one more where it does not come out even.
 * Equal partitions of several topics thus meet in one member. Java's RangeAssignor, without its racks.
 */
export const rangeAssignor: ConsumerPartitionAssignor = {
  name: 'range',
  assign(partitionsPerTopic: ReadonlyMap<string, number>, members: readonly GroupMember[]): GroupAssignment {
    const assignment = emptyAssignment(members)
    const sorted = sortedMembers(members)
    for (const topic of subscribedTopics(partitionsPerTopic, members)) {
      const subscribers = sorted.filter(({ topics }) => topics.includes(topic))
      const count = partitionsPerTopic.get(topic) ?? 0
      const each = Math.floor(count / subscribers.length)
      const withOneMore = count % subscribers.length
      let next = 0
      for (const [index, { memberId }] of subscribers.entries()) {
        const size = each + Number(index < withOneMore)
        assignment.get(memberId)?.push(...range(topic, next, size))
        next += size
      }
    }
    return assignment
  },
}

function range(topic: string, first: number, size: number): TopicPartition[] {
  return Array.from({ length: size }, (_, index) => ({ topic, partition: first + index }))
}
