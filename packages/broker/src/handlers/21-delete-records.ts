/** DeleteRecords: moves the log start of partitions up, at most to the high watermark (KIP-107). */
import { deleteRecords, ErrorCode, type ErrorName } from '@millrace/protocol'
import { isInternalTopic } from '../metadata/topic-names.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { lookUpLeader } from './partition-lookup.js'
import type { BrokerServices } from './services.js'

const toHighWatermark = -1

export function deleteRecordsHandler(services: BrokerServices): ApiHandler {
  return handlerFor(deleteRecords, ({ topics }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) =>
        deletePartition(services, name, partitionIndex, offset),
      ),
    })),
  }))
}

function deletePartition(services: BrokerServices, topic: string, partitionIndex: number, offset: number) {
  const failed = (error: ErrorName) => ({ partitionIndex, lowWatermark: -1, errorCode: ErrorCode[error] })
  if (isInternalTopic(topic)) return failed('INVALID_TOPIC_EXCEPTION')
  const found = lookUpLeader(services, topic, partitionIndex)
  if ('error' in found) return failed(found.error)
  const { partition } = found
  const { log } = partition
  if (!log.config.cleanupPolicy.includes('delete')) return failed('POLICY_VIOLATION')
  const target = offset === toHighWatermark ? log.highWatermark : offset
  if (target < 0 || target > log.highWatermark) return failed('OFFSET_OUT_OF_RANGE')
  partition.deleteRecordsBefore(target)
  return { partitionIndex, lowWatermark: log.logStartOffset, errorCode: ErrorCode.NONE }
}
