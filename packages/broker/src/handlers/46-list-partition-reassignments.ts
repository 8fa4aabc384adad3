import { ErrorCode, listPartitionReassignments } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'

/**
 * ListPartitionReassignments: the reassignments under way (KIP-455). One broker can have none, as there is nowhere to
 * move a partition to; partitions that are not being reassigned are left out.
 */
export function listPartitionReassignmentsHandler(): ApiHandler {
  return handlerFor(listPartitionReassignments, () => ({ errorCode: ErrorCode.NONE, errorMessage: null, topics: [] }))
}
