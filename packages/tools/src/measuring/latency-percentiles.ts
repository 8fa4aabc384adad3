/** The latencies at those shares, of the first `count`, which it sorts in place; 0 where there are none. */
export function percentiles(
  latencies: Int32Array | Float64Array,
  count: number,
  shares: readonly number[],
): readonly number[] {
  const size = Math.min(count, latencies.length)
  latencies.subarray(0, size).sort()
  return shares.map((share) => latencies[Math.trunc(share * size)] ?? 0)
}
