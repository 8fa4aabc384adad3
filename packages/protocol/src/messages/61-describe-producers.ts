import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct, timestamp } from '../schema/fields.js'

export const describeProducersRequest = struct({
  topics: array(struct({ name: string(), partitionIndexes: array(int32()) })),
})

export const describeProducersResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  topics: array(
    struct({
      name: string(),
      partitions: array(
        struct({
          partitionIndex: int32(),
          errorCode: int16(),
          errorMessage: string({ nullable: true, default: null }),
          activeProducers: array(
            struct({
              producerId: int64(),
              producerEpoch: int32(),
              lastSequence: int32({ default: -1 }),
              lastTimestamp: timestamp({ default: -1 }),
              coordinatorEpoch: int32(),
              currentTxnStartOffset: int64({ default: -1 }),
            }),
          ),
        }),
      ),
    }),
  ),
})

export interface DescribeProducersRequest extends Infer<typeof describeProducersRequest> {}
export interface DescribeProducersResponse extends Infer<typeof describeProducersResponse> {}

/** DescribeProducers: the producers that partitions keep state of (KIP-664). */
export const describeProducers = api({
  key: 61,
  name: 'DescribeProducers',
  versions: '0',
  flexible: '0+',
  request: describeProducersRequest,
  response: describeProducersResponse,
})
