import { listGroups } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { BrokerServices } from './services.js'

/** ListGroups: the groups that this broker coordinates, by state (version 4) and type (version 5). */
export function listGroupsHandler({ groups }: BrokerServices): ApiHandler {
  return handlerFor(listGroups, (request) => groups.listGroups(request))
}
