/** The command lines that have a table of options, each loaded when it is run: a tool does not start with another's code. */
import type { Tool } from './command-line/tool.js'

export const commandLines: Readonly<Record<string, () => Promise<Tool>>> = {
  'kafka-console-consumer': async () =>
    (await import('./kafka-console-consumer/kafka-console-consumer.js')).kafkaConsoleConsumer,
  'kafka-console-producer': async () =>
    (await import('./kafka-console-producer/kafka-console-producer.js')).kafkaConsoleProducer,
  'kafka-configs': async () => (await import('./kafka-configs/kafka-configs.js')).kafkaConfigs,
  'kafka-consumer-groups': async () =>
    (await import('./kafka-consumer-groups/kafka-consumer-groups.js')).kafkaConsumerGroups,
  'kafka-dump-log': async () => (await import('./kafka-dump-log/kafka-dump-log.js')).kafkaDumpLog,
  'kafka-topics': async () => (await import('./kafka-topics/kafka-topics.js')).kafkaTopics,
}
