import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, int64, string, struct } from '../schema/fields.js'

export const writeTxnMarkersRequest = struct({
  markers: array(
    struct({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: bool({ about: 'True: committed.' }),
      topics: array(struct({ name: string(), partitionIndexes: array(int32()) })),
      coordinatorEpoch: int32(),
      transactionVersion: int8({
        versions: '2+',
        default: 0,
        ignorable: true,
        about: '2 from transactions with an epoch of their own.',
      }),
    }),
  ),
})

export const writeTxnMarkersResponse = struct({
  markers: array(
    struct({
      producerId: int64(),
      topics: array(
        struct({ name: string(), partitions: array(struct({ partitionIndex: int32(), errorCode: int16() })) }),
      ),
    }),
  ),
})

export interface WriteTxnMarkersRequest extends Infer<typeof writeTxnMarkersRequest> {}
export interface WriteTxnMarkersResponse extends Infer<typeof writeTxnMarkersResponse> {}

/**
 * WriteTxnMarkers: ends transactions in the logs of partitions.
 *
 * Coordinators send it; and admins, to abort a transaction that hangs (KIP-664).
 */
export const writeTxnMarkers = api({
  key: 27,
  name: 'WriteTxnMarkers',
  versions: '0-2',
  flexible: '1+',
  notes: {
    1: 'flexible',
    2: 'version of transactions (KIP-1228)',
  },
  request: writeTxnMarkersRequest,
  response: writeTxnMarkersResponse,
})
