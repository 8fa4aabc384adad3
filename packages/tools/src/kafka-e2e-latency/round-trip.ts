import type { Bytes, KafkaConsumer, KafkaProducer } from '@millrace/client'
import { ToolError } from '../command-line/tool.js'

const POLL_TIMEOUT_MS = 60_000

/** Sends a record, waits until it is acknowledged, and then until it is read. Resolves with nanoseconds. Errors: ToolError. */
export async function roundTrip(
  producer: KafkaProducer<Bytes | null, Bytes | null>,
  consumer: KafkaConsumer<Buffer | null, Buffer | null>,
  topic: string,
  message: Buffer,
): Promise<number> {
  const begin = process.hrtime.bigint()
  await producer.send({ topic, value: message })
  const records = await consumer.poll({ timeoutMs: POLL_TIMEOUT_MS })
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
