/** Fetch: reads record batches, with incremental sessions (KIP-227) and topic ids (KIP-516). */
import { ErrorCode, type ErrorName, fetch, type RequestOf, type ResponseInputOf, ZERO_UUID } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { monotonicMs } from '../ports.js'
import type { FetchContext, FetchPartition, FetchSessionRequest } from '../replication/core/fetch-session.js'
import { type FetchParams, type FetchResult, type FetchTarget, fetchRecords } from '../replication/fetch.js'
import { lookUpPartition } from './partition-lookup.js'
import type { BrokerServices } from './services.js'

type Request = RequestOf<typeof fetch>
type Response = ResponseInputOf<typeof fetch>
type TopicResponse = Response['responses'][number]
type PartitionResponse = TopicResponse['partitions'][number]

const firstVersionWithStorageError = 6
const firstVersionWithZstd = 10
const firstVersionWithTopicIds = 13

export function fetchHandler(services: BrokerServices): ApiHandler {
  return handlerFor(fetch, async (request, { apiVersion, connection, whenSent }) => {
    const usesTopicIds = apiVersion >= firstVersionWithTopicIds
    const context = services.fetchSessions.open(sessionRequest(request, usesTopicIds), monotonicMs(services.clock))
    if ('error' in context) return { errorCode: ErrorCode[context.error], sessionId: 0, responses: [] }

    const targets = context.partitions.map((partition) => targetOf(services, partition, apiVersion))
    const lease = services.fetchMemory.lease()
    whenSent(lease.release)
    const results = await fetchRecords(targets, paramsOf(request, services), {
      lease,
      scheduler: services.scheduler,
      logger: services.logger,
      onAbandoned: (listener) => connection.whenClosed(listener),
    })
    count(services, targets, results)
    const known = results.map((result) => knownTo(apiVersion, result))
    return { errorCode: ErrorCode.NONE, sessionId: context.sessionId, responses: grouped(services, context, known) }
  })
}

function count({ requests }: BrokerServices, targets: readonly FetchTarget[], results: readonly FetchResult[]): void {
  for (const [position, { records, errorCode }] of results.entries()) {
    const isFailed = errorCode !== ErrorCode.NONE
    if (isFailed) requests.of(fetch).failed(errorCode)
    const target = targets[position]
    if (target !== undefined && 'partition' in target) target.partition.traffic.fetched(records.length, isFailed)
  }
}

function sessionRequest(request: Request, usesTopicIds: boolean): FetchSessionRequest {
  const partitions = request.topics.flatMap(({ topic, topicId, partitions: requested }) =>
    requested.map((partition) => ({
      topic,
      topicId,
      partition: partition.partition,
      fetchOffset: partition.fetchOffset,
      maxBytes: Math.max(0, partition.partitionMaxBytes),
      currentLeaderEpoch: partition.currentLeaderEpoch,
      lastFetchedEpoch: partition.lastFetchedEpoch,
      logStartOffset: partition.logStartOffset,
    })),
  )
  const forgotten = request.forgottenTopicsData.flatMap(({ topic, topicId, partitions: indexes }) =>
    indexes.map((partition) => ({ topic, topicId, partition })),
  )
  const { sessionId, sessionEpoch, replicaId, replicaState } = request
  const isFollower = replicaId >= 0 || replicaState.replicaId >= 0
  return { sessionId, sessionEpoch, usesTopicIds, isFollower, partitions, forgotten }
}

function paramsOf(request: Request, { config, fetchMemory }: BrokerServices): FetchParams {
  return {
    maxWaitMs: request.maxWaitMs,
    minBytes: request.minBytes,
    maxBytes: Math.max(0, Math.min(request.maxBytes, config.get('fetch.max.bytes'), fetchMemory.allowedBytes)),
    isolation: request.isolationLevel === 1 ? 'readCommitted' : 'readUncommitted',
  }
}

function targetOf(services: BrokerServices, request: FetchPartition, apiVersion: number): FetchTarget {
  const usesTopicIds = apiVersion >= firstVersionWithTopicIds
  const topic = usesTopicIds ? services.metadata.image.topicById(request.topicId)?.name : request.topic
  if (topic === undefined) return { request, error: 'UNKNOWN_TOPIC_ID' }
  const found = lookUpPartition(services, topic, request.partition)
  if ('error' in found) return { request, error: found.error }
  const { partition } = found
  if (usesTopicIds && partition.log.topicId !== request.topicId) return { request, error: 'INCONSISTENT_TOPIC_ID' }
  const isUnreadable = apiVersion < firstVersionWithZstd && partition.log.config.compressionType === 'zstd'
  return isUnreadable ? { request, error: 'UNSUPPORTED_COMPRESSION_TYPE' } : { request, partition }
}

/** Clients that do not know a storage error look for another leader instead, as they should. */
function knownTo(apiVersion: number, result: FetchResult): FetchResult {
  const isUnknown = apiVersion < firstVersionWithStorageError && result.errorCode === ErrorCode.KAFKA_STORAGE_ERROR
  return isUnknown ? { ...result, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER } : result
}

/** By topic, in fetch order. An incremental response leaves out what has nothing new. */
function grouped(services: BrokerServices, context: FetchContext, results: readonly FetchResult[]): TopicResponse[] {
  const topics = new Map<string, { topic: string; topicId: string; partitions: PartitionResponse[] }>()
  for (const result of results) {
    const isNew = context.session?.note(result.request, {
      errorCode: result.errorCode,
      highWatermark: result.highWatermark,
      lastStableOffset: result.lastStableOffset,
      logStartOffset: result.logStartOffset,
      hasRecords: result.records.length > 0,
      hasDivergingEpoch: result.divergingEpoch !== undefined,
    })
    if (context.kind === 'incremental' && isNew === false) continue
    const { topic, topicId } = result.request
    const key = topicId === ZERO_UUID ? topic : topicId
    let entry = topics.get(key)
    if (entry === undefined) {
      entry = { topic, topicId, partitions: [] }
      topics.set(key, entry)
    }
    entry.partitions.push(answerOf(services, result))
  }
  return [...topics.values()]
}

function answerOf(services: BrokerServices, result: FetchResult): PartitionResponse {
  const { request, errorCode, divergingEpoch } = result
  const answer = {
    partitionIndex: request.partition,
    errorCode,
    highWatermark: result.highWatermark,
    lastStableOffset: result.lastStableOffset,
    logStartOffset: result.logStartOffset,
    abortedTransactions: result.abortedTransactions,
    records: result.records,
  }
  if (divergingEpoch !== undefined) return { ...answer, divergingEpoch }
  return tellsLeader.has(errorCode) ? { ...answer, currentLeader: leaderOf(services, request) } : answer
}

const tellsLeader: ReadonlySet<number> = new Set(
  (['NOT_LEADER_OR_FOLLOWER', 'FENCED_LEADER_EPOCH'] satisfies ErrorName[]).map((name) => ErrorCode[name]),
)

/** KIP-951: whom to ask instead. */
function leaderOf({ metadata: { image } }: BrokerServices, { topic, topicId, partition }: FetchPartition) {
  const name = topicId === ZERO_UUID ? topic : (image.topicById(topicId)?.name ?? topic)
  const state = image.partition(name, partition)
  return { leaderId: state?.leader ?? -1, leaderEpoch: state?.leaderEpoch ?? -1 }
}
