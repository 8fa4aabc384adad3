/** Metadata: brokers, topics and leaders; creates topics that are asked for where both sides allow it (KIP-4). */
import {
  ErrorCode,
  type ErrorName,
  metadata,
  type RequestOf,
  type ResponseInputOf,
  ZERO_UUID,
} from '@millrace/protocol'
import type { MetadataImage, TopicImage } from '../metadata/metadata-image.js'
import { isInternalTopic, topicNameMistake } from '../metadata/topic-names.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { clusterOperations, NOT_ASKED, topicOperations } from './authorized-operations.js'
import { describePartition } from './described-partition.js'
import { reachableBrokers } from './reachable-brokers.js'
import type { BrokerServices } from './services.js'

type Request = RequestOf<typeof metadata>
type TopicRequest = NonNullable<Request['topics']>[number]
type TopicResponse = ResponseInputOf<typeof metadata>['topics'][number]

const firstVersionWithIds = 12

export function metadataHandler(services: BrokerServices): ApiHandler {
  return handlerFor(metadata, async (request, context) => {
    const asked = askedTopics(request, context.apiVersion)
    const mistake = asked === 'all' ? undefined : requestMistake(asked, context.apiVersion)
    if (asked !== 'all' && mistake === undefined) await createMissing(services, request, asked)
    const { image } = services.metadata
    const topics = topicsOf(image, asked, mistake)
    return {
      brokers: reachableBrokers(services, image, context.connection),
      clusterId: services.clusterId,
      controllerId: image.controllerId,
      topics: topics.map((topic) => ({
        ...topic,
        topicAuthorizedOperations: request.includeTopicAuthorizedOperations ? topicOperations : NOT_ASKED,
      })),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : NOT_ASKED,
    }
  })
}

/** In version 0 an empty list means all topics, from version 1 null does. */
function askedTopics({ topics }: Request, apiVersion: number): readonly TopicRequest[] | 'all' {
  if (topics === null || (apiVersion === 0 && topics.length === 0)) return 'all'
  return topics
}

function requestMistake(asked: readonly TopicRequest[], apiVersion: number): ErrorName | undefined {
  const isWrong = ({ name, topicId }: TopicRequest) =>
    apiVersion < firstVersionWithIds && (name === null || topicId !== ZERO_UUID)
  return asked.some(isWrong) ? 'INVALID_REQUEST' : undefined
}

async function createMissing(
  { config, metadata: { image }, topics, logger }: BrokerServices,
  { allowAutoTopicCreation }: Request,
  asked: readonly TopicRequest[],
): Promise<void> {
  if (!allowAutoTopicCreation || !config.get('auto.create.topics.enable')) return
  const missing = asked.flatMap(({ name, topicId }) =>
    name !== null && topicId === ZERO_UUID && !image.topics.has(name) && topicNameMistake(name) === undefined
      ? [name]
      : [],
  )
  for (const name of missing) {
    const { error, message } = await topics.autoCreate(name)
    if (error !== 'NONE') logger.warn('Topic was not created', { topic: name, reason: message ?? error })
  }
}

function topicsOf(
  image: MetadataImage,
  asked: readonly TopicRequest[] | 'all',
  mistake: ErrorName | undefined,
): TopicResponse[] {
  if (asked === 'all') return Array.from(image.topics.values(), describeTopic)
  const usesIds = asked.some(({ topicId }) => topicId !== ZERO_UUID)
  return asked.map((topic) => {
    if (mistake !== undefined) return failed(topic, mistake)
    return usesIds ? byId(image, topic) : byName(image, topic)
  })
}

function byId(image: MetadataImage, asked: TopicRequest): TopicResponse {
  const topic = image.topicById(asked.topicId)
  return topic === undefined ? failed({ name: null, topicId: asked.topicId }, 'UNKNOWN_TOPIC_ID') : describeTopic(topic)
}

function byName(image: MetadataImage, { name, topicId }: TopicRequest): TopicResponse {
  const topic = name === null ? undefined : image.topics.get(name)
  if (topic !== undefined) return describeTopic(topic)
  const isInvalid = name === null || topicNameMistake(name) !== undefined
  return failed({ name, topicId }, isInvalid ? 'INVALID_TOPIC_EXCEPTION' : 'UNKNOWN_TOPIC_OR_PARTITION')
}

function failed({ name, topicId }: { name: string | null; topicId: string }, error: ErrorName): TopicResponse {
  const isInternal = name !== null && isInternalTopic(name)
  return { errorCode: ErrorCode[error], name, topicId, isInternal, partitions: [] }
}

function describeTopic({ name, id, partitions }: TopicImage): TopicResponse {
  return {
    errorCode: ErrorCode.NONE,
    name,
    topicId: id,
    isInternal: isInternalTopic(name),
    partitions: Array.from(partitions.values(), describePartition),
  }
}
