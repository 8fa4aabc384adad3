/** OffsetFetch: a group's positions; several groups from version 8 on (KIP-709), topics by id from version 10 on. */
import { ErrorCode, offsetFetch, type RequestOf, type ResponseInputOf } from '@millrace/protocol'
import type { OffsetFetchOutput } from '../groups/core/group-messages.js'
import type { MetadataImage } from '../metadata/metadata-image.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { BrokerServices } from './services.js'

type Request = RequestOf<typeof offsetFetch>
type GroupRequest = Request['groups'][number]
type Response = ResponseInputOf<typeof offsetFetch>
type GroupResponse = NonNullable<Response['groups']>[number]
type GroupTopicResponse = GroupResponse['topics'][number]

const firstVersionWithError = 2
const firstVersionWithGroups = 8
const firstVersionWithIds = 10

export function offsetFetchHandler({ groups, metadata }: BrokerServices): ApiHandler {
  return handlerFor(offsetFetch, async (request, context) => {
    const fetch = async (group: { groupId: string; topics: GroupTopics | null }) =>
      await groups.fetchOffsets(group, request.requireStable)
    if (context.apiVersion < firstVersionWithGroups) {
      const fetched = await fetch({ groupId: request.groupId, topics: request.topics })
      return single(request, fetched, context.apiVersion)
    }
    const usesIds = context.apiVersion >= firstVersionWithIds
    const answers = request.groups.map(async (group) => {
      const { named, unknown } = namedTopics(metadata.image, group, usesIds)
      const fetched = await fetch({ groupId: group.groupId, topics: named })
      return groupResponse(metadata.image, fetched, unknown, usesIds)
    })
    return { groups: await Promise.all(answers) }
  })
}

type GroupTopics = readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[]

/** The answer of versions 1 to 7. Version 1 has no error of its own: each partition says it. */
function single({ topics: asked }: Request, { errorCode, topics }: OffsetFetchOutput, apiVersion: number): Response {
  if (errorCode === ErrorCode.NONE || apiVersion >= firstVersionWithError) return { errorCode, topics }
  return {
    topics: (asked ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) => noOffset(index, errorCode)),
    })),
  }
}

function namedTopics(image: MetadataImage, { topics }: GroupRequest, usesIds: boolean) {
  const unknown: GroupTopicResponse[] = []
  if (topics === null) return { named: null, unknown }
  const named = topics.flatMap(({ name, topicId, partitionIndexes }) => {
    const known = usesIds ? image.topicById(topicId)?.name : name
    if (known !== undefined) return [{ name: known, partitionIndexes }]
    const partitions = partitionIndexes.map((index) => noOffset(index, ErrorCode.UNKNOWN_TOPIC_ID))
    unknown.push({ topicId, partitions })
    return []
  })
  return { named, unknown }
}

function groupResponse(
  image: MetadataImage,
  { groupId, errorCode, topics }: OffsetFetchOutput,
  unknown: readonly GroupTopicResponse[],
  usesIds: boolean,
): GroupResponse {
  if (!usesIds) return { groupId, errorCode, topics }
  // Offsets of a topic that is gone have no id to be told under.
  const known = topics.flatMap(({ name, partitions }) => {
    const topicId = image.topics.get(name)?.id
    return topicId === undefined ? [] : [{ topicId, partitions }]
  })
  return { groupId, errorCode, topics: [...known, ...unknown] }
}

function noOffset(partitionIndex: number, errorCode: number) {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode }
}
