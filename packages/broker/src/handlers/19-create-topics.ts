/** CreateTopics: makes topics, or only checks that they could be made, and answers when they have leaders. */
import { createTopics, ErrorCode, type RequestOf, type ResponseInputOf } from '@millrace/protocol'
import type { CreatedTopic } from '../metadata/topic-admin.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { describeTopicConfigs } from './described-config.js'
import { repeatedNames } from './repeated-names.js'
import type { BrokerServices } from './services.js'

type TopicRequest = RequestOf<typeof createTopics>['topics'][number]
type TopicResponse = ResponseInputOf<typeof createTopics>['topics'][number]

const repeated = 'Create topics request from client contains multiple entries for the same topic.'

export function createTopicsHandler(services: BrokerServices): ApiHandler {
  return handlerFor(createTopics, async ({ topics, timeoutMs, validateOnly }) => {
    const duplicates = repeatedNames(topics.map(({ name }) => name))
    const single = topics.filter(({ name }) => !duplicates.has(name))
    const created = await services.topics.create(single.map(newTopic), { timeoutMs, validateOnly })
    return {
      topics: [
        ...created.map((topic) => answerOf(services, topic)),
        ...Array.from(duplicates, (name) => ({ name, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: repeated })),
      ],
    }
  })
}

function newTopic({ name, numPartitions, replicationFactor, assignments, configs }: TopicRequest) {
  return { name, numPartitions, replicationFactor, assignments, configs }
}

function answerOf({ config }: BrokerServices, { name, error, message, plan, topicId }: CreatedTopic): TopicResponse {
  const answer = { name, topicId, errorCode: ErrorCode[error], errorMessage: message }
  if (plan === undefined || error !== 'NONE') return { ...answer, configs: [] }
  return {
    ...answer,
    numPartitions: plan.assignment.length,
    replicationFactor: plan.replicationFactor,
    configs: describeTopicConfigs(plan.configs, config),
  }
}
