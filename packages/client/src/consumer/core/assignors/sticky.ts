import {
  cooperativeStickyAssignorUserData,
  encodeStruct,
  readCooperativeStickyAssignorUserData,
  readStickyAssignorUserData,
  stickyAssignorUserData,
} from '@millrace/protocol'
import type { TopicPartition } from '../../../topic-partition.js'
import { type ConsumerPartitionAssignor, type GroupMember, ownersOf, partitionsByTopic } from './assignor.js'
import { assignSticky, type PreviousOwnership } from './sticky-assignment.js'

/**
 * `sticky`: balanced, and members keep what they have; all give up their partitions first. What a member had is in its user
 * data, as Java writes it (KIP-54, KIP-341). One instance a consumer, because it remembers.
 */
export function stickyAssignor(): ConsumerPartitionAssignor {
  let previous: { readonly partitions: readonly TopicPartition[]; readonly generationId: number } | undefined
  return {
    name: 'sticky',
    protocols: ['eager'],
    subscriptionUserData() {
      if (previous === undefined) return null
      return encodeStruct(stickyAssignorUserData, 1, {
        previousAssignment: partitionsByTopic(previous.partitions),
        generation: previous.generationId,
      })
    },
    assign: (partitionsPerTopic, members) => assignSticky(partitionsPerTopic, members, previousOfSticky),
    onAssignment(partitions, generationId) {
      previous = { partitions, generationId }
    },
  }
}

/**
 * `cooperative-sticky`: the same, but members go on with what does not move (KIP-429). What moves is first given up by its
 * owner, and assigned in the rebalance that follows. One instance a consumer.
 */
export function cooperativeStickyAssignor(): ConsumerPartitionAssignor {
  let generation = -1
  return {
    name: 'cooperative-sticky',
    protocols: ['cooperative', 'eager'],
    subscriptionUserData: () => encodeStruct(cooperativeStickyAssignorUserData, 0, { generation }),
    assign(partitionsPerTopic, members) {
      const assignment = assignSticky(partitionsPerTopic, members, previousOfCooperative)
      const claimed = new Map(members.map((member) => [member.memberId, member.ownedPartitions]))
      const owners = ownersOf(claimed)
      for (const [memberId, partitions] of assignment) {
        const ready = partitions.filter((partition) => {
          const owner = owners.get(partition)
          return owner === undefined || owner === memberId || claims(claimed.get(memberId), partition)
        })
        assignment.set(memberId, ready)
      }
      return assignment
    },
    onAssignment(_partitions, generationId) {
      generation = generationId
    },
  }
}

function claims(owned: readonly TopicPartition[] | undefined, { topic, partition }: TopicPartition): boolean {
  return owned?.some((one) => one.topic === topic && one.partition === partition) === true
}

function previousOfSticky({ userData }: GroupMember): PreviousOwnership {
  const { previousAssignment, generation } = readStickyAssignorUserData(userData)
  const partitions = previousAssignment.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
  return { partitions, generationId: generation }
}

function previousOfCooperative({ userData, ownedPartitions, generationId }: GroupMember): PreviousOwnership {
  const generation = generationId >= 0 ? generationId : readCooperativeStickyAssignorUserData(userData).generation
  return { partitions: ownedPartitions, generationId: generation }
}
