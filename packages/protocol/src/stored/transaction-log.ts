import { array, type Infer, int8, int16, int32, int64, string, struct, timestamp } from '../schema/fields.js'
import { message } from '../schema/message.js'

/** Key of a transactional id in `__transaction_state`. */
export const transactionLogKey = message({
  name: 'TransactionLogKey',
  versions: '0',
  flexible: 'none',
  schema: struct({ transactionalId: string() }),
})

/** What the coordinator knows of a transactional id, in `__transaction_state`. */
export const transactionLogValue = message({
  name: 'TransactionLogValue',
  versions: '0-1',
  flexible: '1+',
  schema: struct({
    producerId: int64(),
    previousProducerId: int64({ tag: 0, taggedVersions: '1+', versions: '1+', default: -1 }),
    nextProducerId: int64({ tag: 1, taggedVersions: '1+', versions: '1+', default: -1 }),
    producerEpoch: int16(),
    nextProducerEpoch: int16({ tag: 3, taggedVersions: '1+', versions: '1+', default: -1 }),
    transactionTimeoutMs: int32(),
    transactionStatus: int8({ about: 'By number: see TRANSACTION_STATUSES.' }),
    transactionPartitions: array(struct({ topic: string(), partitionIds: array(int32()) }), { nullable: true }),
    transactionLastUpdateTimestampMs: timestamp(),
    transactionStartTimestampMs: timestamp(),
    clientTransactionVersion: int16({ tag: 2, taggedVersions: '1+', versions: '1+', default: 0 }),
  }),
})

/** The states of a transaction, by their number in {@link transactionLogValue}. Source: Kafka's TransactionState. */
export const TRANSACTION_STATUSES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const

export interface TransactionLogKey extends Infer<(typeof transactionLogKey)['schema']> {}
export interface TransactionLogValue extends Infer<(typeof transactionLogValue)['schema']> {}
