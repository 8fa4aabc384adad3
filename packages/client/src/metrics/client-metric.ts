/** One figure of a client, as Java's `MetricName` with its value: what `allMetrics()` lists. */
export interface ClientMetric {
  /** `record-send-rate` */
  readonly name: string
  /** `producer-topic-metrics` */
  readonly group: string
  /** As Java's: `client-id`, and `topic`, `partition` or `node-id` where the figure is of one. */
  readonly tags: Readonly<Record<string, string>>
  /** NaN where Java has NaN: an average of nothing. */
  readonly value: number
}

/** The figures of one group and its tags, as metrics. */
export function clientMetrics(
  group: string,
  tags: Readonly<Record<string, string>>,
  values: Iterable<readonly [name: string, value: number]>,
): ClientMetric[] {
  return Array.from(values, ([name, value]) => ({ name, group, tags, value }))
}
