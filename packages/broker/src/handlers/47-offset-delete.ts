/** OffsetDelete: forgets committed offsets of topics that the group does not read (KIP-496). */
import { ErrorCode, offsetDelete } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'
import { splitByExistence } from './known-partitions.js'
import type { BrokerServices } from './services.js'

export function offsetDeleteHandler({ groups, metadata }: BrokerServices): ApiHandler {
  return handlerFor(offsetDelete, async (request) => {
    const { known, unknown } = splitByExistence(metadata.image, request.topics)
    const deleted = await groups.deleteOffsets({ groupId: request.groupId, topics: known })
    if (deleted.errorCode !== ErrorCode.NONE) return { errorCode: deleted.errorCode, topics: [] }
    return { errorCode: ErrorCode.NONE, topics: [...deleted.topics, ...unknown] }
  })
}
