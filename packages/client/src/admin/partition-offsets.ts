/** Partitions as their leaders have them: offsets, the deletion of records, producers. */
import { apis, type ResponseOf } from '@millrace/protocol'
import type { CallOptions } from '../ports.js'
import { type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import type { AdminResult } from './admin-result.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import { leader } from './locators.js'
import { byTopic } from './partition-lists.js'
import { outcome, unsupported } from './refusals.js'

/**
 * Which offset: an end of the log, or the first record that is not older than a time (a Date, or milliseconds since 1970).
 * `max-timestamp` (from Kafka 3.0 on): the record with the largest timestamp. `earliest-local` (3.6), `latest-tiered` (3.9)
 * and `earliest-pending-upload` (4.2): with tiered storage. A broker that does not know one: UNSUPPORTED_VERSION.
 */
export type OffsetSpec =
  | 'earliest'
  | 'latest'
  | 'max-timestamp'
  | 'earliest-local'
  | 'latest-tiered'
  | 'earliest-pending-upload'
  | number
  | Date

/** The timestamp that stands for it, and the first version that knows it. */
const SPECIAL_OFFSETS = {
  latest: [-1, 1],
  earliest: [-2, 1],
  'max-timestamp': [-3, 7],
  'earliest-local': [-4, 8],
  'latest-tiered': [-5, 9],
  'earliest-pending-upload': [-6, 11],
} as const

export interface ListOffsetsOptions extends CallOptions {
  /** With read_committed, `latest` is the last stable offset. Default read_uncommitted. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed'
}

export interface ListOffsetsResultInfo {
  /** −1: no record is that young. */
  readonly offset: number
  /** Of the record, milliseconds since 1970; −1 for `earliest` and `latest`. */
  readonly timestamp: number
  /** Undefined: not known. */
  readonly leaderEpoch: number | undefined
}

export function listOffsets(
  driver: AdminDriver,
  specs: Iterable<readonly [TopicPartition, OffsetSpec]>,
  options: ListOffsetsOptions,
): AdminResult<TopicPartition, ListOffsetsResultInfo> {
  const isolationLevel = options.isolationLevel === 'read_committed' ? 1 : 0
  return driver.each('listOffsets', options, () => {
    const wanted = new TopicPartitionMap(specs)
    const query = (key: TopicPartition) => queryOf(wanted.get(key) ?? 'latest')
    return {
      keys: wanted.keys(),
      emptyMap: <V>() => new TopicPartitionMap<V>(),
      locator: leader<TopicPartition>(),
      passes: ({ retriable }) => retriable,
      ask: async (call: Call, target: Answerer, keys: readonly TopicPartition[]) => {
        const refused: [TopicPartition, Answer<ListOffsetsResultInfo>][] = []
        const { topics } = await call.ask(target, apis.ListOffsets, (version) => {
          for (const key of keys) {
            if (query(key).sinceVersion <= version) continue
            refused.push([key, { error: unsupported(`this broker does not know the offset ${wanted.get(key)}`) }])
          }
          const sayable = keys.filter((key) => query(key).sinceVersion <= version)
          return {
            replicaId: -1,
            isolationLevel,
            topics: byTopic(sayable, (name, _partitions, those) => ({
              name,
              partitions: those.map((key) => ({
                partitionIndex: key.partition,
                timestamp: query(key).timestamp,
              })),
            })),
            timeoutMs: call.timeoutMs,
          }
        })
        return [...topics.flatMap(offsetsOf), ...refused]
      },
    }
  })
}

function queryOf(spec: OffsetSpec): { readonly timestamp: number; readonly sinceVersion: number } {
  if (typeof spec === 'string') {
    const [timestamp, sinceVersion] = SPECIAL_OFFSETS[spec]
    return { timestamp, sinceVersion }
  }
  return { timestamp: Number(spec), sinceVersion: 1 }
}

function offsetsOf({
  name,
  partitions,
}: ResponseOf<typeof apis.ListOffsets>['topics'][number]): (readonly [
  TopicPartition,
  Answer<ListOffsetsResultInfo>,
])[] {
  return partitions.map((one) => [
    { topic: name, partition: one.partitionIndex },
    outcome(one, () => ({
      offset: one.offset,
      timestamp: one.timestamp,
      leaderEpoch: one.leaderEpoch < 0 ? undefined : one.leaderEpoch,
    })),
  ])
}

/** Which records are deleted. */
export interface RecordsToDelete {
  /** The first one that stays; −1: all up to the high watermark are deleted. */
  readonly beforeOffset: number
}

export interface DeletedRecords {
  /** The first offset that is there on all replicas now. */
  readonly lowWatermark: number
}

export function deleteRecords(
  driver: AdminDriver,
  recordsToDelete: Iterable<readonly [TopicPartition, RecordsToDelete]>,
  options: CallOptions,
): AdminResult<TopicPartition, DeletedRecords> {
  return driver.each('deleteRecords', options, () => {
    const wanted = new TopicPartitionMap(recordsToDelete)
    return {
      keys: wanted.keys(),
      emptyMap: <V>() => new TopicPartitionMap<V>(),
      locator: leader<TopicPartition>(),
      passes: ({ retriable }) => retriable,
      ask: async (call: Call, target: Answerer, keys: readonly TopicPartition[]) => {
        const { topics } = await call.ask(target, apis.DeleteRecords, {
          topics: byTopic(keys, (name, _partitions, those) => ({
            name,
            partitions: those.map((key) => ({
              partitionIndex: key.partition,
              offset: wanted.get(key)?.beforeOffset ?? 0,
            })),
          })),
          timeoutMs: call.timeoutMs,
        })
        return topics.flatMap(({ name, partitions }) =>
          partitions.map(
            (one) =>
              [
                { topic: name, partition: one.partitionIndex },
                outcome(one, () => ({ lowWatermark: one.lowWatermark })),
              ] as const,
          ),
        )
      },
    }
  })
}
