/** What a call of a client failed with, as a tool tells it. */
import { KafkaError } from '@millrace/client'
import { errorText } from './run-tool.js'
import { ToolError } from './tool.js'

/** Of several entities that failed, the first one's own error says it as the broker did. */
export function firstCause(error: KafkaError): KafkaError {
  return error.name === 'KafkaAggregateError' && error.cause instanceof KafkaError ? error.cause : error
}

/** What a user has to know of it. Throws what is neither of the client nor of the tool. */
export function reasonOf(error: unknown): string {
  if (error instanceof KafkaError) {
    const first = firstCause(error)
    return first.code === 'UNSUPPORTED_VERSION' ? `The brokers do not support this: ${first.message}` : errorText(first)
  }
  if (error instanceof ToolError) return error.message
  throw error
}

export function hasCode(error: unknown, ...codes: readonly KafkaError['code'][]): boolean {
  return error instanceof KafkaError && codes.includes(error.code)
}
