/** InitProducerId: an id and epoch for an idempotent producer (KIP-98), or the next epoch of one that has them (KIP-360). */
import { ErrorCode, type ErrorName, initProducerId } from '@millrace/protocol'
import { askStore } from '../metadata/admin-outcome.js'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { BrokerServices } from './services.js'
import { transactionsRefused } from './transactions-refused.js'

const NONE = -1

export function initProducerIdHandler(services: BrokerServices): ApiHandler {
  return handlerFor(initProducerId, async ({ transactionalId, producerId, producerEpoch }) => {
    if (transactionalId !== null) return failed(transactionsRefused)
    if ((producerId === NONE) !== (producerEpoch === NONE)) return failed('INVALID_REQUEST')
    // Without a transactional id there is nothing to fence: a producer that asks again starts over with a new id.
    const next = await askStore(services, 0, () => services.producerIds.next())
    // While the store does not give a block: old clients take REQUEST_TIMED_OUT for fatal, and this one for what it is.
    if (typeof next !== 'number') return failed('COORDINATOR_LOAD_IN_PROGRESS')
    return { errorCode: ErrorCode.NONE, producerId: next, producerEpoch: 0 }
  })
}

function failed(error: ErrorName) {
  return { errorCode: ErrorCode[error], producerId: NONE, producerEpoch: NONE }
}
