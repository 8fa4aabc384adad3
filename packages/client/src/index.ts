export type { AccessControlEntry, AclBinding, AclBindingFilter, DeletedAcl, ResourcePattern } from './admin/acls.js'
export type { AdminConfig } from './admin/admin-config.js'
export { AdminResult, KafkaAggregateError, type Outcome } from './admin/admin-result.js'
export type { ApiVersions } from './admin/api-versions.js'
export type {
  AlterClientQuotasOptions,
  ClientQuota,
  ClientQuotaAlteration,
  ClientQuotaEntity,
  ClientQuotaFilter,
} from './admin/client-quotas.js'
export type {
  AclOperation,
  AclPermissionType,
  AclResourceType,
  AlterConfigOpType,
  ConfigResourceType,
  ConfigSource,
  ConfigType,
  ElectionType,
  PatternType,
  ScramMechanism,
  UpgradeType,
} from './admin/code-names.js'
export type {
  AlterConfigOp,
  AlterConfigsOptions,
  Config,
  ConfigEntry,
  ConfigResource,
  ConfigSynonym,
  DescribeConfigsOptions,
  ListConfigResourcesOptions,
  ResourceAlteration,
  ResourceConfig,
} from './admin/configs.js'
export type {
  CreateDelegationTokenOptions,
  DelegationToken,
  DescribeDelegationTokenOptions,
  ExpireDelegationTokenOptions,
  KafkaPrincipal,
  RenewDelegationTokenOptions,
  TokenInformation,
} from './admin/delegation-tokens.js'
export type {
  ClusterDescription,
  ClusterNode,
  DescribeClusterOptions,
  FeatureMetadata,
  FeatureUpdate,
  FeatureVersions,
  NewRaftVoter,
  QuorumInfo,
  RaftVoter,
  RaftVoterEndpoint,
  RaftVoterOptions,
  ReplicaState,
  UpdateFeaturesOptions,
} from './admin/describe-cluster.js'
export type {
  DescribeTopicsOptions,
  TopicCollection,
  TopicDescription,
  TopicListing,
  TopicPartitionInfo,
} from './admin/describe-topics.js'
export type { MemberToRemove, RemoveMembersOptions } from './admin/group-members.js'
export type { GroupOffsets, GroupOffsetsSpec, ListGroupOffsetsOptions } from './admin/group-offsets.js'
export type { GroupState, GroupType } from './admin/group-types.js'
export type {
  ClassicGroupDescription,
  ConsumerGroupDescription,
  DescribeGroupsOptions,
  MemberDescription,
} from './admin/groups.js'
export { KafkaAdminClient } from './admin/kafka-admin-client.js'
export type { GroupListing, ListConsumerGroupsOptions, ListGroupsOptions } from './admin/list-groups.js'
export type {
  LogDirDescription,
  LogDirs,
  ReplicaInfo,
  ReplicaLogDirInfo,
  TopicPartitionReplica,
} from './admin/log-dirs.js'
export type {
  DeletedRecords,
  ListOffsetsOptions,
  ListOffsetsResultInfo,
  OffsetSpec,
  RecordsToDelete,
} from './admin/partition-offsets.js'
export type { AlterReassignmentsOptions, PartitionReassignment } from './admin/reassignments.js'
export type {
  ScramCredentialInfo,
  UserScramCredentialAlteration,
  UserScramCredentialDeletion,
  UserScramCredentialUpsertion,
} from './admin/scram-credentials.js'
export type { ShareGroupDescription, ShareMemberDescription } from './admin/share-groups.js'
export type {
  StreamsAssignment,
  StreamsGroupDescription,
  StreamsInternalTopic,
  StreamsMemberDescription,
  StreamsSubtopology,
  StreamsTaskIds,
  StreamsTaskOffset,
} from './admin/streams-groups.js'
export type {
  CreatedTopic,
  CreatePartitionsOptions,
  CreateTopicsOptions,
  ListTopicsOptions,
  NewPartitions,
  NewTopic,
  QuotaOptions,
} from './admin/topics.js'
export type {
  AbortTransactionSpec,
  DescribeProducersOptions,
  FencedProducer,
  ListTransactionsOptions,
  ProducerState,
  TransactionDescription,
  TransactionListing,
  TransactionState,
} from './admin/transactions.js'
export { type ClientKind, type LenientConfig, lenientConfig } from './config/lenient-config.js'
export { ConfigError } from './config/parse-config.js'
export type { BatchesOptions, RecordBatch } from './consumer/batch-iterator.js'
export type { ConsumerConfig } from './consumer/consumer-config.js'
export {
  LogTruncationError,
  PartitionError,
  RecordDeserializationError,
  WakeupError,
} from './consumer/consumer-errors.js'
export { ConsumerRecord, ConsumerRecords } from './consumer/consumer-record.js'
export type {
  ConsumerPartitionAssignor,
  GroupAssignment,
  GroupMember,
  RebalanceProtocol,
} from './consumer/core/assignors/assignor.js'
export type { FetchEvent, RebalanceEvent } from './consumer/diagnostics.js'
export type { ConsumerInterceptor } from './consumer/interceptors.js'
export {
  type CloseOptions,
  type ConsumerGroupMetadata,
  type ConsumerState,
  KafkaConsumer,
} from './consumer/kafka-consumer.js'
export type { RebalanceConsumer, RebalanceListener } from './consumer/rebalance-listener.js'
export type { BatchContext, DeadLetterProducer, Decision, RecordContext, RunOptions } from './consumer/run-options.js'
export { type ClientErrorCode, KafkaError, type KafkaErrorCode } from './errors.js'
export type { ClientMetric } from './metrics/client-metric.js'
export type { PartitionInfo } from './partition-info.js'
export type { CallOptions, Logger } from './ports.js'
export type { RecordMetadata } from './producer/core/delivery.js'
export { SendError } from './producer/deliveries.js'
export type { ProduceRequestEvent, SendContext } from './producer/diagnostics.js'
export { KafkaProducer } from './producer/kafka-producer.js'
export {
  type Partitioner,
  type PartitionerCluster,
  type PartitionFunction,
  partitionForKey,
  roundRobinPartitioner,
} from './producer/partitioner.js'
export type { ProducerConfig, ProducerOptions } from './producer/producer-options.js'
export type { ProducerInterceptor, ProducerRecord, SendCallback } from './producer/producer-record.js'
export type { Transaction, TransactionalConsumer } from './producer/transaction.js'
export type { TransactionGroupMetadata } from './producer/transaction-requests.js'
export { type Bytes, type Headers, type HeadersInit, RecordHeaders } from './serdes/headers.js'
export { javaDeserializer, javaSerializer } from './serdes/java-serdes.js'
export type { Deserializer, Serde, Serializer } from './serdes/serde.js'
export { Serdes } from './serdes/serdes.js'
export type { StandardSchema } from './serdes/standard-schema.js'
export { type OffsetAndMetadata, type TopicPartition, TopicPartitionMap } from './topic-partition.js'
