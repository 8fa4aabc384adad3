/** Produce: appends record batches. With acks=0 nothing is answered, and an error closes the connection. */
import { ErrorCode, type ErrorName, errorInfo, produce, type RequestOf, type ResponseInputOf } from '@millrace/protocol'
import { isInternalTopic } from '../metadata/topic-names.js'
import { type ApiHandler, handlerFor, type RequestContext, RequestRefusedError } from '../network/dispatcher.js'
import { type ProduceResult, produceTo } from '../replication/produce.js'
import { lookUpLeader } from './partition-lookup.js'
import type { BrokerServices } from './services.js'

type Request = RequestOf<typeof produce>
type Response = ResponseInputOf<typeof produce>
type TopicData = Request['topicData'][number]
type TopicResponse = Response['responses'][number]
type PartitionResponse = TopicResponse['partitionResponses'][number]
type PendingResponse = PartitionResponse | Promise<PartitionResponse>

const firstVersionWithZstd = 7
const firstVersionWithTopicIds = 13
/** Kafka's tools write to internal topics under this client id (AdminUtils.ADMIN_CLIENT_ID). */
const adminClientId = '__admin_client'

export function produceHandler(services: BrokerServices): ApiHandler {
  return handlerFor(produce, async (request, context) => {
    const refusal = refusalOf(request)
    // All appends are decided here, in the order of the request; what is awaited is only that they are written.
    const pending: PendingResponse[] = []
    for (const topic of request.topicData) produceTopic(services, request, topic, context, refusal, pending)
    const results = pending.length === 1 ? [await (pending[0] as PendingResponse)] : await Promise.all(pending)
    const responses = byTopic(request, results)
    countErrors(services, responses)
    if (request.acks !== 0) return { responses }
    throwOnError(responses)
    return undefined
  })
}

/** The results, which are in the order of the request, under its topics. */
function byTopic({ topicData }: Request, results: readonly PartitionResponse[]): TopicResponse[] {
  let from = 0
  return topicData.map(({ name, topicId, partitionData }) => {
    const partitionResponses = results.slice(from, from + partitionData.length)
    from += partitionData.length
    return { name, topicId, partitionResponses }
  })
}

/** What is wrong with the request as a whole. */
function refusalOf({ acks, transactionalId }: Request): ErrorName | undefined {
  if (acks !== 0 && acks !== 1 && acks !== -1) return 'INVALID_REQUIRED_ACKS'
  return transactionalId === null ? undefined : 'INVALID_TXN_STATE'
}

function produceTopic(
  services: BrokerServices,
  request: Request,
  topic: TopicData,
  context: RequestContext,
  refusal: ErrorName | undefined,
  pending: PendingResponse[],
): void {
  const usesIds = context.apiVersion >= firstVersionWithTopicIds
  const name = usesIds ? services.metadata.image.topicById(topic.topicId)?.name : topic.name
  const error = refusal ?? (name === undefined ? 'UNKNOWN_TOPIC_ID' : undefined)
  for (const { index, records } of topic.partitionData) {
    pending.push(
      error === undefined
        ? producePartition(services, request, context, { topic: name as string, index, records })
        : failed(index, error),
    )
  }
}

async function producePartition(
  services: BrokerServices,
  { acks, timeoutMs }: Request,
  { apiVersion, clientId }: RequestContext,
  { topic, index, records }: { readonly topic: string; readonly index: number; readonly records: Buffer | null },
): Promise<PartitionResponse> {
  if (isInternalTopic(topic) && clientId !== adminClientId) return failed(index, 'INVALID_TOPIC_EXCEPTION')
  const found = lookUpLeader(services, topic, index)
  if ('error' in found) return failed(index, found.error)
  if (records === null || records.length === 0)
    return failed(index, 'INVALID_RECORD', 'A produce must hold one record batch.')
  const deepValidation = services.config.get('millrace.validate.compressed.records')
  const zstdAllowed = apiVersion >= firstVersionWithZstd
  const params = { acks, timeoutMs, deepValidation, zstdAllowed }
  const result = await produceTo(found.partition, records, params, services)
  const { traffic } = found.partition
  traffic.produced(result.error !== 'NONE')
  if (isOfRecords.has(result.error)) traffic.rejected(records.length)
  return answerOf(index, result)
}

const isOfRecords: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
])

function countErrors({ requests }: BrokerServices, responses: readonly TopicResponse[]): void {
  for (const { partitionResponses } of responses) {
    for (const { errorCode } of partitionResponses) {
      if (errorCode !== ErrorCode.NONE) requests.of(produce).failed(errorCode)
    }
  }
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
