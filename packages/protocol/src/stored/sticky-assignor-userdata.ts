import { MalformedMessageError } from '../schema/errors.js'
import { type AnyStruct, array, type Infer, int32, string, struct } from '../schema/fields.js'
import { type Message, message } from '../schema/message.js'
import { decodeStruct } from '../stored-message.js'

/**
 * What the assignor `sticky` puts into the user data of a subscription: the partitions that the member had. The bytes
 * do not tell their version: write 1, and read with {@link readStickyAssignorUserData}.
 */
export const stickyAssignorUserData = message({
  name: 'StickyAssignorUserData',
  versions: '0-1',
  flexible: 'none',
  schema: struct({
    previousAssignment: array(struct({ topic: string(), partitions: array(int32()) })),
    generation: int32({ versions: '1+', default: -1, ignorable: true, about: 'When the partitions were owned.' }),
  }),
})

/**
 * What the assignor `cooperative-sticky` puts into the user data of a subscription, whose own field for the generation
 * only version 2 has. The partitions are the subscription's `ownedPartitions`.
 */
export const cooperativeStickyAssignorUserData = message({
  name: 'CooperativeStickyAssignorUserData',
  versions: '0',
  flexible: 'none',
  schema: struct({ generation: int32({ about: '-1 before the first assignment.' }) }),
})

export interface StickyAssignorUserData extends Infer<(typeof stickyAssignorUserData)['schema']> {}
export interface CooperativeStickyAssignorUserData
  extends Infer<(typeof cooperativeStickyAssignorUserData)['schema']> {}

/**
 * The user data of a subscription to `sticky`, in the newest version that it can be read in. What cannot be read, or is
 * not there, is nothing, of generation -1: the member is then assigned to as if it were new, and the rebalance goes on
 * (Kafka: StickyAssignor).
 */
export function readStickyAssignorUserData(userData: Buffer | null): StickyAssignorUserData {
  return (
    readIfWellFormed(stickyAssignorUserData, 1, userData) ??
    readIfWellFormed(stickyAssignorUserData, 0, userData) ?? { previousAssignment: [], generation: -1 }
  )
}

/** The same of a subscription to `cooperative-sticky` (Kafka: CooperativeStickyAssignor). */
export function readCooperativeStickyAssignorUserData(userData: Buffer | null): CooperativeStickyAssignorUserData {
  return readIfWellFormed(cooperativeStickyAssignorUserData, 0, userData) ?? { generation: -1 }
}

function readIfWellFormed<S extends AnyStruct>(
  message: Message<S>,
  version: number,
  bytes: Buffer | null,
): Infer<S> | undefined {
  if (bytes === null) return undefined
  try {
    return decodeStruct(message, version, bytes)
  } catch (error) {
    if (error instanceof MalformedMessageError) return undefined
    throw error
  }
}
