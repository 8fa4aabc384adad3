/**
 * The process and its Node.js, under the names that every Prometheus client library gives them.
 *
 * Garbage collections are counted as they happen, the open files are listed before a scrape; all else is read at the scrape.
 */
import { readdir, readFile } from 'node:fs/promises'
import { constants, type NodeGCPerformanceDetail, PerformanceObserver, performance } from 'node:perf_hooks'
import { labelText, metricLine } from './exposition.js'
import { type MetricFamily, type Preparation, seriesOf, singleValue } from './metrics-registry.js'

const gcKinds = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

export class ProcessMetrics {
  readonly #gc = new Map([...gcKinds.values()].map((kind) => [kind, { seconds: 0, count: 0 }]))
  readonly #observer: PerformanceObserver
  #openFiles: number | undefined
  #maxFiles: number | undefined
  #lastUtilization = performance.eventLoopUtilization()
  #lastIdle = 1
  #lastReadMs = performance.now()

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { duration } = entry
        const detail = (entry as { readonly detail?: NodeGCPerformanceDetail }).detail
        const kind = gcKinds.get(detail?.kind ?? -1)
        const sum = kind === undefined ? undefined : this.#gc.get(kind)
        if (sum === undefined) continue
        sum.seconds += duration / 1000
        sum.count += 1
      }
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  stop(): void {
    this.#observer.disconnect()
  }

  /** Counts the open files, where the system tells. */
  readonly prepare: Preparation = async () => {
    this.#openFiles = (await readdir('/proc/self/fd')).length
    this.#maxFiles ??= Number(/^Max open files\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1])
  }

  families(): MetricFamily[] {
    return [...this.#processFamilies(), ...this.#nodeFamilies(), this.#idleFamily()]
  }

  #processFamilies(): MetricFamily[] {
    const startedSeconds = performance.timeOrigin / 1000
    const cpuSeconds = () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    }
    return [
      singleValue('counter', 'process_cpu_seconds_total', 'Processor time spent, user and system.', cpuSeconds),
      singleValue('gauge', 'process_start_time_seconds', 'When the process started, since 1970.', () => startedSeconds),
      singleValue('gauge', 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss()),
      singleValue('gauge', 'process_open_fds', 'Open file descriptors.', () => this.#openFiles),
      singleValue('gauge', 'process_max_fds', 'The most file descriptors that may be open.', () => this.#maxFiles),
    ]
  }

  #nodeFamilies(): MetricFamily[] {
    const gc = this.#gc
    const gcName = 'nodejs_gc_duration_seconds'
    const memory = (name: string, help: string, read: (usage: NodeJS.MemoryUsage) => number) =>
      singleValue('gauge', name, help, () => read(process.memoryUsage()))
    return [
      seriesOf('gauge', 'nodejs_version_info', 'The version of Node.js.', () => [[{ version: process.version }, 1]]),
      memory('nodejs_heap_size_total_bytes', 'The size of the heap.', ({ heapTotal }) => heapTotal),
      memory('nodejs_heap_size_used_bytes', 'What is used of the heap.', ({ heapUsed }) => heapUsed),
      memory('nodejs_external_memory_bytes', 'Memory outside the heap, buffers included.', ({ external }) => external),
      {
        name: gcName,
        type: 'summary',
        help: 'Collections of garbage, and how long they took.',
        *lines() {
          for (const [kind, { seconds, count }] of gc) {
            yield metricLine(`${gcName}_sum`, labelText({ kind }), seconds)
            yield metricLine(`${gcName}_count`, labelText({ kind }), count)
          }
        },
      },
    ]
  }

  /** One loop does the work of Kafka's network and request threads: its idle share stands for theirs. */
  #idleFamily(): MetricFamily {
    const name = 'kafka_network_socketserver_networkprocessoravgidle_percent'
    return singleValue(
      'gauge',
      name,
      'The share of time that the event loop was idle since the last reading, 0 to 1.',
      () => {
        const nowMs = performance.now()
        // Two readers at one time would leave each other too short a while.
        if (nowMs - this.#lastReadMs < 1000) return this.#lastIdle
        const current = performance.eventLoopUtilization()
        this.#lastIdle = 1 - performance.eventLoopUtilization(current, this.#lastUtilization).utilization
        this.#lastUtilization = current
        this.#lastReadMs = nowMs
        return this.#lastIdle
      },
    )
  }
}
