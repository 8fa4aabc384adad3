import { describeGroups } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { groupOperations, NOT_ASKED } from './authorized-operations.js'
import { groupContext } from './group-context.js'
import type { BrokerServices } from './services.js'

/** DescribeGroups: state and members. A group that is not there is Dead, and from version 6 an error as well. */
export function describeGroupsHandler({ groups }: BrokerServices): ApiHandler {
  return handlerFor(describeGroups, async (request, context) => {
    const described = await groups.describeGroups(groupContext(context), request.groups)
    const authorizedOperations = request.includeAuthorizedOperations ? groupOperations : NOT_ASKED
    return {
      groups: described.map((group) => ({
        ...group,
        authorizedOperations: group.errorCode === 0 ? authorizedOperations : NOT_ASKED,
      })),
    }
  })
}
