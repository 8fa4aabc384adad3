import { leaveGroup } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { groupContext } from './group-context.js'
import type { BrokerServices } from './services.js'

/** LeaveGroup: members leave a classic group, one below version 3, several from it. */
export function leaveGroupHandler({ groups }: BrokerServices): ApiHandler {
  return handlerFor(leaveGroup, async (request, context) => {
    const left = await groups.leaveGroup(groupContext(context), request)
    if (context.apiVersion >= 3) return left
    return { errorCode: left.errorCode === 0 ? (left.members[0]?.errorCode ?? 0) : left.errorCode }
  })
}
