import { api } from '../schema/api.js'
import { array, bool, type Infer, int8, int16, int32, string, struct, uuid } from '../schema/fields.js'

export const createTopicsRequest = struct({
  topics: array(
    struct({
      name: string({ mapKey: true }),
      numPartitions: int32({ about: '-1: the default of the broker, or given by the assignments.' }),
      replicationFactor: int16({ about: '-1: the default of the broker, or given by the assignments.' }),
      assignments: array(struct({ partitionIndex: int32({ mapKey: true }), brokerIds: array(int32()) }), {
        about: 'Empty: the controller decides.',
      }),
      configs: array(struct({ name: string({ mapKey: true }), value: string({ nullable: true }) })),
    }),
  ),
  timeoutMs: int32({ default: 60000 }),
  validateOnly: bool({ default: false }),
})

export const createTopicsResponse = struct({
  throttleTimeMs: int32({ default: 0, ignorable: true }),
  topics: array(
    struct({
      name: string({ mapKey: true }),
      topicId: uuid({ versions: '7+', ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ nullable: true, ignorable: true }),
      topicConfigErrorCode: int16({ tag: 0, taggedVersions: '5+', ignorable: true, about: 'Why configs is null.' }),
      numPartitions: int32({ versions: '5+', default: -1, ignorable: true }),
      replicationFactor: int16({ versions: '5+', default: -1, ignorable: true }),
      configs: array(
        struct({
          name: string(),
          value: string({ nullable: true }),
          readOnly: bool(),
          configSource: int8({ default: -1, ignorable: true }),
          isSensitive: bool(),
        }),
        { versions: '5+', nullable: '5+', ignorable: true },
      ),
    }),
  ),
})

export interface CreateTopicsRequest extends Infer<typeof createTopicsRequest> {}
export interface CreateTopicsResponse extends Infer<typeof createTopicsResponse> {}

/** CreateTopics: creates topics, or checks whether they could be created. */
export const createTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: '2-7',
  flexible: '5+',
  notes: {
    4: 'partitions and replication factor may be left to the broker (KIP-464)',
    5: 'flexible; configs of the new topic in the response (KIP-525)',
    6: 'may answer THROTTLING_QUOTA_EXCEEDED (KIP-599)',
    7: 'topic id',
  },
  request: createTopicsRequest,
  response: createTopicsResponse,
})
