import { api } from '../schema/api.js'
import { array, bool, type Infer, int16, int32, int64, string, struct } from '../schema/fields.js'

const topic = { name: string({ mapKey: true }), partitions: array(int32()) }

const partitionResult = { partitionIndex: int32({ mapKey: true }), partitionErrorCode: int16() }

const topicResult = { name: string({ mapKey: true }), resultsByPartition: array(struct(partitionResult)) }

export const addPartitionsToTxnRequest = struct({
  transactions: array(
    struct({
      transactionalId: string({ mapKey: true }),
      producerId: int64(),
      producerEpoch: int16(),
      verifyOnly: bool({ default: false, about: 'Whether the partitions are in the transaction; adds none.' }),
      topics: array(struct(topic)),
    }),
    { versions: '4+' },
  ),
  v3AndBelowTransactionalId: string({ versions: '0-3' }),
  v3AndBelowProducerId: int64({ versions: '0-3' }),
  v3AndBelowProducerEpoch: int16({ versions: '0-3' }),
  v3AndBelowTopics: array(struct(topic), { versions: '0-3' }),
})

export const addPartitionsToTxnResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16({ versions: '4+', ignorable: true }),
  resultsByTransaction: array(
    struct({ transactionalId: string({ mapKey: true }), topicResults: array(struct(topicResult)) }),
    { versions: '4+' },
  ),
  resultsByTopicV3AndBelow: array(struct(topicResult), { versions: '0-3' }),
})

export interface AddPartitionsToTxnRequest extends Infer<typeof addPartitionsToTxnRequest> {}
export interface AddPartitionsToTxnResponse extends Infer<typeof addPartitionsToTxnResponse> {}

/**
 * AddPartitionsToTxn: announces the partitions that a transaction is about to write to.
 *
 * Clients use versions up to 3, for one transaction; brokers use later ones among each other, for many (KIP-890).
 */
export const addPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: '0-5',
  flexible: '3+',
  notes: {
    2: 'may answer PRODUCER_FENCED',
    3: 'flexible',
    4: 'many transactions in one request, or only a check of them; error of the whole request',
    5: 'may answer TRANSACTION_ABORTABLE (KIP-890)',
  },
  request: addPartitionsToTxnRequest,
  response: addPartitionsToTxnResponse,
})
