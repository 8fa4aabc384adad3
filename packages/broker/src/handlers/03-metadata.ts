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
import { isInternalTopic, TRANSACTION_STATE, topicNameMistake } from '../metadata/topic-names.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { clusterOperations, NOT_ASKED, topicOperations } from './authorized-operations.js'
import { describePartition } from './described-partition.js'
import { hasManyPartitions } from './many-partitions.js'
import { reachableBrokers } from './reachable-brokers.js'
import type { BrokerServices } from './services.js'

type Request = RequestOf<typeof metadata>
type TopicRequest = NonNullable<Request['topics']>[number]
type TopicResponse = ResponseInputOf<typeof metadata>['topics'][number]

const firstVersionWithIds = 12

export function metadataHandler(services: BrokerServices): ApiHandler {
  return handlerFor(
    metadata,
    async (request, context) => {
      const asked = askedTopics(request, context.apiVersion)
      const mistake = asked === 'all' ? undefined : requestMistake(asked, context.apiVersion)
      const mayCreate = asked !== 'all' && mistake === undefined
      const notCreated = mayCreate ? await createMissing(services, request, asked) : new Map<string, ErrorName>()
      const { image } = services.metadata
      const topics = topicsOf(image, asked, mistake, notCreated)
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
    },
    { isLarge: hasManyPartitions },
  )
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

/** Creates what is asked for and does not exist. Gives the error of each topic that could not be created. */
async function createMissing(
  { config, metadata: { image }, topics, logger }: BrokerServices,
  { allowAutoTopicCreation }: Request,
  asked: readonly TopicRequest[],
): Promise<ReadonlyMap<string, ErrorName>> {
  const notCreated = new Map<string, ErrorName>()
  if (!allowAutoTopicCreation || !config.get('auto.create.topics.enable')) return notCreated
  const missing = new Set(
    asked.flatMap(({ name, topicId }) =>
      name !== null && topicId === ZERO_UUID && !image.topics.has(name) && isCreatable(name) ? [name] : [],
    ),
  )
  const creations = Array.from(missing, async (name) => {
    const { error, message } = await topics.autoCreate(name)
    if (error === 'NONE') return
    logger.warn('Topic was not created', { topic: name, reason: message ?? error })
    // It is there, or will be soon.
    notCreated.set(name, error === 'REQUEST_TIMED_OUT' ? 'LEADER_NOT_AVAILABLE' : error)
  })
  await Promise.all(creations)
  return notCreated
}

/** The topic of a coordinator that this broker does not have must not come to be with the settings of any other topic. */
function isCreatable(name: string): boolean {
  return topicNameMistake(name) === undefined && name !== TRANSACTION_STATE
}

function topicsOf(
  image: MetadataImage,
  asked: readonly TopicRequest[] | 'all',
  mistake: ErrorName | undefined,
  notCreated: ReadonlyMap<string, ErrorName>,
): TopicResponse[] {
  if (asked === 'all') return Array.from(image.topics.values(), describeTopic)
  // Versions with this mistake have no null for a name in the answer.
  if (mistake !== undefined) return asked.map(({ name, topicId }) => failed({ name: name ?? '', topicId }, mistake))
  const ids = new Set(asked.map(({ topicId }) => topicId))
  ids.delete(ZERO_UUID)
  if (ids.size > 0) return Array.from(ids, (id) => byId(image, id))
  const names = new Set(asked.map(({ name }) => name))
  return Array.from(names, (name) => byName(image, name, notCreated))
}

function byId(image: MetadataImage, topicId: string): TopicResponse {
  const topic = image.topicById(topicId)
  return topic === undefined ? failed({ name: null, topicId }, 'UNKNOWN_TOPIC_ID') : describeTopic(topic)
}

function byName(image: MetadataImage, name: string | null, notCreated: ReadonlyMap<string, ErrorName>): TopicResponse {
  if (name === null) return failed({ name, topicId: ZERO_UUID }, 'INVALID_TOPIC_EXCEPTION')
  const topic = image.topics.get(name)
  if (topic !== undefined) return describeTopic(topic)
  const missing = topicNameMistake(name) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION'
  return failed({ name, topicId: ZERO_UUID }, notCreated.get(name) ?? missing)
}

function failed({ name, topicId }: { name: string | null; topicId: string }, error: ErrorName): TopicResponse {
  const isInternal = name !== null && isInternalTopic(name)
  return { errorCode: ErrorCode[error], name, topicId, isInternal, partitions: [] }
}

/** Topics do not change often, and all clients ask for them. */
const described = new WeakMap<TopicImage, TopicResponse>()

function describeTopic(topic: TopicImage): TopicResponse {
  let answer = described.get(topic)
  if (answer === undefined) {
    answer = {
      errorCode: ErrorCode.NONE,
      name: topic.name,
      topicId: topic.id,
      isInternal: isInternalTopic(topic.name),
      partitions: Array.from(topic.partitions.values(), describePartition),
    }
    described.set(topic, answer)
  }
  return answer
}
