import type { RequestContext as GroupRequestContext } from '../groups/core/group-messages.js'
import type { RequestContext } from '../network/dispatcher.js'

/** What the group coordinator is told of the connection that a request came through. */
export function groupContext({ apiVersion, clientId, connection }: RequestContext): GroupRequestContext {
  return {
    apiVersion,
    clientId: clientId ?? '',
    clientHost: `/${connection.remoteAddress}`,
  }
}
