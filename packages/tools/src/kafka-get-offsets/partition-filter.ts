/** Which partitions `kafka-get-offsets` is asked about (`TopicPartitionFilter`). Errors: ToolError. */
import type { TopicPartition } from '@millrace/client'
import { ToolError } from '../command-line/tool.js'
import { topicFilter } from '../command-line/topic-filter.js'

export interface PartitionFilter {
  hasTopic(topic: string): boolean
  has(partition: TopicPartition): boolean
}

/** `--topic` and `--partitions`; undefined: all. */
export function filterOf(topics: string | undefined, partitions: string | undefined): PartitionFilter {
  const hasTopic = topicFilter(topics ?? '.*')
  const wanted = new Set(partitions ? partitions.split(',').map((text) => numberOf(text, partitions)) : [])
  return {
    hasTopic,
    has: ({ topic, partition }) => hasTopic(topic) && (wanted.size === 0 || wanted.has(partition)),
  }
}

function numberOf(text: string, list: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  throw new ToolError(`--partitions expects a comma separated list of numeric partition ids, but received: ${list}`)
}

/** `orders:1,pay.*:0-3,x:2-,:-2`: the second bound of a range does not belong to it. */
export function filterOfRules(rules: string): PartitionFilter {
  const filters = rules.split(',').map(parseRule)
  return {
    hasTopic: (topic) => filters.some((filter) => filter.hasTopic(topic)),
    has: (partition) => filters.some((filter) => filter.has(partition)),
  }
}

const RULE = /^([^:,]*)(?::(?:(\d*)|(\d*)-(\d*)))?$/

function parseRule(rule: string): PartitionFilter {
  const match = RULE.exec(rule)
  if (match === null) throw new ToolError(`Invalid rule specification: ${rule}`)
  const [, topics, only, from, to] = match
  const hasTopic = topicFilter(topics || '.*')
  const first = Number(only || from || 0)
  const end = only ? first + 1 : Number(to || Number.POSITIVE_INFINITY)
  return { hasTopic, has: ({ topic, partition }) => hasTopic(topic) && partition >= first && partition < end }
}
