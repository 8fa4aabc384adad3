import type { Bytes, KafkaConsumer, KafkaProducer } from '@millrace/client'
import { ToolError } from '../command-line/tool.js'

const POLL_TIMEOUT_MS = 60_000

interface Trip {
  readonly topic: string
  readonly message: Buffer
  /** Whoever aborts it wakes the consumer up, too. */
  readonly signal: AbortSignal
}

/**
 * Sends a record, waits until it is acknowledged, and then until it is read. Resolves with nanoseconds; undefined: interrupted.
 * Errors: ToolError; those of the client.
 */
export async function roundTrip(
  producer: KafkaProducer<Bytes | null, Bytes | null>,
  consumer: KafkaConsumer<Buffer | null, Buffer | null>,
  { topic, message, signal }: Trip,
): Promise<number | undefined> {
  const begin = process.hrtime.bigint()
  const read = async () => {
    await producer.send({ topic, value: message }, { signal })
    return await consumer.poll({ timeoutMs: POLL_TIMEOUT_MS })
  }
  const records = await read().catch((error: unknown) => {
    if (!signal.aborted) throw error
    return undefined
  })
  if (records === undefined) return undefined
  const elapsedNs = Number(process.hrtime.bigint() - begin)
  const [record] = records
  if (record === undefined) {
    throw new ToolError(`poll() timed out before finding a result (timeout:[${POLL_TIMEOUT_MS}])`)
  }
  if (record.rawValue?.equals(message) !== true) {
    throw new ToolError(`The message read [${record.rawValue}] did not match the message sent [${message}]`)
  }
  if (records.count !== 1) {
    throw new ToolError(`Only one result was expected during this test. We found [${records.count}]`)
  }
  return elapsedNs
}
