/** Why a record does not get as far as a batch. */
import { ErrorCode } from '@millrace/protocol'
import type { MetadataSnapshot } from '../cluster/metadata-snapshot.js'
import { errorOf, KafkaError } from '../errors.js'

/** Why a topic will not become known by waiting; undefined if it may. */
export function fatalErrorOf(snapshot: MetadataSnapshot, topic: string): KafkaError | undefined {
  const errorCode = snapshot.topics.get(topic)?.errorCode ?? ErrorCode.NONE
  const error = errorOf(errorCode)
  return error === undefined || error.retriable
    ? undefined
    : new KafkaError(error.code, `topic ${topic}: ${error.message}`)
}

export function placementError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  return new KafkaError('INVALID_ARGUMENT', `the partitioner threw: ${String(error)}`, { cause: error })
}

export function noSuchPartition(topic: string, partition: number, partitionCount: number): KafkaError {
  const message = `the partitioner chose partition ${partition} of ${topic}, which has ${partitionCount}`
  return new KafkaError('INVALID_ARGUMENT', message)
}

/** How large a record may be. */
export interface RecordLimits {
  /** `max.request.size` */
  readonly maxRequestBytes: number
  /** `buffer.memory` */
  readonly bufferBytes: number
}

/** In the words that Kafka's command lines print. */
export function tooLarge(bytes: number, { maxRequestBytes, bufferBytes }: RecordLimits): KafkaError {
  const why =
    bytes > maxRequestBytes
      ? `${maxRequestBytes}, which is the value of the max.request.size configuration.`
      : `the total memory buffer you have configured with the buffer.memory configuration (${bufferBytes}).`
  return new KafkaError(
    'MESSAGE_TOO_LARGE',
    `The message is ${bytes} bytes when serialized which is larger than ${why}`,
  )
}

/** `partitionCount` 0: the topic is not known at all. */
export function notPresent(topic: string, partitionCount: number, afterMs: number, cause: unknown): KafkaError {
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  const what = partitionCount === 0 ? `topic ${topic}` : `a partition of ${topic} beyond its ${partitionCount}`
  return new KafkaError('TIMEOUT', `${what} is not known after ${afterMs} ms${why}`, { cause })
}

export function exhausted(usedBytes: number, afterMs: number): KafkaError {
  const message = `no room in buffer.memory within ${afterMs} ms: ${usedBytes} bytes wait to be acknowledged`
  return new KafkaError('BUFFER_EXHAUSTED', message, { retriable: true })
}
