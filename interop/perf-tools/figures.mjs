// What the perf tools print, read strictly: a line of another form is an error. And what holds for any such figures,
// whoever has measured them.
import assert from 'node:assert/strict'

const mebibyte = 1024 * 1024
const windowLine =
  /^(?<records>\d+) records sent, (?<rate>\d+\.\d) records\/sec \((?<mbRate>\d+\.\d\d) MB\/sec\), (?<avgMs>\d+\.\d) ms avg latency, (?<maxMs>\d+\.\d) ms max latency\.$/
const totalLine =
  /^(?<records>\d+) records sent, (?<rate>\d+\.\d{6}) records\/sec \((?<mbRate>\d+\.\d\d) MB\/sec\), (?<avgMs>\d+\.\d\d) ms avg latency, (?<maxMs>\d+\.\d\d) ms max latency, (?<p50>\d+) ms 50th, (?<p95>\d+) ms 95th, (?<p99>\d+) ms 99th, (?<p999>\d+) ms 99\.9th\.$/
const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}`
const rates = String.raw`(?<mb>\d+\.\d{4}), (?<mbRate>\d+\.\d{4}), (?<records>\d+), (?<rate>\d+\.\d{4}), (?<joiningMs>\d+), (?<fetchingMs>-?\d+), (?<fetchMbRate>-?\d+\.\d{4}), (?<fetchRate>-?\d+\.\d{4})`
const consumedLine = new RegExp(`^(?<start>${time}), (?<end>${time}), ${rates}$`)
const intervalLine = new RegExp(`^(?<end>${time}), 0, ${rates}$`)
const headings = (first) =>
  `${first}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec`

/** Of kafka-producer-perf-test: `windows` and the `total`. */
export function producerFigures(stdout) {
  const lines = stdout.trimEnd().split('\n')
  const total = figuresIn(lines.pop(), totalLine)
  return { windows: lines.map((line) => figuresIn(line, windowLine)), total }
}

/** Of kafka-consumer-perf-test. */
export function consumerFigures(stdout) {
  const [heading, line, ...more] = stdout.trimEnd().split('\n')
  assert.deepEqual([heading, more], [headings('start.time, end.time'), []])
  return figuresIn(line, consumedLine)
}

/** Of kafka-consumer-perf-test with --show-detailed-stats: one for each interval. */
export function intervalFigures(stdout) {
  const [heading, ...lines] = stdout.trimEnd().split('\n')
  assert.equal(heading, headings('time, threadId'))
  return lines.map((line) => figuresIn(line, intervalLine))
}

/** Of kafka-e2e-latency for up to a thousand records. */
export function latencyFigures(stdout) {
  const [progress, average, percentiles, ...more] = stdout.trimEnd().split('\n')
  assert.deepEqual(more, [])
  return {
    ...figuresIn(progress, /^0\t(?<firstMs>\d+\.\d+(E-\d+)?)$/),
    ...figuresIn(average, /^Avg latency: (?<avgMs>\d+\.\d{4}) ms$/),
    ...figuresIn(percentiles, /^Percentiles: 50th = (?<p50>\d+), 99th = (?<p99>\d+), 99\.9th = (?<p999>\d+)$/),
  }
}

/** Times as ms since 1970 (in this machine's zone, as the tools print them), all else as numbers. */
function figuresIn(line, form) {
  const { groups } = line.match(form) ?? {}
  assert.ok(groups, `not of the form ${form}: ${line}`)
  const isTime = (text) => /^\d{4}-/.test(text)
  const toMs = (text) => Date.parse(text.replace(' ', 'T').replace(/:(\d{3})$/, '.$1'))
  return Object.fromEntries(
    Object.entries(groups)
      .filter(([, text]) => text !== undefined)
      .map(([name, text]) => [name, isTime(text) ? toMs(text) : Number(text)]),
  )
}

/** The total of a producer that sent all of `records` of `size` bytes, in less than `tookMs` altogether. */
export function checkProducer({ windows, total }, { records, size, tookMs }) {
  assert.equal(total.records, records)
  near(total.mbRate, (total.rate * size) / mebibyte, { rounding: 0.005 })
  ordered(total.p50, total.p95, total.p99, total.p999, total.maxMs)
  ordered(0, total.avgMs, total.maxMs)
  const elapsedMs = (1000 * records) / total.rate
  assert.ok(elapsedMs < tookMs, `${records} records at ${total.rate}/s in ${tookMs} ms`)
  assert.ok(total.maxMs <= elapsedMs + 1, `a latency of ${total.maxMs} ms within ${elapsedMs} ms`)
  for (const window of windows) {
    near(window.mbRate, (window.rate * size) / mebibyte, { rounding: 0.005 + (0.05 * size) / mebibyte })
    ordered(0, window.avgMs, window.maxMs, total.maxMs + 0.1)
  }
  const inWindows = windows.reduce((sum, window) => sum + window.records, 0)
  assert.ok(inWindows <= records, `${inWindows} of ${records} records in windows`)
}

/** A consumer that read all of `records` of `size` bytes, in less than `tookMs` altogether. */
export function checkConsumer(figures, { records, size, tookMs }) {
  const { start, end, mb, joiningMs, fetchingMs } = figures
  const elapsedMs = end - start
  assert.equal(figures.records, records)
  near(mb, (records * size) / mebibyte, { rounding: 0.00005 })
  assert.ok(elapsedMs > 0 && elapsedMs < tookMs, `${elapsedMs} of ${tookMs} ms`)
  assert.equal(joiningMs + fetchingMs, elapsedMs)
  near(figures.mbRate, (1000 * mb) / elapsedMs, { rounding: 0.0001 })
  near(figures.rate, (1000 * records) / elapsedMs, { rounding: 0.00005 })
  near(figures.fetchMbRate, (1000 * mb) / fetchingMs, { rounding: 0.0001 })
  near(figures.fetchRate, (1000 * records) / fetchingMs, { rounding: 0.00005 })
}

/** Counts that grow from interval to interval, up to those of all records. */
export function checkIntervals(intervals, { records, size }) {
  assert.ok(intervals.length > 0)
  let before = { records: 0, mb: 0 }
  for (const interval of intervals) {
    assert.ok(interval.records > before.records && interval.records <= records)
    near(interval.mb, (interval.records * size) / mebibyte, { rounding: 0.00005 })
    const counted = interval.records - before.records
    // Both rates are over the same time.
    near(interval.mbRate, (interval.rate * size) / mebibyte, { rounding: 0.0001 })
    assert.ok(interval.rate > 0 && counted > 0)
    before = interval
  }
}

/** Latencies of records that went one by one, in less than `tookMs` altogether. */
export function checkLatencies({ firstMs, avgMs, p50, p99, p999 }, { records, tookMs }) {
  ordered(p50, p99, p999)
  // Percentiles are in whole milliseconds, cut off: half of them last at least as long as the median.
  assert.ok(avgMs >= p50 / 2 && avgMs < p999 + 1, `an average of ${avgMs} ms, ${p50} to ${p999} ms`)
  assert.ok(firstMs < p999 + 1)
  assert.ok(avgMs * records < tookMs, `${records} times ${avgMs} ms in ${tookMs} ms`)
}

/** To within the rounding of what is printed, and a thousandth for that of what it is computed from. */
function near(actual, expected, { rounding }) {
  const difference = Math.abs(actual - expected)
  assert.ok(difference <= rounding + expected / 1000, `${actual} is not ${expected}`)
}

function ordered(...numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  assert.deepEqual(numbers, sorted)
}
