import { type ErrorName, ProtocolError } from '@millrace/protocol'

/**
 * What a client of a coordinator is told when the coordinator's own log failed. Source: Kafka's
 * CoordinatorOperationExceptionHelper.
 */
export function toCoordinatorError(logError: ErrorName): ErrorName {
  switch (logError) {
    // The transaction could not be verified: try again, without looking for another coordinator.
    case 'NETWORK_EXCEPTION':
      return 'COORDINATOR_LOAD_IN_PROGRESS'
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'NOT_ENOUGH_REPLICAS':
    case 'REQUEST_TIMED_OUT':
      return 'COORDINATOR_NOT_AVAILABLE'
    case 'NOT_LEADER_OR_FOLLOWER':
    case 'KAFKA_STORAGE_ERROR':
      return 'NOT_COORDINATOR'
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
    case 'INVALID_FETCH_SIZE':
      return 'UNKNOWN_SERVER_ERROR'
    default:
      return logError
  }
}

/** The log's error of a failed append. What is no protocol error is a failure of the disk. */
export function logErrorOf(error: unknown): ErrorName {
  return error instanceof ProtocolError ? error.code : 'KAFKA_STORAGE_ERROR'
}
