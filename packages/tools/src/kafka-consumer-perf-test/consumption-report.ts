/** What a consumer read in how long, as Kafka's tool prints it (`ConsumerPerformance`). Pure. */
import { fixed } from '../measuring/java-number.js'

const MEGABYTE = 1024 * 1024

/** From its beginning to its end. */
export interface Consumption {
  readonly startMs: number
  readonly endMs: number
  readonly records: number
  readonly bytes: number
  /** Of that time, until partitions were assigned. */
  readonly rebalanceMs: number
}

export interface ConsumptionReport {
  readonly megabytes: number
  readonly megabytesPerSecond: number
  readonly records: number
  readonly recordsPerSecond: number
  readonly rebalanceMs: number
  readonly fetchMs: number
  readonly fetchMegabytesPerSecond: number
  readonly fetchRecordsPerSecond: number
}

export function consumptionReport({ startMs, endMs, records, bytes, rebalanceMs }: Consumption): ConsumptionReport {
  const seconds = (endMs - startMs) / 1000
  const fetchMs = endMs - startMs - rebalanceMs
  const megabytes = bytes / MEGABYTE
  return {
    megabytes,
    megabytesPerSecond: megabytes / seconds,
    records,
    recordsPerSecond: records / seconds,
    rebalanceMs,
    fetchMs,
    fetchMegabytesPerSecond: megabytes / (fetchMs / 1000),
    fetchRecordsPerSecond: records / (fetchMs / 1000),
  }
}

export function headerLine({ isDetailed }: { readonly isDetailed: boolean }): string {
  const what = 'data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec'
  const fetching = 'rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec'
  return `${isDetailed ? 'time, threadId' : 'start.time, end.time'}, ${what}, ${fetching}`
}

type TimeText = (timeMs: number) => string

/** The line at the end. */
export function totalLine(consumption: Consumption, time: TimeText): string {
  return `${time(consumption.startMs)}, ${time(consumption.endMs)}, ${figures(consumptionReport(consumption))}`
}

/** The line of an interval: rates are those of the interval, sums those of all since the beginning. */
export function intervalLine(
  interval: Consumption,
  all: Pick<Consumption, 'records' | 'bytes'>,
  time: TimeText,
): string {
  const report = consumptionReport(interval)
  const isFetching = report.fetchMs > 0
  return `${time(interval.endMs)}, 0, ${figures({
    ...report,
    megabytes: all.bytes / MEGABYTE,
    records: all.records,
    fetchMegabytesPerSecond: isFetching ? report.fetchMegabytesPerSecond : 0,
    fetchRecordsPerSecond: isFetching ? report.fetchRecordsPerSecond : 0,
  })}`
}

function figures(report: ConsumptionReport): string {
  return [
    fixed(report.megabytes, 4),
    fixed(report.megabytesPerSecond, 4),
    report.records,
    fixed(report.recordsPerSecond, 4),
    report.rebalanceMs,
    report.fetchMs,
    fixed(report.fetchMegabytesPerSecond, 4),
    fixed(report.fetchRecordsPerSecond, 4),
  ].join(', ')
}
