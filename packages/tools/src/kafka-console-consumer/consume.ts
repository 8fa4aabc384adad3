/** Reads records and prints them until there are enough, none come any more, or the user has seen enough. */
import {
  type ConsumerRecord,
  type ConsumerRecords,
  type KafkaConsumer,
  KafkaError,
  type TopicPartition,
  TopicPartitionMap,
  WakeupError,
} from '@millrace/client'
import { errorText } from '../command-line/failures.js'
import { ToolError, type ToolIo } from '../command-line/tool.js'
import type { Formatter } from './formatter.js'

export interface Consumption {
  readonly consumer: KafkaConsumer<Buffer, Buffer>
  readonly start:
    | { readonly topics: string | RegExp }
    | { readonly partition: TopicPartition; readonly offset: number | 'earliest' | 'latest' }
  /** Undefined: all that come. */
  readonly maxMessages: number | undefined
  /** Undefined: wait for ever. */
  readonly timeoutMs: number | undefined
  readonly skipsErrors: boolean
  readonly format: Formatter
}

export interface Consumed {
  readonly count: number
  /** What ended it before its time. */
  readonly failure: ToolError | undefined
}

/** Where it goes. */
export interface Printer {
  readonly io: Pick<ToolIo, 'stdout'>
  complain(line: string): void
}

const POLL_MS = 1000

/** The consumer is closed then, and what was printed is committed if its group commits. */
export async function consume(consumption: Consumption, printer: Printer, interrupted: AbortSignal): Promise<Consumed> {
  const { consumer, maxMessages = Number.POSITIVE_INFINITY, timeoutMs } = consumption
  const wakeUp = () => consumer.wakeup()
  interrupted.addEventListener('abort', wakeUp)
  let count = 0
  let failure: ToolError | undefined
  try {
    begin(consumption)
    let lastAt = performance.now()
    while (count < maxMessages && !interrupted.aborted) {
      const records = await consumer.poll({ timeoutMs: Math.min(timeoutMs ?? POLL_MS, POLL_MS) })
      if (!records.isEmpty()) {
        const printed = printAll(records, maxMessages - count, consumption, printer)
        count += printed.count
        lastAt = performance.now()
        if (printed.flushed !== undefined) await printed.flushed
        if (printed.error !== undefined) throw printed.error
        continue
      }
      // Not an error for Kafka's tool: exit code 0.
      if (timeoutMs === undefined || performance.now() - lastAt < timeoutMs) continue
      printer.complain(`No record came for ${timeoutMs} ms: that is the end (TimeoutException).`)
      break
    }
  } catch (error) {
    if (!(error instanceof WakeupError)) failure = failureOf(error)
  } finally {
    interrupted.removeEventListener('abort', wakeUp)
    await consumer.close()
  }
  return { count, failure }
}

function begin({ consumer, start }: Consumption): void {
  if ('topics' in start) {
    consumer.subscribe(start.topics)
    return
  }
  const { partition, offset } = start
  consumer.assign([partition])
  if (offset === 'earliest') consumer.seekToBeginning([partition])
  else if (offset === 'latest') consumer.seekToEnd([partition])
  else consumer.seek(partition, offset)
}

interface Printed {
  readonly count: number
  /** Why the record behind these could not be printed. */
  readonly error: ToolError | undefined
  /** If stdout has enough for now. */
  readonly flushed: Promise<void> | undefined
}

function printAll(
  records: ConsumerRecords<Buffer, Buffer>,
  max: number,
  { consumer, format, skipsErrors }: Consumption,
  { io, complain }: Printer,
): Printed {
  const chunks: Buffer[] = []
  const unread = new TopicPartitionMap<number>()
  let count = 0
  let error: ToolError | undefined
  for (const record of records) {
    const { topic, partition, offset } = record
    if (count === max || error !== undefined) {
      if (!unread.has({ topic, partition })) unread.set({ topic, partition }, offset)
      continue
    }
    try {
      chunks.push(Buffer.from(format(record as ConsumerRecord)))
      count++
    } catch (thrown) {
      const { message } = thrown as Error
      if (skipsErrors) complain(`Error processing message, skipping this message: ${message}`)
      else {
        error = thrown instanceof ToolError ? thrown : unprintable(record, message)
        unread.set({ topic, partition }, offset)
      }
    }
  }
  // What was fetched and not printed is not consumed: nobody may commit it.
  for (const [partition, offset] of unread) consumer.seek(partition, offset)
  const goesOn = io.stdout.write(Buffer.concat(chunks))
  return { count, error, flushed: goesOn ? undefined : drained(io.stdout) }
}

function unprintable({ topic, partition, offset }: ConsumerRecord, reason: string): ToolError {
  return new ToolError(
    `${topic}-${partition} has a record at offset ${offset} that cannot be printed: ${reason}. --skip-message-on-error leaves such records out.`,
  )
}

function drained(stdout: ToolIo['stdout']): Promise<void> {
  return new Promise((resolve) => {
    stdout.once('drain', resolve)
    stdout.once('close', resolve)
    stdout.once('error', () => resolve())
  })
}

function failureOf(error: unknown): ToolError {
  if (error instanceof ToolError) return error
  if (error instanceof KafkaError) return new ToolError(errorText(error))
  throw error
}
