import { heartbeat } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { BrokerServices } from './services.js'

/** Heartbeat: a member of a classic group is alive, and learns whether the group rebalances. */
export function heartbeatHandler({ groups }: BrokerServices): ApiHandler {
  return handlerFor(heartbeat, (request) => groups.heartbeat(request))
}
