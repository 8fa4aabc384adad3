/** What became of the records that were sent, in windows of five seconds and in all (`ProducerPerformance.Stats`). */
import { fixed } from '../measuring/java-number.js'
import { percentiles } from '../measuring/latency-percentiles.js'

const WINDOW_MS = 5000
const SAMPLES_MAX = 500_000
const MEGABYTE = 1024 * 1024

/** A window, or all of it. */
export interface Report {
  readonly records: number
  readonly recordsPerSecond: number
  readonly megabytesPerSecond: number
  readonly avgLatencyMs: number
  readonly maxLatencyMs: number
  /** At 50, 95, 99 and 99.9 percent, of all of it only. */
  readonly percentilesMs?: readonly number[]
}

class Totals {
  readonly startMs: number
  count = 0
  bytes = 0
  latencyMs = 0
  maxLatencyMs = 0

  constructor(startMs: number) {
    this.startMs = startMs
  }

  add(latencyMs: number, bytes: number): void {
    this.count += 1
    this.bytes += bytes
    this.latencyMs += latencyMs
    if (latencyMs > this.maxLatencyMs) this.maxLatencyMs = latencyMs
  }

  report(nowMs: number): Report {
    const elapsedMs = nowMs - this.startMs
    return {
      records: this.count,
      recordsPerSecond: (1000 * this.count) / elapsedMs,
      megabytesPerSecond: (1000 * this.bytes) / elapsedMs / MEGABYTE,
      avgLatencyMs: this.latencyMs / this.count,
      maxLatencyMs: this.maxLatencyMs,
    }
  }
}

export class ProducerStats {
  readonly #all: Totals
  readonly #sampling: number
  readonly #latencies: Int32Array
  #samples = 0
  #window: Totals
  readonly #onWindow: (report: Report) => void

  constructor(recordCount: number, startMs: number, onWindow: (report: Report) => void) {
    this.#all = new Totals(startMs)
    this.#window = new Totals(startMs)
    this.#onWindow = onWindow
    this.#sampling = Math.floor(recordCount / Math.min(recordCount, SAMPLES_MAX))
    this.#latencies = new Int32Array(Math.floor(recordCount / this.#sampling) + 1)
  }

  /** A record was acknowledged. */
  record(latencyMs: number, bytes: number, nowMs: number): void {
    if (this.#all.count % this.#sampling === 0) {
      this.#latencies[this.#samples] = latencyMs
      this.#samples += 1
    }
    this.#all.add(latencyMs, bytes)
    this.#window.add(latencyMs, bytes)
    if (nowMs - this.#window.startMs >= WINDOW_MS) {
      this.#onWindow(this.#window.report(nowMs))
      this.#window = new Totals(nowMs)
    }
  }

  total(nowMs: number): Report {
    return {
      ...this.#all.report(nowMs),
      percentilesMs: percentiles(this.#latencies, this.#samples, [0.5, 0.95, 0.99, 0.999]),
    }
  }
}

/** As Kafka's tool prints it. */
export function reportText({ percentilesMs, ...report }: Report): string {
  const { records, recordsPerSecond, megabytesPerSecond, avgLatencyMs, maxLatencyMs } = report
  const digits = percentilesMs === undefined ? 1 : 2
  const rate = fixed(recordsPerSecond, percentilesMs === undefined ? 1 : 6)
  const latencies = `${fixed(avgLatencyMs, digits)} ms avg latency, ${fixed(maxLatencyMs, digits)} ms max latency`
  const text = `${records} records sent, ${rate} records/sec (${fixed(megabytesPerSecond, 2)} MB/sec), ${latencies}`
  const [p50, p95, p99, p999] = percentilesMs ?? []
  return p50 === undefined ? `${text}.` : `${text}, ${p50} ms 50th, ${p95} ms 95th, ${p99} ms 99th, ${p999} ms 99.9th.`
}
