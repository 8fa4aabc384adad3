// The arithmetic of the benchmarks: pure, and tested beside it.

/** The middle of the values; of an even number of them, the mean of the two in the middle. */
export function median(values) {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Half of the distance between the largest and the smallest value, as a part of the median: 0.05 is ±5 %. */
export function spread(values) {
  const middle = median(values)
  return middle === 0 ? 0 : (Math.max(...values) - Math.min(...values)) / 2 / Math.abs(middle)
}

/** The value that a part `p` (0–1) of the values does not exceed, by nearest rank. `sorted` ascends. */
export function percentile(sorted, p) {
  if (sorted.length === 0) return Number.NaN
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))]
}

/** Of latencies in ms: `{ meanMs, p50Ms, p99Ms, p999Ms }`. */
export function latencies(valuesMs) {
  const sorted = Float64Array.from(valuesMs).sort()
  const meanMs = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  return { meanMs, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99), p999Ms: percentile(sorted, 0.999) }
}
