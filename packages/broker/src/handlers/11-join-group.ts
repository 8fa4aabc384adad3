import { joinGroup } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { groupContext } from './group-context.js'
import type { BrokerServices } from './services.js'

const firstVersionWithNullProtocol = 7

/** JoinGroup: enters a classic group. Answers when the rebalance has gathered its members. */
export function joinGroupHandler({ groups }: BrokerServices): ApiHandler {
  return handlerFor(joinGroup, async (request, context) => {
    const joined = await groups.joinGroup(groupContext(context), request)
    if (joined.protocolName !== null || context.apiVersion >= firstVersionWithNullProtocol) return joined
    return { ...joined, protocolName: '' }
  })
}
