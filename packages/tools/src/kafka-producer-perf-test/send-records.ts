import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Bytes, KafkaError, KafkaProducer } from '@millrace/client'
import { ThroughputThrottler } from '../measuring/throughput-throttler.js'
import type { Payloads } from './payloads.js'
import type { ProducerStats } from './producer-stats.js'

export interface Load {
  readonly topic: string
  readonly count: number
  /** Records a second; below 0: no limit. */
  readonly throughput: number
  /** How long a transaction lasts; 0: there are none. */
  readonly transactionMs: number
  readonly payloads: Payloads
  readonly stats: ProducerStats
  /** Aborted: no more records are sent, those under way are waited for. */
  readonly signal: AbortSignal
  readonly complain: (line: string) => void
  /** Called now and then: so many records have been sent. */
  readonly onSent: (records: number) => void
}

/** Sends the records, and tells `stats` of those that are acknowledged. Errors: of an unknown topic; those of transactions. */
export async function sendRecords(producer: KafkaProducer<Bytes | null, Bytes | null>, load: Load): Promise<void> {
  const { topic, count, payloads, stats, signal, transactionMs } = load
  const failures = new Failures(load.complain)
  if (!(await isKnown(producer, topic, signal))) return
  const throttler = new ThroughputThrottler(load.throughput, Date.now())
  let isFree = false
  let turnMs = Date.now()
  let transactionStartMs: number | undefined
  for (let number = 0; number < count && !signal.aborted; number++) {
    const value = payloads(number, isFree)
    if (transactionMs > 0 && transactionStartMs === undefined) {
      producer.beginTransaction()
      transactionStartMs = Date.now()
    }
    const { length } = value
    const startMs = Date.now()
    isFree = producer.trySend({ topic, value }, (error) => {
      const nowMs = Date.now()
      if (error === null) stats.record(nowMs - startMs, length, nowMs)
      else failures.add(error)
    })
    if (!isFree) await producer.drained()
    if (transactionStartMs !== undefined && startMs - transactionStartMs >= transactionMs) {
      await producer.commitTransaction()
      transactionStartMs = undefined
    }
    if (throttler.isAhead(number, startMs)) await throttler.throttle(signal)
    if (startMs !== turnMs) {
      // The loop belongs to the connections too.
      await nextTurn()
      turnMs = Date.now()
      load.onSent(number + 1)
    }
  }
  if (transactionStartMs !== undefined) await producer.commitTransaction()
  await producer.flush()
  failures.tell()
}

/** Waits for the topic, as Java's `send` does: what is sent then is not held up by it. False: interrupted. */
async function isKnown(
  producer: KafkaProducer<Bytes | null, Bytes | null>,
  topic: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await producer.partitionsFor(topic, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

/** What went wrong, told once for each reason, and counted. */
class Failures {
  readonly #complain: (line: string) => void
  readonly #counts = new Map<string, number>()

  constructor(complain: (line: string) => void) {
    this.#complain = complain
  }

  add({ message }: KafkaError): void {
    const count = this.#counts.get(message) ?? 0
    if (count === 0) this.#complain(message)
    this.#counts.set(message, count + 1)
  }

  tell(): void {
    for (const [message, count] of this.#counts) {
      if (count > 1) this.#complain(`${count} records failed: ${message}`)
    }
  }
}
