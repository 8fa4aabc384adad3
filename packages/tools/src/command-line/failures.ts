/** What a call of a client failed with, as a tool tells it. */
import { KafkaError } from '@millrace/client'
import { ToolError } from './tool.js'

/** Of several entities that failed, the first one's own error says it as the broker did. */
export function firstCause(error: KafkaError): KafkaError {
  return error.name === 'KafkaAggregateError' && error.cause instanceof KafkaError ? error.cause : error
}

/** What a broker said, or what kept the client from asking. */
export function errorText(error: KafkaError): string {
  const { code, message, cause } = firstCause(error)
  if (code === 'UNSUPPORTED_VERSION') return `The brokers do not support this: ${message}`
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
