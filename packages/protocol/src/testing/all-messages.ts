import { apis } from '../apis.js'
import { requestHeader, responseHeader } from '../messages/headers.js'
import type { AnyApi } from '../schema/api.js'
import type { Message } from '../schema/message.js'
import * as consumerGroupRecords from '../stored/consumer-group-records.js'
import { consumerProtocolAssignment, consumerProtocolSubscription } from '../stored/consumer-protocol.js'
import { groupMetadataKey, groupMetadataValue } from '../stored/group-metadata.js'
import { offsetCommitKey, offsetCommitValue } from '../stored/offset-commit.js'
import { cooperativeStickyAssignorUserData, stickyAssignorUserData } from '../stored/sticky-assignor-userdata.js'
import { transactionLogKey, transactionLogValue } from '../stored/transaction-log.js'

/** All APIs, with a type that fits every one of them. */
export const allApis: readonly AnyApi[] = Object.values<AnyApi>(apis)

/** Messages that are not requests or responses. */
export const otherMessages: readonly Message[] = [
  requestHeader,
  responseHeader,
  consumerProtocolSubscription,
  consumerProtocolAssignment,
  offsetCommitKey,
  offsetCommitValue,
  groupMetadataKey,
  groupMetadataValue,
  ...Object.values<Message>(consumerGroupRecords),
  transactionLogKey,
  transactionLogValue,
  stickyAssignorUserData,
  cooperativeStickyAssignorUserData,
]

/** Every message there is. */
export const allMessages: readonly Message[] = [
  ...allApis.flatMap((api) => [api.request, api.response]),
  ...otherMessages,
]

/** Every version of a message. */
export function versionsOf(message: Message): number[] {
  const { min, max } = message.versions
  return Array.from({ length: max - min + 1 }, (_, index) => min + index)
}
