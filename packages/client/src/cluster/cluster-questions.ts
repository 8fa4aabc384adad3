/** How a cluster is asked about itself: brokers by Metadata, the controllers of a KRaft cluster by DescribeCluster (KIP-919). */
import { type AnyApi, apis, type RequestInputOf, type ResponseOf, type VersionRange } from '@millrace/protocol'
import { errorOf, KafkaError } from '../errors.js'
import type { MetadataAnswer } from './metadata-snapshot.js'

/** To whoever answers. Errors: KafkaError. */
export type AskAny = <A extends AnyApi>(
  api: A,
  body: RequestInputOf<A>,
  versions: Partial<VersionRange>,
) => Promise<ResponseOf<A>>

/** `endpointType` of DescribeCluster. */
export const endpointTypes = { broker: 1, controller: 2 } as const

/** `topics`: null for all. Errors: KafkaError. */
export async function askBrokers(
  ask: AskAny,
  topics: readonly string[] | null,
  allowAutoTopicCreation: boolean,
): Promise<MetadataAnswer> {
  const names = topics === null ? null : topics.map((name) => ({ name }))
  const response = await ask(apis.Metadata, { topics: names, allowAutoTopicCreation }, { min: 4 })
  return known(response, response.errorCode, null)
}

/** Of topics they say nothing. Errors: KafkaError; MISMATCHED_ENDPOINT_TYPE of a broker. */
export async function askControllers(ask: AskAny): Promise<MetadataAnswer> {
  const body = { includeClusterAuthorizedOperations: false, endpointType: endpointTypes.controller }
  const { brokers, clusterId, controllerId, errorCode, errorMessage } = await ask(apis.DescribeCluster, body, {
    min: 1,
  })
  const nodes = brokers.map(({ brokerId, host, port, rack }) => ({ nodeId: brokerId, host, port, rack }))
  return known({ clusterId, controllerId, brokers: nodes, topics: [] }, errorCode, errorMessage)
}

function known(answer: MetadataAnswer, errorCode: number, message: string | null): MetadataAnswer {
  const error = errorOf(errorCode, message)
  if (error !== undefined) throw error
  if (answer.brokers.length > 0) return answer
  throw new KafkaError('BROKER_NOT_AVAILABLE', 'the cluster tells of no broker')
}

/** What brokers do and controllers do not is UNSUPPORTED_ENDPOINT_TYPE. */
export function notOfControllers(api: AnyApi, error: KafkaError): KafkaError {
  if (error.code !== 'UNSUPPORTED_VERSION') return error
  const message = `${api.name} is not for controllers: name brokers by bootstrap.servers`
  return new KafkaError('UNSUPPORTED_ENDPOINT_TYPE', message, { cause: error })
}
