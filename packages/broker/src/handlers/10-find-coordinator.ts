/** FindCoordinator: which broker runs a group. Makes the offsets topic when it is first asked for. */
import { ErrorCode, type ErrorName, findCoordinator } from '@millrace/protocol'
import { CONSUMER_OFFSETS } from '../metadata/topic-names.js'
import { type ApiHandler, handlerFor, type RequestContext } from '../network/dispatcher.js'
import { reachableBrokers } from './reachable-brokers.js'
import type { BrokerServices } from './services.js'
import { transactionsRefused } from './transactions-refused.js'

const firstVersionWithManyKeys = 4
const groupType = 0
const transactionType = 1

interface Coordinator {
  readonly key: string
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

export function findCoordinatorHandler(services: BrokerServices): ApiHandler {
  return handlerFor(findCoordinator, async (request, context) => {
    const isBatched = context.apiVersion >= firstVersionWithManyKeys
    const keys = isBatched ? request.coordinatorKeys : [request.key]
    const coordinators: Coordinator[] = []
    for (const key of keys) coordinators.push(await coordinatorOf(services, request.keyType, key, context))
    return isBatched ? { coordinators } : { ...(coordinators[0] as Coordinator) }
  })
}

async function coordinatorOf(
  services: BrokerServices,
  keyType: number,
  key: string,
  context: RequestContext,
): Promise<Coordinator> {
  if (keyType === transactionType) {
    return failed(key, transactionsRefused, 'Transactions are not supported by this broker.')
  }
  if (keyType !== groupType) return failed(key, 'INVALID_REQUEST', `Coordinators of type ${keyType} are not supported.`)
  if (key === '') return failed(key, 'INVALID_GROUP_ID', 'The group id must not be empty.')

  const { topics, metadata, groups } = services
  if (!metadata.image.topics.has(CONSUMER_OFFSETS)) {
    const { error, message } = await topics.autoCreate(CONSUMER_OFFSETS)
    if (error !== 'NONE') services.logger.warn('The offsets topic was not created', { reason: message ?? error })
  }
  const { image } = metadata
  const leader = image.partition(CONSUMER_OFFSETS, groups.partitionFor(key))?.leader
  const broker = reachableBrokers(services, image, context.connection).find(({ nodeId }) => nodeId === leader)
  if (broker === undefined) return failed(key, 'COORDINATOR_NOT_AVAILABLE', null)
  const { nodeId, host, port } = broker
  return { key, nodeId, host, port, errorCode: ErrorCode.NONE, errorMessage: null }
}

function failed(key: string, error: ErrorName, errorMessage: string | null): Coordinator {
  return { key, nodeId: -1, host: '', port: -1, errorCode: ErrorCode[error], errorMessage }
}
