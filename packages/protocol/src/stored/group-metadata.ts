import { array, bytes, type Infer, int32, string, struct, timestamp } from '../schema/fields.js'
import { message } from '../schema/message.js'

/** Key of a classic group in `__consumer_offsets`. */
export const groupMetadataKey = message({
  name: 'GroupMetadataKey',
  versions: '2',
  flexible: 'none',
  schema: struct({ group: string() }),
})

/** One generation of a classic group in `__consumer_offsets`. */
export const groupMetadataValue = message({
  name: 'GroupMetadataValue',
  versions: '0-4',
  flexible: '4+',
  schema: struct({
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: true }),
    leader: string({ nullable: true }),
    currentStateTimestamp: timestamp({ versions: '2+', default: -1, ignorable: true }),
    members: array(
      struct({
        memberId: string(),
        groupInstanceId: string({ versions: '3+', nullable: '3+', default: null, ignorable: true }),
        clientId: string(),
        clientHost: string(),
        rebalanceTimeout: int32({ versions: '1+', default: -1, ignorable: true, about: 'Milliseconds.' }),
        sessionTimeout: int32({ about: 'Milliseconds.' }),
        subscription: bytes(),
        assignment: bytes(),
      }),
    ),
  }),
})

export interface GroupMetadataKey extends Infer<(typeof groupMetadataKey)['schema']> {}
export interface GroupMetadataValue extends Infer<(typeof groupMetadataValue)['schema']> {}
