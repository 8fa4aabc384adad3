import { api } from '../schema/api.js'
import { array, type Infer, int8, int16, int32, int64, string, struct, timestamp } from '../schema/fields.js'

export const listOffsetsRequest = struct({
  replicaId: int32({ about: 'Broker id of a follower; -1 for a consumer.' }),
  isolationLevel: int8({ versions: '2+', about: '0: read uncommitted; 1: read committed.' }),
  topics: array(
    struct({
      name: string(),
      partitions: array(
        struct({
          partitionIndex: int32(),
          currentLeaderEpoch: int32({ versions: '4+', default: -1, ignorable: true }),
          timestamp: timestamp({
            about:
              '-1: end; -2: start; -3: record with the largest timestamp; -4: start on local disk; -5: last offset in remote storage; -6: first one not there yet.',
          }),
        }),
      ),
    }),
  ),
  timeoutMs: int32({ versions: '10+', ignorable: true, about: 'For lookups in remote storage.' }),
})

export const listOffsetsResponse = struct({
  throttleTimeMs: int32({ versions: '2+', ignorable: true }),
  topics: array(
    struct({
      name: string(),
      partitions: array(
        struct({
          partitionIndex: int32(),
          errorCode: int16(),
          timestamp: timestamp({ default: -1, about: 'Timestamp of the record found.' }),
          offset: int64({ default: -1 }),
          leaderEpoch: int32({ versions: '4+', default: -1 }),
        }),
      ),
    }),
  ),
})

export interface ListOffsetsRequest extends Infer<typeof listOffsetsRequest> {}
export interface ListOffsetsResponse extends Infer<typeof listOffsetsResponse> {}

/** ListOffsets: finds the first offset at or after a timestamp, or one of the special offsets. */
export const listOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: '1-11',
  flexible: '6+',
  notes: {
    1: 'one offset and its timestamp (KIP-79)',
    2: 'isolation level (KIP-98)',
    4: 'leader epoch (KIP-320)',
    5: 'may answer OFFSET_NOT_AVAILABLE (KIP-207)',
    6: 'flexible',
    7: 'special -3 (KIP-734)',
    8: 'special -4 (KIP-405)',
    9: 'special -5 (KIP-1005)',
    10: 'timeout for remote storage (KIP-1075)',
    11: 'special -6 (KIP-1023)',
  },
  request: listOffsetsRequest,
  response: listOffsetsResponse,
})
