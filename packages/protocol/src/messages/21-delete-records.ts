import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct } from '../schema/fields.js'

export const deleteRecordsRequest = struct({
  topics: array(
    struct({
      name: string(),
      partitions: array(struct({ partitionIndex: int32(), offset: int64({ about: '-1: the high watermark.' }) })),
    }),
  ),
  timeoutMs: int32(),
})

export const deleteRecordsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  topics: array(
    struct({
      name: string({ mapKey: true }),
      partitions: array(struct({ partitionIndex: int32({ mapKey: true }), lowWatermark: int64(), errorCode: int16() })),
    }),
  ),
})

export interface DeleteRecordsRequest extends Infer<typeof deleteRecordsRequest> {}
export interface DeleteRecordsResponse extends Infer<typeof deleteRecordsResponse> {}

/** DeleteRecords: moves the start of partitions forward to an offset. */
export const deleteRecords = api({
  key: 21,
  name: 'DeleteRecords',
  versions: '0-2',
  flexible: '2+',
  notes: {
    2: 'flexible',
  },
  request: deleteRecordsRequest,
  response: deleteRecordsResponse,
})
