/** InitProducerId: an id and epoch for an idempotent producer (KIP-98), or the next epoch of one that has them (KIP-360). */
import { ErrorCode, type ErrorName, initProducerId } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { transactionsRefused } from './10-find-coordinator.js'
import type { BrokerServices } from './services.js'

const NONE = -1

export function initProducerIdHandler({ producerIds }: BrokerServices): ApiHandler {
  return handlerFor(initProducerId, async ({ transactionalId, producerId, producerEpoch }) => {
    if (transactionalId !== null) return failed(transactionsRefused)
    if ((producerId === NONE) !== (producerEpoch === NONE)) return failed('INVALID_REQUEST')
    // Without a transactional id there is nothing to fence: a producer that asks again starts over with a new id.
    return { errorCode: ErrorCode.NONE, producerId: await producerIds.next(), producerEpoch: 0 }
  })
}

function failed(error: ErrorName) {
  return { errorCode: ErrorCode[error], producerId: NONE, producerEpoch: NONE }
}
