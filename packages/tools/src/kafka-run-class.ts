/** `kafka-run-class CLASS …`: the tool behind the name of a Java class, as old command lines call it. */

const toolsByClass: Readonly<Record<string, string>> = {
  AclCommand: 'kafka-acls',
  BrokerApiVersionsCommand: 'kafka-broker-api-versions',
  ClusterTool: 'kafka-cluster',
  ConfigCommand: 'kafka-configs',
  ConsoleConsumer: 'kafka-console-consumer',
  ConsoleProducer: 'kafka-console-producer',
  ConsumerGroupCommand: 'kafka-consumer-groups',
  ConsumerPerformance: 'kafka-consumer-perf-test',
  DelegationTokenCommand: 'kafka-delegation-tokens',
  DeleteRecordsCommand: 'kafka-delete-records',
  DumpLogSegments: 'kafka-dump-log',
  EndToEndLatency: 'kafka-e2e-latency',
  FeatureCommand: 'kafka-features',
  GetOffsetShell: 'kafka-get-offsets',
  Kafka: 'kafka-server-start',
  LeaderElectionCommand: 'kafka-leader-election',
  LogDirsCommand: 'kafka-log-dirs',
  MetadataQuorumCommand: 'kafka-metadata-quorum',
  PreferredReplicaLeaderElectionCommand: 'kafka-leader-election',
  ProducerPerformance: 'kafka-producer-perf-test',
  QuorumPeerMain: 'zookeeper-server-start',
  ReassignPartitionsCommand: 'kafka-reassign-partitions',
  StreamsResetter: 'kafka-streams-application-reset',
  TopicCommand: 'kafka-topics',
  TransactionsCommand: 'kafka-transactions',
  VerifiableConsumer: 'kafka-verifiable-consumer',
  VerifiableProducer: 'kafka-verifiable-producer',
  ZooKeeperMain: 'zookeeper-shell',
  ZooKeeperMainWithTlsSupportForKafka: 'zookeeper-shell',
}

/** Options of Kafka's script, for the JVM; the first takes a value. */
const takenOptions: Readonly<Record<string, number>> = { '-name': 2, '-daemon': 1, '-loggc': 1 }

export async function kafkaRunClass(
  args: readonly string[],
  run: (tool: string, args: readonly string[]) => Promise<void>,
): Promise<void> {
  let at = 0
  while (takenOptions[args[at] ?? ''] !== undefined) at += takenOptions[args[at] ?? ''] ?? 0
  const [className, ...rest] = args.slice(at)
  const tool = toolsByClass[className?.split(/[.$]/).at(-1) ?? '']
  if (tool !== undefined) return await run(tool, rest)
  console.error(
    className === undefined
      ? 'USAGE: kafka-run-class [-daemon] [-name servicename] [-loggc] classname [options]'
      : `${className} is not one of Kafka's command lines. There are: ${Object.keys(toolsByClass).join(', ')}.`,
  )
  process.exitCode = 1
}
