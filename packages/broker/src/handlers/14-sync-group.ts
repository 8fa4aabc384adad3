import { syncGroup } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { BrokerServices } from './services.js'

/** SyncGroup: the leader hands in the assignment, every member waits for its own. */
export function syncGroupHandler({ groups }: BrokerServices): ApiHandler {
  return handlerFor(syncGroup, (request) => groups.syncGroup(request))
}
