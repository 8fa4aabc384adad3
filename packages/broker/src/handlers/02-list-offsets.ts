/** ListOffsets: the offset of a point in time, or one of the special points (Kafka: Partition.fetchOffsetForTimestamp). */
import { LogError } from '@millrace/log'
import { ErrorCode, type ErrorName, listOffsets, type RequestOf, type ResponseInputOf } from '@millrace/protocol'
import { LoopShare } from '../loop-share.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { Partition } from '../replication/partition.js'
import { hasManyPartitions } from './many-partitions.js'
import { lookUpLeader } from './partition-lookup.js'
import type { BrokerServices } from './services.js'

type TopicRequest = RequestOf<typeof listOffsets>['topics'][number]
type PartitionRequest = TopicRequest['partitions'][number]
type PartitionResponse = ResponseInputOf<typeof listOffsets>['topics'][number]['partitions'][number]

const latest = -1
const earliest = -2
const maxTimestamp = -3
const earliestLocal = -4
const latestTiered = -5
const earliestPendingUpload = -6

const firstVersionWithEpoch = 4

/** The version that brought each special timestamp. An older request with it is refused. */
const sinceVersion: Readonly<Record<number, number>> = {
  [maxTimestamp]: 7,
  [earliestLocal]: 8,
  [latestTiered]: 9,
  [earliestPendingUpload]: 11,
}

export function listOffsetsHandler(services: BrokerServices): ApiHandler {
  return handlerFor(
    listOffsets,
    async (request, { apiVersion }) => {
      const isolation = { isCommittedOnly: request.isolationLevel === 1 }
      const occurrences = occurrencesOf(request.topics)
      const share = new LoopShare()
      const topics: { readonly name: string; readonly partitions: readonly Pending[] }[] = []
      for (const { name, partitions } of request.topics) {
        const pending: Pending[] = []
        for (const partition of partitions) {
          const isRepeated = (occurrences.get(name)?.get(partition.partitionIndex) ?? 0) > 1
          pending.push(
            isRepeated
              ? failed(partition, 'INVALID_REQUEST')
              : listPartition(services, name, partition, { apiVersion, ...isolation }),
          )
          if (share.isUsedUp) await share.next()
        }
        topics.push({ name, partitions: pending })
      }
      return { topics: await Promise.all(topics.map(settled)) }
    },
    { isLarge: hasManyPartitions },
  )
}

/** An answer, at once where nothing has to be read. */
type Pending = PartitionResponse | Promise<PartitionResponse>

async function settled({ name, partitions }: { readonly name: string; readonly partitions: readonly Pending[] }) {
  return { name, partitions: await Promise.all(partitions) }
}

/** How often each partition is asked for, by topic. */
function occurrencesOf(topics: readonly TopicRequest[]): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const occurrences = new Map<string, Map<number, number>>()
  for (const { name, partitions } of topics) {
    const counts = occurrences.get(name) ?? new Map<number, number>()
    occurrences.set(name, counts)
    for (const { partitionIndex } of partitions) counts.set(partitionIndex, (counts.get(partitionIndex) ?? 0) + 1)
  }
  return occurrences
}

interface ListingOptions {
  readonly apiVersion: number
  readonly isCommittedOnly: boolean
}

/** Never rejects. */
function listPartition(
  services: BrokerServices,
  topic: string,
  request: PartitionRequest,
  { apiVersion, isCommittedOnly }: ListingOptions,
): Pending {
  const { timestamp, partitionIndex, currentLeaderEpoch } = request
  const neededVersion = sinceVersion[timestamp] ?? 0
  if (timestamp < earliestPendingUpload || apiVersion < neededVersion) return failed(request, 'UNSUPPORTED_VERSION')
  const lookup = lookUpLeader(services, topic, partitionIndex, currentLeaderEpoch)
  if ('error' in lookup) return failed(request, lookup.error)
  const answer = ({ offset, timestamp: foundTimestamp, leaderEpoch }: FoundOffset): PartitionResponse => {
    const found = { partitionIndex, errorCode: ErrorCode.NONE, offset, timestamp: foundTimestamp }
    return apiVersion >= firstVersionWithEpoch ? { ...found, leaderEpoch } : found
  }
  const offset = offsetAt(lookup.partition, timestamp, isCommittedOnly)
  if (!(offset instanceof Promise)) return answer(offset)
  return offset.then(answer, (error: unknown) => {
    services.logger.error('Cannot look up an offset', { topic, partition: partitionIndex, error })
    return failed(request, error instanceof LogError ? error.code : 'KAFKA_STORAGE_ERROR')
  })
}

interface FoundOffset {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

const notFound: FoundOffset = { offset: -1, timestamp: -1, leaderEpoch: -1 }

/** A point in time is looked for in the log's files; the ends of the log are known. */
function offsetAt(
  partition: Partition,
  timestamp: number,
  isCommittedOnly: boolean,
): FoundOffset | Promise<FoundOffset> {
  const { log } = partition
  const upToOffset = isCommittedOnly ? log.lastStableOffset : log.highWatermark
  switch (timestamp) {
    case latest:
      return { offset: upToOffset, timestamp: -1, leaderEpoch: partition.leaderEpoch }
    case earliest:
    case earliestLocal:
      return log.earliestOffset()
    case latestTiered:
    case earliestPendingUpload:
      // Nothing is ever in remote storage.
      return notFound
    case maxTimestamp:
      return log.offsetForMaxTimestamp({ upToOffset }).then(orNotFound)
    default:
      return log.offsetForTimestamp(timestamp, { upToOffset }).then(orNotFound)
  }
}

function orNotFound(found: FoundOffset | undefined): FoundOffset {
  return found ?? notFound
}

function failed({ partitionIndex }: PartitionRequest, error: ErrorName): PartitionResponse {
  return { partitionIndex, errorCode: ErrorCode[error], timestamp: -1, offset: -1 }
}
