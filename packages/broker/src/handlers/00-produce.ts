/** Produce: appends record batches. With acks=0 nothing is answered, and an error closes the connection. */
import { ErrorCode, type ErrorName, errorInfo, produce, type RequestOf, type ResponseInputOf } from '@millrace/protocol'
import { type ApiHandler, handlerFor, RequestRefusedError } from '../network/dispatcher.js'
import { type ProduceResult, produceTo } from '../replication/produce.js'
import { lookUpLeader } from './partition-lookup.js'
import type { BrokerServices } from './services.js'

type Request = RequestOf<typeof produce>
type Response = ResponseInputOf<typeof produce>
type TopicData = Request['topicData'][number]
type TopicResponse = Response['responses'][number]
type PartitionResponse = TopicResponse['partitionResponses'][number]

const firstVersionWithTopicIds = 13

export function produceHandler(services: BrokerServices): ApiHandler {
  return handlerFor(produce, async (request, { apiVersion }) => {
    const refusal = refusalOf(request)
    const responses = await Promise.all(
      request.topicData.map((topic) => produceTopic(services, request, topic, apiVersion, refusal)),
    )
    if (request.acks !== 0) return { responses }
    throwOnError(responses)
    return undefined
  })
}

/** What is wrong with the request as a whole. */
function refusalOf({ acks, transactionalId }: Request): ErrorName | undefined {
  if (acks !== 0 && acks !== 1 && acks !== -1) return 'INVALID_REQUIRED_ACKS'
  return transactionalId === null ? undefined : 'INVALID_TXN_STATE'
}

async function produceTopic(
  services: BrokerServices,
  request: Request,
  topic: TopicData,
  apiVersion: number,
  refusal: ErrorName | undefined,
): Promise<TopicResponse> {
  const usesIds = apiVersion >= firstVersionWithTopicIds
  const name = usesIds ? services.metadata.image.topicById(topic.topicId)?.name : topic.name
  const error = refusal ?? (name === undefined ? 'UNKNOWN_TOPIC_ID' : undefined)
  const partitionResponses = await Promise.all(
    topic.partitionData.map(({ index, records }) =>
      error === undefined ? producePartition(services, request, name as string, index, records) : failed(index, error),
    ),
  )
  return { name: topic.name, topicId: topic.topicId, partitionResponses }
}

async function producePartition(
  services: BrokerServices,
  { acks, timeoutMs }: Request,
  topic: string,
  index: number,
  records: Buffer | null,
): Promise<PartitionResponse> {
  if (services.topics.isInternal(topic)) return failed(index, 'INVALID_TOPIC_EXCEPTION')
  const found = lookUpLeader(services, topic, index)
  if ('error' in found) return failed(index, found.error)
  if (records === null || records.length === 0)
    return failed(index, 'INVALID_RECORD', 'A produce must hold one record batch.')
  const deepValidation = services.config.get('millrace.validate.compressed.records')
  const result = await produceTo(found.partition, records, { acks, timeoutMs, deepValidation }, services)
  return answerOf(index, result)
}

function answerOf(index: number, result: ProduceResult): PartitionResponse {
  return {
    index,
    errorCode: ErrorCode[result.error],
    baseOffset: result.baseOffset,
    logAppendTimeMs: result.logAppendTimeMs,
    logStartOffset: result.logStartOffset,
    recordErrors: result.recordErrors.map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    })),
    errorMessage: result.errorMessage,
  }
}

function failed(index: number, error: ErrorName, errorMessage: string | null = null): PartitionResponse {
  return { index, errorCode: ErrorCode[error], baseOffset: -1, errorMessage }
}

/** A client that asked for no answer learns of an error by the closed connection, and refreshes its metadata. */
function throwOnError(responses: readonly TopicResponse[]): void {
  for (const { name, partitionResponses } of responses) {
    const wrong = partitionResponses.find(({ errorCode }) => errorCode !== ErrorCode.NONE)
    if (wrong === undefined) continue
    throw new RequestRefusedError(`Produce with acks=0 to ${name}-${wrong.index}: ${errorInfo(wrong.errorCode).name}`)
  }
}
