/** DescribeLogDirs: the log directories with the partitions in them and the space they take (KIP-113, KIP-827). */
import type { LogDirectoryDescription, PartitionLog } from '@millrace/log'
import { describeLogDirs, ErrorCode, type RequestOf, type ResponseInputOf } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { BrokerServices } from './services.js'

type Asked = RequestOf<typeof describeLogDirs>['topics']
type Result = ResponseInputOf<typeof describeLogDirs>['results'][number]

export function describeLogDirsHandler({ logs }: BrokerServices): ApiHandler {
  return handlerFor(describeLogDirs, async ({ topics }) => {
    const directories = await logs.describeDirectories()
    return { errorCode: ErrorCode.NONE, results: directories.map((directory) => describe(directory, topics)) }
  })
}

function describe({ path, error, totalBytes, freeBytes, logs }: LogDirectoryDescription, asked: Asked): Result {
  if (error !== undefined) return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir: path, topics: [] }
  const byTopic = new Map<string, PartitionLog[]>()
  for (const log of logs) {
    if (isAsked(asked, log)) byTopic.set(log.topic, [...(byTopic.get(log.topic) ?? []), log])
  }
  return {
    errorCode: ErrorCode.NONE,
    logDir: path,
    topics: Array.from(byTopic, ([name, partitions]) => ({ name, partitions: partitions.map(describeLog) })),
    totalBytes,
    usableBytes: freeBytes,
  }
}

/** Null asks for everything. */
function isAsked(asked: Asked, { topic, partition }: PartitionLog): boolean {
  if (asked === null) return true
  return asked.some((entry) => entry.topic === topic && entry.partitions.includes(partition))
}

function describeLog(log: PartitionLog) {
  return {
    partitionIndex: log.partition,
    partitionSize: log.size,
    offsetLag: Math.max(0, log.highWatermark - log.logEndOffset),
    isFutureKey: false,
  }
}
