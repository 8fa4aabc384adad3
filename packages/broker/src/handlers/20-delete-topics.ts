/** DeleteTopics: by name, and from version 6 on by name or id. Answers when the topics are gone. */
import {
  deleteTopics,
  ErrorCode,
  type ErrorName,
  type RequestOf,
  type ResponseInputOf,
  ZERO_UUID,
} from '@millrace/protocol'
import type { MetadataImage } from '../metadata/metadata-image.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { repeatedNames } from './repeated-names.js'
import type { BrokerServices } from './services.js'

type Request = RequestOf<typeof deleteTopics>
type TopicResponse = ResponseInputOf<typeof deleteTopics>['responses'][number]

const firstVersionWithIds = 6
const firstVersionWithDisabledError = 3

type Resolved = { readonly name: string; readonly topicId: string } | { readonly refused: TopicResponse }

export function deleteTopicsHandler(services: BrokerServices): ApiHandler {
  return handlerFor(deleteTopics, async (request, { apiVersion }) => {
    const resolved = resolve(services.metadata.image, request, apiVersion)
    const refused = resolved.flatMap((topic) => ('refused' in topic ? [topic.refused] : []))
    const named = resolved.flatMap((topic) => ('refused' in topic ? [] : [topic]))
    const repeated = repeatedNames(named.map(({ name }) => name))
    const responses = await Promise.all(
      named.map(async ({ name, topicId }) => {
        if (repeated.has(name)) return failed(name, topicId, 'INVALID_REQUEST', 'The topic is named more than once.')
        const { error, message } = await deleteOne(services, name, request.timeoutMs, apiVersion)
        return { name, topicId, errorCode: ErrorCode[error], errorMessage: message }
      }),
    )
    return { responses: [...responses, ...refused] }
  })
}

async function deleteOne(services: BrokerServices, name: string, timeoutMs: number, apiVersion: number) {
  if (services.config.get('delete.topic.enable')) return await services.topics.delete(name, timeoutMs)
  const error: ErrorName = apiVersion < firstVersionWithDisabledError ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED'
  return { error, message: 'Topic deletion is disabled.' }
}

function resolve(image: MetadataImage, request: Request, apiVersion: number): Resolved[] {
  if (apiVersion < firstVersionWithIds) return request.topicNames.map((name) => byName(image, name))
  return request.topics.map(({ name, topicId }) => {
    if (name !== null && topicId !== ZERO_UUID) {
      return { refused: failed(name, topicId, 'INVALID_REQUEST', 'Topic name and topic id can not both be specified.') }
    }
    if (name !== null) return byName(image, name)
    const topic = image.topicById(topicId)
    if (topic === undefined) return { refused: failed(null, topicId, 'UNKNOWN_TOPIC_ID') }
    return { name: topic.name, topicId }
  })
}

function byName(image: MetadataImage, name: string): Resolved {
  const topic = image.topics.get(name)
  if (topic === undefined) return { refused: failed(name, ZERO_UUID, 'UNKNOWN_TOPIC_OR_PARTITION') }
  return { name, topicId: topic.id }
}

function failed(
  name: string | null,
  topicId: string,
  error: ErrorName,
  errorMessage: string | null = null,
): TopicResponse {
  return { name, topicId, errorCode: ErrorCode[error], errorMessage }
}
