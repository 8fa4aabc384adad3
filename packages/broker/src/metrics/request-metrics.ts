/**
 * Counts and times of requests by API (Kafka: kafka.network.RequestMetrics).
 *
 * The total time of a request runs from its start to its answer: a long poll counts with its wait. What it waited in its
 * connection behind others before that, and what its answer took to leave afterwards, is counted apart.
 */
import { type AnyApi, ErrorCode, errorInfo } from '@millrace/protocol'
import { type Labels, labelText, metricLine } from './exposition.js'
import type { MetricFamily } from './metrics-registry.js'
import { TimeHistogram } from './time-histogram.js'

/** What one API has done. The dispatcher holds it beside the handler, so that nothing is looked up for a request. */
export class ApiMetrics {
  readonly request: string
  readonly times = new TimeHistogram()
  /** From the last byte of a request to its start. */
  readonly queueTimes = new TimeHistogram()
  /** From an answer until the system has taken its last byte. */
  readonly sendTimes = new TimeHistogram()
  readonly countsByVersion: Float64Array
  readonly countsByError = new Map<number, number>()
  inFlight = 0
  requestBytes = 0

  constructor(api: AnyApi) {
    this.request = api.name
    this.countsByVersion = new Float64Array(api.versions.max + 1)
  }

  get isUsed(): boolean {
    return this.inFlight > 0 || this.times.count > 0
  }

  begin(version: number, bytes: number, waitedMs: number): void {
    this.queueTimes.observe(waitedMs)
    this.countsByVersion[version]! += 1
    this.requestBytes += bytes
    this.inFlight += 1
  }

  /** An error that stands for the whole answer is counted; those of single partitions by who knows of them. */
  end(tookMs: number, answer: unknown): void {
    this.inFlight -= 1
    this.times.observe(tookMs)
    const errorCode = (answer as { readonly errorCode?: number } | undefined)?.errorCode
    if (errorCode !== undefined && errorCode !== ErrorCode.NONE) this.failed(errorCode)
  }

  failed(errorCode: number, count = 1): void {
    this.countsByError.set(errorCode, (this.countsByError.get(errorCode) ?? 0) + count)
  }
}

const quantiles = [0.5, 0.75, 0.95, 0.98, 0.99, 0.999]

export class RequestMetrics {
  readonly #apis = new Map<string, ApiMetrics>()
  readonly #nowMs: () => number

  /** `nowMs` never goes back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  of(api: AnyApi): ApiMetrics {
    let metrics = this.#apis.get(api.name)
    if (metrics === undefined) {
      metrics = new ApiMetrics(api)
      this.#apis.set(api.name, metrics)
    }
    return metrics
  }

  families(): MetricFamily[] {
    const kafka = 'kafka_network_requestmetrics'
    return [
      this.#family('counter', `${kafka}_requests_total`, 'Requests, by API and version.', byVersion),
      this.#family('counter', `${kafka}_errors_total`, 'Answers with an error, by API and error.', byError),
      this.#family('counter', `${kafka}_requestbytes_total`, 'Bytes of requests.', (name, api) => [
        metricLine(name, labelText({ request: api.request }), api.requestBytes),
      ]),
      this.#family(
        'summary',
        `${kafka}_totaltimems`,
        'Time from the start of a request to its answer, ms; quantiles of the last one to two minutes.',
        (name, { request, times }) => byQuantile(name, request, times, this.#nowMs()),
      ),
      this.#family(
        'summary',
        `${kafka}_requestqueuetimems`,
        'Time from the last byte of a request to its start, behind others of its connection, ms.',
        (name, { request, queueTimes }) => byQuantile(name, request, queueTimes, this.#nowMs()),
      ),
      this.#family(
        'summary',
        `${kafka}_responsesendtimems`,
        'Time from the answer to a request until the system has taken it, ms.',
        (name, { request, sendTimes }) => byQuantile(name, request, sendTimes, this.#nowMs()),
      ),
      this.#family(
        'histogram',
        'millrace_request_duration_seconds',
        'Time from the start of a request to its answer.',
        (name, api) => api.times.bucketLines(name, { request: api.request }),
      ),
      this.#family('gauge', 'millrace_requests_in_flight', 'Requests at work, long polls included.', (name, api) => [
        metricLine(name, labelText({ request: api.request }), api.inFlight),
      ]),
    ]
  }

  #family(
    type: MetricFamily['type'],
    name: string,
    help: string,
    linesOf: (name: string, api: ApiMetrics) => Iterable<string>,
  ): MetricFamily {
    const apis = this.#apis
    return {
      name,
      type,
      help,
      *lines() {
        for (const api of apis.values()) if (api.isUsed) yield* linesOf(name, api)
      },
    }
  }
}

function* byVersion(name: string, { request, countsByVersion }: ApiMetrics): Iterable<string> {
  for (const [version, count] of countsByVersion.entries()) {
    if (count > 0) yield metricLine(name, labelText({ request, version }), count)
  }
}

function* byError(name: string, { request, countsByError }: ApiMetrics): Iterable<string> {
  for (const [code, count] of countsByError) {
    yield metricLine(name, labelText({ request, error: errorInfo(code).name }), count)
  }
}

function* byQuantile(name: string, request: string, times: TimeHistogram, nowMs: number): Iterable<string> {
  if (times.count === 0) return
  const labels: Labels = { request }
  for (const quantile of quantiles) {
    yield metricLine(name, labelText({ ...labels, quantile }), times.recentQuantileMs(quantile, nowMs))
  }
  yield metricLine(`${name}_sum`, labelText(labels), times.sumMs)
  yield metricLine(`${name}_count`, labelText(labels), times.count)
}
