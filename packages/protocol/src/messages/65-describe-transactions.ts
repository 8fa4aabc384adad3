import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, int64, string, struct, timestamp } from '../schema/fields.js'

export const describeTransactionsRequest = struct({ transactionalIds: array(string()) })

export const describeTransactionsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  transactionStates: array(
    struct({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string({
        about: 'Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, Dead or PrepareEpochFence.',
      }),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: timestamp({ about: '-1 if none is open.' }),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array(struct({ topic: string({ mapKey: true }), partitions: array(int32()) }), {
        about: 'Of those, the partitions without a marker once it is being ended.',
      }),
    }),
  ),
})

export interface DescribeTransactionsRequest extends Infer<typeof describeTransactionsRequest> {}
export interface DescribeTransactionsResponse extends Infer<typeof describeTransactionsResponse> {}

/** DescribeTransactions: what the coordinator knows of transactional ids (KIP-664). */
export const describeTransactions = api({
  key: 65,
  name: 'DescribeTransactions',
  versions: '0',
  flexible: '0+',
  request: describeTransactionsRequest,
  response: describeTransactionsResponse,
})
