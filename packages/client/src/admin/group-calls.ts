/**
 * The part of the admin client's facade that is about groups: of consumers, share groups, groups of Kafka Streams. Nothing is
 * decided here.
 */
import type { CallOptions } from '../ports.js'
import type { OffsetAndMetadata, TopicPartition } from '../topic-partition.js'
import type { AdminResult } from './admin-result.js'
import type { AdminDriver } from './driver.js'
import * as members from './group-members.js'
import * as offsets from './group-offsets.js'
import * as groups from './groups.js'
import * as listed from './list-groups.js'
import * as shares from './share-groups.js'
import * as streams from './streams-groups.js'

export abstract class GroupCalls {
  readonly #driver: AdminDriver

  /** @internal */
  constructor(driver: AdminDriver) {
    this.#driver = driver
  }

  /** Groups of all kinds (KIP-1043). Rejects with KafkaAggregateError, by broker id, if a broker could not tell. */
  async listGroups(options: listed.ListGroupsOptions = {}): Promise<readonly listed.GroupListing[]> {
    return await listed.listGroups(this.#driver, 'listGroups', options)
  }

  /** Groups of consumers, of both protocols, and groups that only have offsets. Errors: as listGroups. */
  async listConsumerGroups(options: listed.ListConsumerGroupsOptions = {}): Promise<readonly listed.GroupListing[]> {
    return await listed.listGroups(this.#driver, 'listConsumerGroups', {
      ...options,
      protocolTypes: ['consumer', ''],
    })
  }

