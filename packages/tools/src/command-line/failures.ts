/** What a call of a client failed with, as a tool tells it. */
import { KafkaError } from '@millrace/client'
import { ToolError } from './tool.js'

/** What Kafka's tools print of an error that the broker gives a code for and no message: part of their output. */
const wordsOfKafka: Partial<Record<KafkaError['code'], string>> = {
  OFFSET_OUT_OF_RANGE: 'The requested offset is not within the range of offsets maintained by the server.',
  UNKNOWN_TOPIC_OR_PARTITION: 'This server does not host this topic-partition.',
  NON_EMPTY_GROUP: 'The group is not empty.',
  GROUP_ID_NOT_FOUND: 'The group id does not exist.',
  GROUP_SUBSCRIBED_TO_TOPIC:
    'Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.',
  DELEGATION_TOKEN_NOT_FOUND: 'Delegation Token is not found on server.',
  NO_REASSIGNMENT_IN_PROGRESS: 'No partition reassignment is in progress.',
}

/** Of several entities that failed, the first one's own error says it as the broker did. */
export function firstCause(error: KafkaError): KafkaError {
  return error.name === 'KafkaAggregateError' && error.cause instanceof KafkaError ? error.cause : error
}

/** What a broker said, or what kept the client from asking. */
export function errorText(error: KafkaError): string {
  const { code, message, cause } = firstCause(error)
  if (code === 'UNSUPPORTED_VERSION') return `The brokers do not support this: ${message}`
  if (message === new KafkaError(code).message) return wordsOfKafka[code] ?? message
  return cause instanceof Error && code === 'TIMEOUT' ? `${message} (${cause.message})` : message
}

/** What a user has to know of it. Throws what is neither of the client nor of the tool. */
export function reasonOf(error: unknown): string {
  if (error instanceof KafkaError) return errorText(error)
  if (error instanceof ToolError) return error.message
  throw error
}

export function hasCode(error: unknown, ...codes: readonly KafkaError['code'][]): boolean {
  return error instanceof KafkaError && codes.includes(error.code)
}
