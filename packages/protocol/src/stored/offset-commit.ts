import { type Infer, int32, int64, string, struct, timestamp, uuid } from '../schema/fields.js'
import { message } from '../schema/message.js'

/** Key of a committed offset in `__consumer_offsets`; versions 0 and 1 are the same. */
export const offsetCommitKey = message({
  name: 'OffsetCommitKey',
  versions: '0-1',
  flexible: 'none',
  schema: struct({ group: string(), topic: string(), partition: int32() }),
})

/** A committed offset in `__consumer_offsets`. */
export const offsetCommitValue = message({
  name: 'OffsetCommitValue',
  versions: '0-4',
  flexible: '4+',
  schema: struct({
    offset: int64(),
    leaderEpoch: int32({ versions: '3+', default: -1, ignorable: true }),
    metadata: string(),
    commitTimestamp: timestamp(),
    expireTimestamp: timestamp({ versions: '1', default: -1, ignorable: true }),
    topicId: uuid({ tag: 0, taggedVersions: '4+', ignorable: true }),
  }),
})

export interface OffsetCommitKey extends Infer<(typeof offsetCommitKey)['schema']> {}
export interface OffsetCommitValue extends Infer<(typeof offsetCommitValue)['schema']> {}