  /**
   * State, members and their assignments, of groups of both protocols. A group that is not there: `GROUP_ID_NOT_FOUND`, or the state
   * `Dead` before Kafka 4.0. A group of no consumers: `INVALID_ARGUMENT`.
   */
  describeConsumerGroups(
    groupIds: readonly string[],
    options: groups.DescribeGroupsOptions = {},
  ): AdminResult<string, groups.ConsumerGroupDescription> {
    return groups.describeConsumerGroups(this.#driver, groupIds, options)
  }

  /** The same for groups of the classic protocol, whatever their members do: Connect's workers too. */
  describeClassicGroups(
    groupIds: readonly string[],
    options: groups.DescribeGroupsOptions = {},
  ): AdminResult<string, groups.ClassicGroupDescription> {
    return groups.describeClassicGroups(this.#driver, groupIds, options)
  }

  /** Deletes groups without members, and their offsets. Errors of a group: `NON_EMPTY_GROUP`, `GROUP_ID_NOT_FOUND`. */
  deleteConsumerGroups(groupIds: readonly string[], options: CallOptions = {}): AdminResult<string, void> {
    return groups.deleteGroups(this.#driver, 'deleteConsumerGroups', groupIds, options)
  }

  /** Takes members out of a group, by instance id or member id; all, if none are named. Errors of a member: `UNKNOWN_MEMBER_ID`. */
  removeMembersFromConsumerGroup(
    groupId: string,
    options: members.RemoveMembersOptions = {},
  ): AdminResult<string, void> {
    return members.removeMembersFromConsumerGroup(this.#driver, groupId, options)
  }

  /** Committed offsets of groups. A partition without one is not in its group's map. */
  listConsumerGroupOffsets(
    groups: readonly (string | offsets.GroupOffsetsSpec)[],
    options: offsets.ListGroupOffsetsOptions = {},
  ): AdminResult<string, offsets.GroupOffsets> {
    return offsets.listGroupOffsets(this.#driver, 'listConsumerGroupOffsets', groups, options)
  }

  /**
   * Commits offsets for a group without active members. Errors of a partition: `UNKNOWN_MEMBER_ID` (the group has members),
   * `UNKNOWN_TOPIC_OR_PARTITION`, `OFFSET_METADATA_TOO_LARGE`.
   */
  alterConsumerGroupOffsets(
    groupId: string,
    newOffsets: Iterable<readonly [TopicPartition, OffsetAndMetadata]>,
    options: CallOptions = {},
  ): AdminResult<TopicPartition, void> {
    return offsets.alterGroupOffsets(this.#driver, 'alterConsumerGroupOffsets', groupId, newOffsets, options)
  }

  /** Forgets a group's offsets (KIP-496; Kafka 2.4). Errors of a partition: `GROUP_SUBSCRIBED_TO_TOPIC`, `GROUP_ID_NOT_FOUND`. */
  deleteConsumerGroupOffsets(
    groupId: string,
    partitions: Iterable<TopicPartition>,
    options: CallOptions = {},
  ): AdminResult<TopicPartition, void> {
    return offsets.deleteGroupOffsets(this.#driver, 'deleteConsumerGroupOffsets', groupId, partitions, options)
  }

  /** State and members of share groups (KIP-932; Kafka 4.1). Errors of a group: `GROUP_ID_NOT_FOUND`. */
  describeShareGroups(
    groupIds: readonly string[],
    options: groups.DescribeGroupsOptions = {},
  ): AdminResult<string, shares.ShareGroupDescription> {
    return shares.describeShareGroups(this.#driver, groupIds, options)
  }

  /** Where share groups start reading (Kafka 4.1). */
  listShareGroupOffsets(
    groups: readonly (string | offsets.GroupOffsetsSpec)[],
    options: CallOptions = {},
  ): AdminResult<string, offsets.GroupOffsets> {
    return shares.listShareGroupOffsets(this.#driver, groups, options)
  }

  /** Lets an empty share group start elsewhere (Kafka 4.1). Errors of a partition: `NON_EMPTY_GROUP`, `UNKNOWN_TOPIC_OR_PARTITION`. */
  alterShareGroupOffsets(
    groupId: string,
    newOffsets: Iterable<readonly [TopicPartition, number]>,
    options: CallOptions = {},
  ): AdminResult<TopicPartition, void> {
    return shares.alterShareGroupOffsets(this.#driver, groupId, newOffsets, options)
  }

  /** Forgets where an empty share group is in topics (Kafka 4.1). Errors of a topic: `NON_EMPTY_GROUP`, `UNKNOWN_TOPIC_OR_PARTITION`. */
  deleteShareGroupOffsets(
    groupId: string,
    names: readonly string[],
    options: CallOptions = {},
  ): AdminResult<string, void> {
    return shares.deleteShareGroupOffsets(this.#driver, groupId, names, options)
  }

  /** Deletes share groups without members (Kafka 4.1). Errors of a group: `NON_EMPTY_GROUP`, `GROUP_ID_NOT_FOUND`. */
  deleteShareGroups(groupIds: readonly string[], options: CallOptions = {}): AdminResult<string, void> {
    return groups.deleteGroups(this.#driver, 'deleteShareGroups', groupIds, options)
  }

  /** State, topology and members of groups of Kafka Streams (KIP-1071; Kafka 4.1). Errors of a group: `GROUP_ID_NOT_FOUND`. */
  describeStreamsGroups(
    groupIds: readonly string[],
    options: groups.DescribeGroupsOptions = {},
  ): AdminResult<string, streams.StreamsGroupDescription> {
    return streams.describeStreamsGroups(this.#driver, groupIds, options)
  }

  /** Committed offsets of groups of Kafka Streams. A partition without one is not in its group's map. */
  listStreamsGroupOffsets(
    groups: readonly (string | offsets.GroupOffsetsSpec)[],
    options: offsets.ListGroupOffsetsOptions = {},
  ): AdminResult<string, offsets.GroupOffsets> {
    return offsets.listGroupOffsets(this.#driver, 'listStreamsGroupOffsets', groups, options)
  }

  /** Commits offsets for a group of Kafka Streams without members. Errors of a partition: as alterConsumerGroupOffsets. */
  alterStreamsGroupOffsets(
    groupId: string,
    newOffsets: Iterable<readonly [TopicPartition, OffsetAndMetadata]>,
    options: CallOptions = {},
  ): AdminResult<TopicPartition, void> {
    return offsets.alterGroupOffsets(this.#driver, 'alterStreamsGroupOffsets', groupId, newOffsets, options)
  }

  /** Forgets offsets of a group of Kafka Streams. Errors of a partition: as deleteConsumerGroupOffsets. */
  deleteStreamsGroupOffsets(
    groupId: string,
    partitions: Iterable<TopicPartition>,
    options: CallOptions = {},
  ): AdminResult<TopicPartition, void> {
    return offsets.deleteGroupOffsets(this.#driver, 'deleteStreamsGroupOffsets', groupId, partitions, options)
  }

  /** Deletes groups of Kafka Streams without members, and their offsets. Errors of a group: `NON_EMPTY_GROUP`, `GROUP_ID_NOT_FOUND`. */
  deleteStreamsGroups(groupIds: readonly string[], options: CallOptions = {}): AdminResult<string, void> {
    return groups.deleteGroups(this.#driver, 'deleteStreamsGroups', groupIds, options)
  }
}
