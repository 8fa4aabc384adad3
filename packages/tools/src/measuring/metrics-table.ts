/** The figures of a client as Kafka's tools print them for `--print-metrics` (`ToolsUtils.printMetrics`). */
import type { KafkaConsumer, KafkaProducer } from '@millrace/client'
import { fixed } from './java-number.js'

type ClientMetric = ReturnType<KafkaProducer['allMetrics'] | KafkaConsumer['allMetrics']>[number]

export function metricsTable(metrics: readonly ClientMetric[]): readonly string[] {
  if (metrics.length === 0) return []
  const rows = metrics.map(({ group, name, tags, value }) => {
    const tagTexts = Object.entries(tags).map(([tag, text]) => `${tag}=${text}`)
    return [`${group}:${name}:{${tagTexts.join(', ')}}`, fixed(value, 3)] as const
  })
  rows.sort(([a], [b]) => (a < b ? -1 : 1))
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    '',
    `${'Metric Name'.padEnd(width)}   Value`,
    ...rows.map(([name, value]) => `${name.padEnd(width)} : ${value}`),
  ]
}
