/** OffsetCommit: stores a group's positions. Topics go by id from version 10 on. */
import { ErrorCode, offsetCommit, type RequestOf, type ResponseInputOf } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { groupContext } from './group-context.js'
import { splitByExistence } from './known-partitions.js'
import type { BrokerServices } from './services.js'

type TopicRequest = RequestOf<typeof offsetCommit>['topics'][number]
type TopicResponse = ResponseInputOf<typeof offsetCommit>['topics'][number]

const firstVersionWithIds = 10

export function offsetCommitHandler({ groups, metadata }: BrokerServices): ApiHandler {
  return handlerFor(offsetCommit, async (request, context) => {
    const { image } = metadata
    const usesIds = context.apiVersion >= firstVersionWithIds
    const named: TopicRequest[] = []
    const unknownIds: TopicResponse[] = []
    for (const topic of request.topics) {
      const name = usesIds ? image.topicById(topic.topicId)?.name : topic.name
      if (name === undefined) unknownIds.push(failed(topic))
      else named.push({ ...topic, name })
    }
    const { known, unknown } = splitByExistence(image, named)
    const committed = await groups.commitOffsets(groupContext(context), { ...request, topics: known })
    const topics = [...committed.topics, ...unknown].map(({ name, partitions }) => ({
      name,
      ...(usesIds ? { topicId: image.topics.get(name)?.id ?? '' } : {}),
      partitions,
    }))
    return { topics: [...topics, ...unknownIds] }
  })
}

function failed({ topicId, partitions }: TopicRequest): TopicResponse {
  const errorCode = ErrorCode.UNKNOWN_TOPIC_ID
  return { topicId, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) }
}
