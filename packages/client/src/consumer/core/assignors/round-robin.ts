import {
  type ConsumerPartitionAssignor,
  emptyAssignment,
  type GroupAssignment,
  type GroupMember,
  sortedMembers,
  subscribedTopics,
} from './assignor.js'

/** `roundrobin`: all partitions in turn to the members that subscribe to them. Java's RoundRobinAssignor. */
export const roundRobinAssignor: ConsumerPartitionAssignor = {
  name: 'roundrobin',
  assign(partitionsPerTopic: ReadonlyMap<string, number>, members: readonly GroupMember[]): GroupAssignment {
    const assignment = emptyAssignment(members)
    const sorted = sortedMembers(members)
    let turn = 0
    for (const topic of subscribedTopics(partitionsPerTopic, members)) {
      for (let partition = 0; partition < (partitionsPerTopic.get(topic) ?? 0); partition++) {
        while (sorted[turn % sorted.length]?.topics.includes(topic) === false) turn++
        const member = sorted[turn % sorted.length] as GroupMember
        assignment.get(member.memberId)?.push({ topic, partition })
        turn++
      }
    }
    return assignment
  },
}
