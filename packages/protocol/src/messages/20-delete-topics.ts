import { api } from '../schema/api.js'
import { array, type Infer, int16, int32, string, struct, uuid } from '../schema/fields.js'

export const deleteTopicsRequest = struct({
  topics: array(struct({ name: string({ nullable: true, default: null }), topicId: uuid() }), {
    versions: '6+',
    about: 'Each by its name or by its id.',
  }),
  topicNames: array(string(), { versions: '0-5', ignorable: true }),
  timeoutMs: int32(),
})

export const deleteTopicsResponse = struct({
  throttleTimeMs: int32({ default: 0, ignorable: true }),
  responses: array(
    struct({
      name: string({ nullable: '6+', mapKey: true }),
      topicId: uuid({ versions: '6+', ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    }),
  ),
})

export interface DeleteTopicsRequest extends Infer<typeof deleteTopicsRequest> {}
export interface DeleteTopicsResponse extends Infer<typeof deleteTopicsResponse> {}

/** DeleteTopics: deletes topics by name or id. */
export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: '1-6',
  flexible: '4+',
  notes: {
    3: 'may answer TOPIC_DELETION_DISABLED',
    4: 'flexible',
    5: 'error message; may answer THROTTLING_QUOTA_EXCEEDED (KIP-599)',
    6: 'topics by id (KIP-516)',
  },
  request: deleteTopicsRequest,
  response: deleteTopicsResponse,
})
