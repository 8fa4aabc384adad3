/** DescribeTopicPartitions: partitions of topics by name, a page at a time (KIP-966). */
import { describeTopicPartitions, ErrorCode, type RequestOf, type ResponseInputOf, ZERO_UUID } from '@millrace/protocol'
import type { MetadataImage, PartitionImage, TopicImage } from '../metadata/metadata-image.js'
import { isInternalTopic, topicNameMistake } from '../metadata/topic-names.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { topicOperations } from './authorized-operations.js'
import { describePartition } from './described-partition.js'
import { hasManyPartitions } from './many-partitions.js'
import type { BrokerServices } from './services.js'

type Request = RequestOf<typeof describeTopicPartitions>
type Response = ResponseInputOf<typeof describeTopicPartitions>
type TopicResponse = Response['topics'][number]

export function describeTopicPartitionsHandler({ metadata, config }: BrokerServices): ApiHandler {
  return handlerFor(
    describeTopicPartitions,
    (request) => {
      if (isMistaken(request)) return { topics: request.topics.map(({ name }) => failed(name, 'INVALID_REQUEST')) }
      const limit = Math.max(
        1,
        Math.min(config.get('max.request.partition.size.limit'), request.responsePartitionLimit),
      )
      return page(metadata.image, request, limit)
    },
    { isLarge: hasManyPartitions },
  )
}

/** The cursor must point into what is asked for. */
function isMistaken({ topics, cursor }: Request): boolean {
  if (cursor === null) return false
  return cursor.partitionIndex < 0 || (topics.length > 0 && !topics.some(({ name }) => name === cursor.topicName))
}

/** Topics in the order of their names, from the cursor on, until the limit of partitions is reached. */
function page(image: MetadataImage, { topics: asked, cursor }: Request, limit: number): Response {
  const all = asked.length === 0 ? [...image.topics.keys()] : [...new Set(asked.map(({ name }) => name))]
  const names = all.filter((name) => cursor === null || name >= cursor.topicName).sort()
  const topics: TopicResponse[] = []
  let room = limit
  for (const name of names) {
    const topic = image.topics.get(name)
    if (topic === undefined) {
      if (asked.length > 0)
        topics.push(
          failed(name, topicNameMistake(name) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION'),
        )
      continue
    }
    const first = cursor?.topicName === name ? cursor.partitionIndex : 0
    const left = entriesOf(topic).filter(({ partitionIndex }) => partitionIndex >= first)
    if (room === 0) return { topics, nextCursor: { topicName: name, partitionIndex: first } }
    const partitions = left.slice(0, room)
    topics.push({
      errorCode: ErrorCode.NONE,
      name,
      topicId: topic.id,
      isInternal: isInternalTopic(name),
      partitions,
      topicAuthorizedOperations: topicOperations,
    })
    const next = left[partitions.length]
    if (next !== undefined) return { topics, nextCursor: { topicName: name, partitionIndex: next.partitionIndex } }
    room -= partitions.length
  }
  return { topics, nextCursor: null }
}

type Entry = ReturnType<typeof pageEntry>

/** Topics do not change often, and are asked for a page at a time. */
const described = new WeakMap<TopicImage, readonly Entry[]>()

/** In the order of their indices. */
function entriesOf(topic: TopicImage): readonly Entry[] {
  let entries = described.get(topic)
  if (entries === undefined) {
    entries = Array.from(topic.partitions.values(), pageEntry).sort((a, b) => a.partitionIndex - b.partitionIndex)
    described.set(topic, entries)
  }
  return entries
}

/** Unlike Metadata this tells no error of a partition, and Java's admin client needs lists, not null, of KIP-966. */
function pageEntry(partition: PartitionImage) {
  return { ...describePartition(partition), errorCode: ErrorCode.NONE, eligibleLeaderReplicas: [], lastKnownElr: [] }
}

function failed(
  name: string,
  error: 'INVALID_REQUEST' | 'INVALID_TOPIC_EXCEPTION' | 'UNKNOWN_TOPIC_OR_PARTITION',
): TopicResponse {
  return { errorCode: ErrorCode[error], name, topicId: ZERO_UUID, isInternal: isInternalTopic(name), partitions: [] }
}
