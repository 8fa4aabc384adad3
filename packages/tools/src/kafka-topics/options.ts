/** The options of `kafka-topics`. */
import { clusterOptions } from '../command-line/client-settings.js'
import { flag, integer, text, texts } from '../command-line/option-table.js'
import { outputOption } from '../command-line/output.js'
import type { Invocation } from '../command-line/tool.js'
import { zooKeeperOption } from '../command-line/zookeeper-brokers.js'

export const options = {
  ...clusterOptions,
  ...zooKeeperOption,
  ...outputOption,
  list: flag('Name all topics.'),
  create: flag('Create a topic.'),
  delete: flag('Delete topics.'),
  alter: flag('Add partitions to topics. (Their settings are changed by kafka-configs.)'),
  describe: flag('Show partitions, leaders, replicas and settings of topics.'),
  topic: text('topic', 'The topic; but for --create a regular expression, with \\ before its special characters.'),
  'topic-id': text('topic-id', 'The topic to describe, by its id.'),
  config: texts('name=value', 'A setting of the topic to create.'),
  'delete-config': text('name', 'No longer there: use kafka-configs.'),
  partitions: integer('count', 'How many partitions the topic has then. With --create the default is the brokers’.'),
  'replication-factor': integer('factor', 'Replicas of each partition. The default is the brokers’.'),
  'replica-assignment': text('id:id,id:id,…', 'The brokers of each partition, the preferred leader first.'),
  'under-replicated-partitions': flag('Describe only partitions that lack replicas in sync.'),
  'unavailable-partitions': flag('Describe only partitions without a leader.'),
  'under-min-isr-partitions': flag('Describe only partitions with fewer replicas in sync than min.insync.replicas.'),
  'at-min-isr-partitions': flag('Describe only partitions with exactly min.insync.replicas in sync.'),
  'topics-with-overrides': flag('Describe only topics with settings of their own.'),
  'if-exists': flag('Do nothing if the topic is not there.'),
  'if-not-exists': flag('Do nothing if the topic is there already.'),
  'exclude-internal': flag('Leave internal topics out.'),
  'partition-size-limit-per-response': integer('count', 'Partitions that one answer of a broker may describe.'),
} as const

export type TopicsInvocation = Invocation<typeof options>
