import type { KafkaConsumer } from '@millrace/client'
import type { Consumption } from './consumption-report.js'

const POLL_MS = 100

export interface Reading {
  readonly topic: string
  readonly maxRecords: number
  /** Without a record for so long it ends. */
  readonly timeoutMs: number
  readonly intervalMs: number
  readonly signal: AbortSignal
  /** So many records have been read. */
  readonly onRead: (records: number) => void
  /** An interval has gone by; `all`: since the beginning. */
  readonly onInterval: (interval: Consumption, all: Consumption) => void
}

/** Reads the topic in a group, and counts. Errors: those of `poll`. */
export async function readRecords(
  consumer: KafkaConsumer<Buffer | null, Buffer | null>,
  { topic, maxRecords, timeoutMs, intervalMs, signal, onRead, onInterval }: Reading,
): Promise<Consumption> {
  const startMs = Date.now()
  const joining = new Joining(startMs)
  consumer.subscribe(topic, joining)
  let nowMs = startMs
  let lastRecordMs = startMs
  let records = 0
  let bytes = 0
  const counted = (): Consumption => ({ startMs, endMs: nowMs, records, bytes, rebalanceMs: joining.totalMs })
  let last = counted()
  while (records < maxRecords && nowMs - lastRecordMs <= timeoutMs && !signal.aborted) {
    const polled = await consumer.poll({ timeoutMs: POLL_MS })
    nowMs = Date.now()
    if (polled.isEmpty()) continue
    lastRecordMs = nowMs
    for (const partition of polled.partitions()) {
      for (const { serializedKeySize, serializedValueSize } of polled.records(partition)) {
        bytes += (serializedKeySize > 0 ? serializedKeySize : 0) + (serializedValueSize > 0 ? serializedValueSize : 0)
        records += 1
        if (nowMs - last.endMs >= intervalMs) {
          const all = counted()
          onInterval(between(last, all), all)
          last = all
        }
      }
    }
    onRead(records)
  }
  nowMs = Date.now()
  return counted()
}

function between(last: Consumption, all: Consumption): Consumption {
  return {
    startMs: last.endMs,
    endMs: all.endMs,
    records: all.records - last.records,
    bytes: all.bytes - last.bytes,
    rebalanceMs: all.rebalanceMs - last.rebalanceMs,
  }
}

/** How long the consumer was without partitions. */
class Joining {
  totalMs = 0
  #sinceMs: number

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  onPartitionsRevoked(): void {
    this.#sinceMs = Date.now()
  }

  onPartitionsAssigned(): void {
    this.totalMs += Date.now() - this.#sinceMs
  }
}
