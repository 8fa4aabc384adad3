/** Log directories of brokers: describe, and move replicas between them (KIP-113). */
import { apis, type ResponseOf } from '@millrace/protocol'
import { errorOf, KafkaError } from '../errors.js'
import type { CallOptions } from '../ports.js'
import { type TopicPartition, TopicPartitionMap } from '../topic-partition.js'
import type { AdminResult } from './admin-result.js'
import type { AdminDriver, Answer, Answerer, Call } from './driver.js'
import { named } from './locators.js'
import { byTopic } from './partition-lists.js'
import { nothing, outcome } from './refusals.js'

/** A replica: a partition on a broker. */
export interface TopicPartitionReplica extends TopicPartition {
  readonly brokerId: number
}

export interface ReplicaInfo {
  /** Bytes of all its segments. */
  readonly size: number
  /** How far its end is behind the high watermark or, of a future one, behind the present one. */
  readonly offsetLag: number
  /** Whether it is being moved here. */
  readonly isFuture: boolean
}

export interface LogDirDescription {
  /** Why the directory is of no use, such as KAFKA_STORAGE_ERROR; undefined if it is fine. */
  readonly error: KafkaError | undefined
  readonly replicaInfos: ReadonlyMap<TopicPartition, ReplicaInfo>
  /** Bytes of the volume; undefined before Kafka 3.3. */
  readonly totalBytes: number | undefined
  readonly usableBytes: number | undefined
  /** Whether it takes no new partitions (KIP-1066). */
  readonly isCordoned: boolean
}

/** By their absolute paths. */
export type LogDirs = ReadonlyMap<string, LogDirDescription>

export function describeLogDirs(
  driver: AdminDriver,
  brokers: readonly number[],
  options: CallOptions,
): AdminResult<number, LogDirs> {
  return driver.each('describeLogDirs', options, () => ({
    keys: brokers,
    locator: named((brokerId: number) => brokerId),
    ask: async (call: Call, target: Answerer, brokerIds: readonly number[]) => {
      const answer = logDirsOf(await call.ask(target, apis.DescribeLogDirs, { topics: null }))
      return brokerIds.map((brokerId) => [brokerId, answer] as const)
    },
  }))
}

function logDirsOf(response: ResponseOf<typeof apis.DescribeLogDirs>): Answer<LogDirs> {
  // Brokers before version 3 answer with no directory at all to those who may not ask.
  if (response.errorCode === 0 && response.results.length === 0) {
    return { error: new KafkaError('CLUSTER_AUTHORIZATION_FAILED') }
  }
  return outcome(response, () => {
    const dirs = new Map<string, LogDirDescription>()
    for (const { logDir, errorCode, topics, totalBytes, usableBytes, isCordoned } of response.results) {
      const replicaInfos = new TopicPartitionMap<ReplicaInfo>()
      for (const { name, partitions } of topics) {
        for (const { partitionIndex, partitionSize, offsetLag, isFutureKey } of partitions) {
          const info = { size: partitionSize, offsetLag, isFuture: isFutureKey }
          replicaInfos.set({ topic: name, partition: partitionIndex }, info)
        }
      }
      dirs.set(logDir, {
        error: errorOf(errorCode),
        replicaInfos,
        totalBytes: totalBytes < 0 ? undefined : totalBytes,
        usableBytes: usableBytes < 0 ? undefined : usableBytes,
        isCordoned,
      })
    }
    return dirs
  })
}

export interface ReplicaLogDirInfo {
  /** Undefined: the broker has no such replica. */
  readonly currentReplicaLogDir: string | undefined
  readonly currentReplicaOffsetLag: number
  /** Where it is being moved to; undefined: nowhere. */
  readonly futureReplicaLogDir: string | undefined
  readonly futureReplicaOffsetLag: number
}

/** Keys are the replicas as given. */
export function describeReplicaLogDirs(
  driver: AdminDriver,
  replicas: readonly TopicPartitionReplica[],
  options: CallOptions,
): AdminResult<TopicPartitionReplica, ReplicaLogDirInfo> {
  return driver.each('describeReplicaLogDirs', options, () => ({
    keys: replicas,
    locator: named(({ brokerId }: TopicPartitionReplica) => brokerId),
    ask: async (call: Call, target: Answerer, those: readonly TopicPartitionReplica[]) => {
      const body = { topics: byTopic(those, (topic, partitions) => ({ topic, partitions })) }
      const answer = logDirsOf(await call.ask(target, apis.DescribeLogDirs, body))
      return those.map((replica) => [replica, 'error' in answer ? answer : whereIs(replica, answer.value)] as const)
    },
  }))
}

function whereIs(replica: TopicPartitionReplica, dirs: LogDirs): Answer<ReplicaLogDirInfo> {
  let info: ReplicaLogDirInfo = {
    currentReplicaLogDir: undefined,
    currentReplicaOffsetLag: -1,
    futureReplicaLogDir: undefined,
    futureReplicaOffsetLag: -1,
  }
  for (const [path, { replicaInfos, error }] of dirs) {
    const found = replicaInfos.get(replica)
    if (found === undefined) continue
    if (error !== undefined) return { error }
    info = found.isFuture
      ? { ...info, futureReplicaLogDir: path, futureReplicaOffsetLag: found.offsetLag }
      : { ...info, currentReplicaLogDir: path, currentReplicaOffsetLag: found.offsetLag }
  }
  return { value: info }
}

/** Keys are the replicas as given. */
export function alterReplicaLogDirs(
  driver: AdminDriver,
  assignments: Iterable<readonly [TopicPartitionReplica, string]>,
  options: CallOptions,
): AdminResult<TopicPartitionReplica, void> {
  return driver.each('alterReplicaLogDirs', options, () => {
    const pathOf = new Map(assignments)
    return {
      keys: pathOf.keys(),
      locator: named(({ brokerId }: TopicPartitionReplica) => brokerId),
      ask: async (call: Call, target: Answerer, those: readonly TopicPartitionReplica[]) => {
        const paths = [...new Set(those.map((replica) => pathOf.get(replica) ?? ''))]
        const { results } = await call.ask(target, apis.AlterReplicaLogDirs, {
          dirs: paths.map((path) => ({
            path,
            topics: byTopic(
              those.filter((replica) => pathOf.get(replica) === path),
              (name, partitions) => ({ name, partitions }),
            ),
          })),
        })
        const answers = new TopicPartitionMap<Answer<void>>()
        for (const { topicName, partitions } of results) {
          for (const one of partitions) {
            answers.set({ topic: topicName, partition: one.partitionIndex }, outcome(one, nothing))
          }
        }
        return those.flatMap((replica) => {
          const answer = answers.get(replica)
          return answer === undefined ? [] : [[replica, answer] as const]
        })
      },
    }
  })
}
