/** The command lines that have a table of options, each loaded when it is run: a tool does not start with another's code. */
import type { Tool } from './command-line/tool.js'

export const commandLines: Readonly<Record<string, () => Promise<Tool>>> = {
  'kafka-console-consumer': async () =>
    (await import('./kafka-console-consumer/kafka-console-consumer.js')).kafkaConsoleConsumer,
  'kafka-console-producer': async () =>
    (await import('./kafka-console-producer/kafka-console-producer.js')).kafkaConsoleProducer,
  'kafka-configs': async () => (await import('./kafka-configs/kafka-configs.js')).kafkaConfigs,
  'kafka-consumer-perf-test': async () =>
    (await import('./kafka-consumer-perf-test/kafka-consumer-perf-test.js')).kafkaConsumerPerfTest,
  'kafka-consumer-groups': async () =>
    (await import('./kafka-consumer-groups/kafka-consumer-groups.js')).kafkaConsumerGroups,
  'kafka-dump-log': async () => (await import('./kafka-dump-log/kafka-dump-log.js')).kafkaDumpLog,
  'kafka-broker-api-versions': async () =>
    (await import('./kafka-broker-api-versions/kafka-broker-api-versions.js')).kafkaBrokerApiVersions,
  'kafka-cluster': async () => (await import('./kafka-cluster/kafka-cluster.js')).kafkaCluster,
  'kafka-delete-records': async () =>
    (await import('./kafka-delete-records/kafka-delete-records.js')).kafkaDeleteRecords,
  'kafka-e2e-latency': async () => (await import('./kafka-e2e-latency/kafka-e2e-latency.js')).kafkaE2eLatency,
  'kafka-get-offsets': async () => (await import('./kafka-get-offsets/kafka-get-offsets.js')).kafkaGetOffsets,
  'kafka-log-dirs': async () => (await import('./kafka-log-dirs/kafka-log-dirs.js')).kafkaLogDirs,
  'kafka-producer-perf-test': async () =>
    (await import('./kafka-producer-perf-test/kafka-producer-perf-test.js')).kafkaProducerPerfTest,
  'kafka-acls': async () => (await import('./kafka-acls/kafka-acls.js')).kafkaAcls,
  'kafka-leader-election': async () =>
    (await import('./kafka-leader-election/kafka-leader-election.js')).kafkaLeaderElection,
  'kafka-transactions': async () => (await import('./kafka-transactions/kafka-transactions.js')).kafkaTransactions,
  'kafka-reassign-partitions': async () =>
    (await import('./kafka-reassign-partitions/kafka-reassign-partitions.js')).kafkaReassignPartitions,
  'kafka-delegation-tokens': async () =>
    (await import('./kafka-delegation-tokens/kafka-delegation-tokens.js')).kafkaDelegationTokens,
  'kafka-features': async () => (await import('./kafka-features/kafka-features.js')).kafkaFeatures,
  'kafka-metadata-quorum': async () =>
    (await import('./kafka-metadata-quorum/kafka-metadata-quorum.js')).kafkaMetadataQuorum,
  'kafka-streams-application-reset': async () =>
    (await import('./kafka-streams-application-reset/kafka-streams-application-reset.js')).kafkaStreamsApplicationReset,
  'kafka-topics': async () => (await import('./kafka-topics/kafka-topics.js')).kafkaTopics,
  'kafka-verifiable-consumer': async () =>
    (await import('./kafka-verifiable/kafka-verifiable-consumer.js')).kafkaVerifiableConsumer,
  'kafka-verifiable-producer': async () =>
    (await import('./kafka-verifiable/kafka-verifiable-producer.js')).kafkaVerifiableProducer,
}
