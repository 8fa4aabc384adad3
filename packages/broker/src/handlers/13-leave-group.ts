import { ErrorCode, leaveGroup } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import type { BrokerServices } from './services.js'

const firstVersionWithManyMembers = 3

/** LeaveGroup: members leave a classic group. Below version 3 it is one, whose error is the answer's. */
export function leaveGroupHandler({ groups }: BrokerServices): ApiHandler {
  return handlerFor(leaveGroup, async ({ groupId, memberId, members }, { apiVersion }) => {
    if (apiVersion >= firstVersionWithManyMembers) return await groups.leaveGroup({ groupId, members })
    const left = await groups.leaveGroup({ groupId, members: [{ memberId, groupInstanceId: null }] })
    return { errorCode: left.errorCode === ErrorCode.NONE ? (left.members[0]?.errorCode ?? 0) : left.errorCode }
  })
}
