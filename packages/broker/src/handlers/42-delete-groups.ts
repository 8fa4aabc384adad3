import { deleteGroups } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { BrokerServices } from './services.js'

/** DeleteGroups: deletes empty groups with their offsets. */
export function deleteGroupsHandler({ groups }: BrokerServices): ApiHandler {
  return handlerFor(deleteGroups, async (request) => ({
    results: await groups.deleteGroups(request.groupsNames),
  }))
}
