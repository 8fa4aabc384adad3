/** ListOffsets: the offset of a point in time, or one of the special points (Kafka: Partition.fetchOffsetForTimestamp). */
import { LogError } from '@millrace/log'
import { ErrorCode, type ErrorName, listOffsets, type RequestOf, type ResponseInputOf } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { Partition } from '../replication/partition.js'
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
  return handlerFor(listOffsets, async (request, { apiVersion }) => {
    const isCommittedOnly = request.isolationLevel === 1
    const duplicates = duplicatesOf(request.topics)
    const topics = await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map((partition) =>
            duplicates.has(`${name}-${partition.partitionIndex}`)
              ? failed(partition, 'INVALID_REQUEST')
              : listPartition(services, name, partition, apiVersion, isCommittedOnly),
          ),
        ),
      })),
    )
    return { topics }
  })
}

function duplicatesOf(topics: readonly TopicRequest[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}-${partitionIndex}`
      if (seen.has(key)) duplicates.add(key)
      seen.add(key)
    }
  }
  return duplicates
}

async function listPartition(
  services: BrokerServices,
  topic: string,
  request: PartitionRequest,
  apiVersion: number,
  isCommittedOnly: boolean,
): Promise<PartitionResponse> {
  const { timestamp, partitionIndex, currentLeaderEpoch } = request
  const neededVersion = sinceVersion[timestamp] ?? 0
  if (timestamp < earliestPendingUpload || apiVersion < neededVersion) return failed(request, 'UNSUPPORTED_VERSION')
  const found = lookUpLeader(services, topic, partitionIndex, currentLeaderEpoch)
  if ('error' in found) return failed(request, found.error)
  try {
    const { leaderEpoch, ...offset } = await offsetAt(found.partition, timestamp, isCommittedOnly)
    const epoch = apiVersion >= firstVersionWithEpoch ? { leaderEpoch } : {}
    return { partitionIndex, errorCode: ErrorCode.NONE, ...offset, ...epoch }
  } catch (error) {
    services.logger.error('Cannot look up an offset', { topic, partition: partitionIndex, error })
    return failed(request, error instanceof LogError ? error.code : 'KAFKA_STORAGE_ERROR')
  }
}

interface FoundOffset {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

const notFound: FoundOffset = { offset: -1, timestamp: -1, leaderEpoch: -1 }

async function offsetAt(partition: Partition, timestamp: number, isCommittedOnly: boolean): Promise<FoundOffset> {
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
      return (await log.offsetForMaxTimestamp({ upToOffset })) ?? notFound
    default:
      return (await log.offsetForTimestamp(timestamp, { upToOffset })) ?? notFound
  }
}

function failed({ partitionIndex }: PartitionRequest, error: ErrorName): PartitionResponse {
  return { partitionIndex, errorCode: ErrorCode[error], timestamp: -1, offset: -1 }
}
