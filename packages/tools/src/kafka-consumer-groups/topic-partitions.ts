/** `--topic orders --topic payments:0,1`: which partitions that names. */
import type { TopicPartition } from '@millrace/client'
import { UsageError } from '../command-line/parse-options.js'

export interface NamedPartitions {
  readonly partitions: readonly TopicPartition[]
  /** Topics of which all partitions are meant. */
  readonly wholeTopics: readonly string[]
}

/** Errors: UsageError. */
export function namedPartitions(args: readonly string[]): NamedPartitions {
  return {
    partitions: args.filter((arg) => arg.includes(':')).flatMap(partitionsOf),
    wholeTopics: args.filter((arg) => !arg.includes(':')),
  }
}

function partitionsOf(arg: string): readonly TopicPartition[] {
  const [topic, partitions, ...more] = arg.split(':')
  if (!topic || !partitions || more.length > 0) {
    throw new UsageError(`Invalid topic arg '${arg}', expected topic name and partitions`)
  }
  return partitions.split(',').map((text) => {
    if (!/^\d+$/.test(text)) throw new UsageError(`Invalid partition '${text}' specified in topic arg '${arg}''`)
    return { topic, partition: Number(text) }
  })
}
