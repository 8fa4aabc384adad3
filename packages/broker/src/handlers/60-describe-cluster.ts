import { describeCluster, ErrorCode } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { clusterOperations, NOT_ASKED } from './authorized-operations.js'
import { reachableBrokers } from './reachable-brokers.js'
import type { BrokerServices } from './services.js'

const brokerEndpoints = 1

/** DescribeCluster: id, controller and brokers (KIP-700). Endpoints of controllers are not to be had: there is no KRaft. */
export function describeClusterHandler(services: BrokerServices): ApiHandler {
  return handlerFor(describeCluster, (request, { apiVersion, connection }) => {
    const { clusterId, metadata } = services
    if (apiVersion >= 1 && request.endpointType !== brokerEndpoints) {
      return {
        errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE,
        errorMessage: 'This is a broker: it describes brokers only.',
        clusterId,
        brokers: [],
      }
    }
    const brokers = reachableBrokers(services, metadata.image, connection)
    return {
      errorCode: ErrorCode.NONE,
      clusterId,
      controllerId: metadata.image.controllerId,
      brokers: brokers.map(({ nodeId, ...broker }) => ({ brokerId: nodeId, ...broker })),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : NOT_ASKED,
    }
  })
}
