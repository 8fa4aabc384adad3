/**
 * The facade of the admin client: every call of Java's `Admin`, under its name. Each family of calls has its own file, and
 * `driver.ts` finds whom to ask and repeats what passes; nothing is decided here. The calls about groups are in group-calls.ts.
 */
import { ClientInstanceId } from '../cluster/client-instance-id.js'
import type { Cluster } from '../cluster/cluster.js'
import { readPropertiesFile } from '../config/properties-file.js'
import { type ClientMetric, clientMetrics } from '../metrics/client-metric.js'
import type { CallOptions } from '../ports.js'
import type { TopicPartition } from '../topic-partition.js'
import { Deadline } from '../waiting.js'
import * as acls from './acls.js'
import { type AdminConfig, adminParts } from './admin-config.js'
import type { AdminResult } from './admin-result.js'
import * as versions from './api-versions.js'
import * as quotas from './client-quotas.js'
import type { ElectionType } from './code-names.js'
import * as configs from './configs.js'
import * as tokens from './delegation-tokens.js'
import * as cluster from './describe-cluster.js'
import * as described from './describe-topics.js'
import type { AdminDriver } from './driver.js'
import { GroupCalls } from './group-calls.js'
import * as dirs from './log-dirs.js'
import * as partitions from './partition-offsets.js'
import * as moves from './reassignments.js'
import * as scram from './scram-credentials.js'
import * as topics from './topics.js'
import * as transactions from './transactions.js'

/**
 * Looks after a cluster (`Admin` of Java's client): topics, configurations, groups and their offsets, access, transactions.
 *
 * The constructor connects to nothing; the first call does. Calls about several entities give an AdminResult: await it for all
 * or an error, or look at each outcome by `settled()`. Where Java takes a Map, any iterable of pairs will do, a Map too.
 *
 * Every call takes `signal` and `timeoutMs`. What passes, such as a broker that is not there or a coordinator that moves, is tried
 * again until `timeoutMs` or `default.api.timeout.ms` is over: `TIMEOUT`, with the last error as its cause. What a broker is too
 * old for is `UNSUPPORTED_VERSION`, and nothing is left out in silence.
 *
 *     await using admin = new KafkaAdminClient({ 'bootstrap.servers': 'localhost:9092' })
 *     await admin.createTopics([{ name: 'orders', numPartitions: 12, configs: { 'min.insync.replicas': '2' } }])
 */
export class KafkaAdminClient extends GroupCalls implements AsyncDisposable {
  readonly #cluster: Cluster
  readonly #driver: AdminDriver
  readonly #clientInstanceId: ClientInstanceId
  readonly #clientId: string

  /** Errors: ConfigError with every mistake. */
  constructor(config: AdminConfig) {
    const { clientId, cluster, driver } = adminParts(config)
    super(driver)
    this.#clientId = clientId
    this.#cluster = cluster
    this.#driver = driver
    this.#clientInstanceId = new ClientInstanceId(cluster)
  }

  /**
   * An admin client by a file of Java's. `options` are what a file cannot say, and come before what it says. The file is read
   * at once. Errors: those of reading the file; ConfigError.
   */
  static fromProperties(file: string, options: Partial<AdminConfig> = {}): KafkaAdminClient {
    return new KafkaAdminClient({ ...readPropertiesFile(file, options.logger), ...options })
  }

  /**
   * Creates topics, by the controller. Each name's outcome tells what was created.
   *
   * Errors of a topic: `TOPIC_ALREADY_EXISTS`, `INVALID_TOPIC_EXCEPTION`, `INVALID_REPLICATION_FACTOR`, `INVALID_CONFIG`, `POLICY_VIOLATION`,
   * `TOPIC_AUTHORIZATION_FAILED`; `INVALID_ARGUMENT` for the whole call if a name is there twice.
   */
  createTopics(
    newTopics: readonly topics.NewTopic[],
    options: topics.CreateTopicsOptions = {},
  ): AdminResult<string, topics.CreatedTopic> {
    return topics.createTopics(this.#driver, newTopics, options)
  }

  /** Deletes topics, by name or by id. Errors of a topic: `UNKNOWN_TOPIC_OR_PARTITION`, `UNKNOWN_TOPIC_ID`, `TOPIC_DELETION_DISABLED`. */
  deleteTopics(
    names: described.TopicCollection,
    options: CallOptions & topics.QuotaOptions = {},
  ): AdminResult<string, void> {
    return topics.deleteTopics(this.#driver, names, options)
  }

  /** All topics that this client may see, by name; internal ones with `listInternal`. */
  async listTopics(options: topics.ListTopicsOptions = {}): Promise<Map<string, described.TopicListing>> {
    return await topics.listTopics(this.#driver, options)
  }

  /** Partitions, leaders and replicas of topics, by name or by id. Errors of a topic: `UNKNOWN_TOPIC_OR_PARTITION`, `UNKNOWN_TOPIC_ID`. */
  describeTopics(
    names: described.TopicCollection,
    options: described.DescribeTopicsOptions = {},
  ): AdminResult<string, described.TopicDescription> {
    return described.describeTopics(this.#driver, names, options)
  }

  /**
   * Adds partitions to topics, given as pairs of name and `{ totalCount }`. Errors of a topic: `INVALID_PARTITIONS`,
   * `INVALID_REPLICA_ASSIGNMENT`, `REASSIGNMENT_IN_PROGRESS`, `UNKNOWN_TOPIC_OR_PARTITION`.
   */
  createPartitions(
    newPartitions: Iterable<readonly [string, topics.NewPartitions]>,
    options: topics.CreatePartitionsOptions = {},
  ): AdminResult<string, void> {
    return topics.createPartitions(this.#driver, newPartitions, options)
  }

  /** Settings of resources, by the resource's name: two of the same name need two calls (`INVALID_ARGUMENT`). */
  describeConfigs(
    resources: readonly configs.ConfigResource[],
    options: configs.DescribeConfigsOptions = {},
  ): AdminResult<string, configs.Config> {
    return configs.describeConfigs(this.#driver, resources, options)
  }

  /**
   * Changes single settings of resources (KIP-339), by the resource's name. Brokers before Kafka 2.3: `UNSUPPORTED_VERSION`.
   * Errors of a resource: `INVALID_CONFIG`, `INVALID_REQUEST`, `POLICY_VIOLATION`, `UNKNOWN_TOPIC_OR_PARTITION`.
   */
  incrementalAlterConfigs(
    alterations: readonly configs.ResourceAlteration[],
    options: configs.AlterConfigsOptions = {},
  ): AdminResult<string, void> {
    return configs.incrementalAlterConfigs(this.#driver, alterations, options)
  }

  /**
   * Replaces all settings of resources: what is not named goes back to its default. For brokers before Kafka 2.3.
   *
   * @deprecated Use incrementalAlterConfigs.
   */
  alterConfigs(
    resources: readonly configs.ResourceConfig[],
    options: configs.AlterConfigsOptions = {},
  ): AdminResult<string, void> {
    return configs.alterConfigs(this.#driver, resources, options)
  }

  /** What has a configuration (KIP-1142). From Kafka 4.1 on; CLIENT_METRICS alone from 3.7 on. */
  async listConfigResources(
    options: configs.ListConfigResourcesOptions = {},
  ): Promise<readonly configs.ConfigResource[]> {
    return await configs.listConfigResources(this.#driver, 'listConfigResources', options)
  }

  /** @deprecated Use listConfigResources with the type CLIENT_METRICS. */
  async listClientMetricsResources(options: CallOptions = {}): Promise<readonly configs.ConfigResource[]> {
    return await configs.listConfigResources(this.#driver, 'listClientMetricsResources', {
      ...options,
      types: ['CLIENT_METRICS'],
    })
  }

  /** Brokers, controller and id of the cluster. */
  async describeCluster(options: cluster.DescribeClusterOptions = {}): Promise<cluster.ClusterDescription> {
    return await cluster.describeCluster(this.#driver, options)
  }

  /** Features that the cluster has agreed on, and those that the broker that answers supports (KIP-584). */
  async describeFeatures(options: CallOptions = {}): Promise<cluster.FeatureMetadata> {
    return await cluster.describeFeatures(this.#driver, options)
  }

  /** Which versions of which calls brokers know, in the order of the calls' keys; what only one side knows too. */
  describeApiVersions(
    brokers: readonly number[],
    options: CallOptions = {},
  ): AdminResult<number, readonly versions.ApiVersions[]> {
    return versions.describeApiVersions(this.#driver, brokers, options)
  }

  /** Raises, lowers and removes features. Errors of a feature: `INVALID_UPDATE_VERSION`, `FEATURE_UPDATE_FAILED`. */
  updateFeatures(
    updates: Iterable<readonly [string, cluster.FeatureUpdate]>,
    options: cluster.UpdateFeaturesOptions = {},
  ): AdminResult<string, void> {
    return cluster.updateFeatures(this.#driver, updates, options)
  }

  /** The KRaft controllers (KIP-836). A cluster with ZooKeeper: `UNSUPPORTED_VERSION`. */
  async describeMetadataQuorum(options: CallOptions = {}): Promise<cluster.QuorumInfo> {
    return await cluster.describeMetadataQuorum(this.#driver, options)
  }

  /** Forgets a broker that will not return (KRaft). Errors: `BROKER_ID_NOT_REGISTERED`, `UNSUPPORTED_VERSION`. */
  async unregisterBroker(brokerId: number, options: CallOptions = {}): Promise<void> {
    await cluster.unregisterBroker(this.#driver, brokerId, options)
  }

  /** Makes a KRaft controller a voter (KIP-853). Errors: `DUPLICATE_VOTER`, `INCONSISTENT_CLUSTER_ID`, `UNSUPPORTED_VERSION`. */
  async addRaftVoter(voter: cluster.NewRaftVoter, options: cluster.RaftVoterOptions = {}): Promise<void> {
    await cluster.addRaftVoter(this.#driver, voter, options)
  }

  /** Takes the vote from a KRaft controller (KIP-853). Errors: `VOTER_NOT_FOUND`, `INCONSISTENT_CLUSTER_ID`, `UNSUPPORTED_VERSION`. */
  async removeRaftVoter(voter: cluster.RaftVoter, options: cluster.RaftVoterOptions = {}): Promise<void> {
    await cluster.removeRaftVoter(this.#driver, voter, options)
  }

  /**
   * Offsets of partitions, by their leaders: the ends of the log, or the first record of a time. A partition that is not known is asked
   * for until the time is over: `TIMEOUT`.
   */
  listOffsets(
    specs: Iterable<readonly [TopicPartition, partitions.OffsetSpec]>,
    options: partitions.ListOffsetsOptions = {},
  ): AdminResult<TopicPartition, partitions.ListOffsetsResultInfo> {
    return partitions.listOffsets(this.#driver, specs, options)
  }

  /** Deletes the records before an offset. Errors of a partition: `OFFSET_OUT_OF_RANGE`, `POLICY_VIOLATION` (a compacted topic). */
  deleteRecords(
    recordsToDelete: Iterable<readonly [TopicPartition, partitions.RecordsToDelete]>,
    options: CallOptions = {},
  ): AdminResult<TopicPartition, partitions.DeletedRecords> {
    return partitions.deleteRecords(this.#driver, recordsToDelete, options)
  }

  /** Log directories of brokers, and how large the partitions in them are. */
  describeLogDirs(brokers: readonly number[], options: CallOptions = {}): AdminResult<number, dirs.LogDirs> {
    return dirs.describeLogDirs(this.#driver, brokers, options)
  }

  /** In which log directories replicas are, and where they are being moved to. Keys are the replicas as given. */
  describeReplicaLogDirs(
    replicas: readonly dirs.TopicPartitionReplica[],
    options: CallOptions = {},
  ): AdminResult<dirs.TopicPartitionReplica, dirs.ReplicaLogDirInfo> {
    return dirs.describeReplicaLogDirs(this.#driver, replicas, options)
  }

  /**
   * Moves replicas to other log directories of their broker (KIP-113), given as absolute paths. Errors of a replica: `LOG_DIR_NOT_FOUND`,
   * `REPLICA_NOT_AVAILABLE` (it is not there yet: it will be created there), `KAFKA_STORAGE_ERROR`.
   */
  alterReplicaLogDirs(
    assignments: Iterable<readonly [dirs.TopicPartitionReplica, string]>,
    options: CallOptions = {},
  ): AdminResult<dirs.TopicPartitionReplica, void> {
    return dirs.alterReplicaLogDirs(this.#driver, assignments, options)
  }

  /**
   * Moves replicas of partitions to other brokers (KIP-455; Kafka 2.4); null gives up a move. Errors of a partition:
   * `INVALID_REPLICA_ASSIGNMENT`, `NO_REASSIGNMENT_IN_PROGRESS`, `UNKNOWN_TOPIC_OR_PARTITION`.
   */
  alterPartitionReassignments(
    reassignments: Iterable<readonly [TopicPartition, readonly number[] | null]>,
    options: moves.AlterReassignmentsOptions = {},
  ): AdminResult<TopicPartition, void> {
    return moves.alterPartitionReassignments(this.#driver, reassignments, options)
  }

  /** Partitions whose replicas are being moved; of all topics, if none are named. */
  async listPartitionReassignments(
    partitions?: Iterable<TopicPartition>,
    options: CallOptions = {},
  ): Promise<Map<TopicPartition, moves.PartitionReassignment>> {
    return await moves.listPartitionReassignments(this.#driver, partitions, options)
  }

  /**
   * Elects leaders anew: the preferred replica, or any, with `UNCLEAN` (KIP-460), which can lose records. Of all partitions, if none are
   * named. Errors of a partition: `ELECTION_NOT_NEEDED`, `PREFERRED_LEADER_NOT_AVAILABLE`, `ELIGIBLE_LEADERS_NOT_AVAILABLE`.
   */
  electLeaders(
    electionType: ElectionType,
    partitions?: Iterable<TopicPartition>,
    options: CallOptions = {},
  ): AdminResult<TopicPartition, void> {
    return moves.electLeaders(this.#driver, electionType, partitions, options)
  }

  /** Access control entries that match a filter; all without one. Errors: `SECURITY_DISABLED` without an authorizer. */
  async describeAcls(
    filter: acls.AclBindingFilter = {},
    options: CallOptions = {},
  ): Promise<readonly acls.AclBinding[]> {
    return await acls.describeAcls(this.#driver, filter, options)
  }

  /** Adds access control entries. Keys are the bindings as given. Errors: `SECURITY_DISABLED`, `INVALID_REQUEST`. */
  createAcls(bindings: readonly acls.AclBinding[], options: CallOptions = {}): AdminResult<acls.AclBinding, void> {
    return acls.createAcls(this.#driver, bindings, options)
  }

  /** Deletes the entries that match filters, and tells which. Keys are the filters as given. Errors: `SECURITY_DISABLED`. */
  deleteAcls(
    filters: readonly acls.AclBindingFilter[],
    options: CallOptions = {},
  ): AdminResult<acls.AclBindingFilter, readonly acls.DeletedAcl[]> {
    return acls.deleteAcls(this.#driver, filters, options)
  }

  /** Quotas of users, clients and addresses (KIP-546; Kafka 2.6). */
  async describeClientQuotas(
    filter: quotas.ClientQuotaFilter,
    options: CallOptions = {},
  ): Promise<readonly quotas.ClientQuota[]> {
    return await quotas.describeClientQuotas(this.#driver, filter, options)
  }

  /** Sets and removes quotas. Keys are the entities as given. Errors of an entity: `INVALID_REQUEST`. */
  alterClientQuotas(
    alterations: readonly quotas.ClientQuotaAlteration[],
    options: quotas.AlterClientQuotasOptions = {},
  ): AdminResult<quotas.ClientQuotaEntity, void> {
    return quotas.alterClientQuotas(this.#driver, alterations, options)
  }

  /** Which SCRAM credentials users have (KIP-554; Kafka 2.7); of all users, if none are named. Errors of a user: `RESOURCE_NOT_FOUND`. */
  describeUserScramCredentials(
    users: readonly string[] = [],
    options: CallOptions = {},
  ): AdminResult<string, readonly scram.ScramCredentialInfo[]> {
    return scram.describeUserScramCredentials(this.#driver, users, options)
  }

  /**
   * Sets and removes SCRAM credentials, one outcome for a user. Errors of a user: `RESOURCE_NOT_FOUND`, `UNACCEPTABLE_CREDENTIAL`,
   * `DUPLICATE_RESOURCE`: KRaft clusters take one alteration of a user in a call.
   */
  alterUserScramCredentials(
    alterations: readonly scram.UserScramCredentialAlteration[],
    options: CallOptions = {},
  ): AdminResult<string, void> {
    return scram.alterUserScramCredentials(this.#driver, alterations, options)
  }

  /**
   * Makes a token with which others act for a principal (KIP-48). Errors: `DELEGATION_TOKEN_AUTH_DISABLED`,
   * `DELEGATION_TOKEN_REQUEST_NOT_ALLOWED` (plaintext without SASL).
   */
  async createDelegationToken(options: tokens.CreateDelegationTokenOptions = {}): Promise<tokens.DelegationToken> {
    return await tokens.createDelegationToken(this.#driver, options)
  }

  /** Lets a token expire later; resolves to when, in ms since 1970. Errors: `DELEGATION_TOKEN_NOT_FOUND`, `DELEGATION_TOKEN_EXPIRED`. */
  async renewDelegationToken(hmac: Uint8Array, options: tokens.RenewDelegationTokenOptions = {}): Promise<number> {
    return await tokens.renewDelegationToken(this.#driver, hmac, options)
  }

  /** Lets a token expire earlier, by default at once; resolves to when, in ms since 1970. Errors: as renewDelegationToken. */
  async expireDelegationToken(hmac: Uint8Array, options: tokens.ExpireDelegationTokenOptions = {}): Promise<number> {
    return await tokens.expireDelegationToken(this.#driver, hmac, options)
  }

  /** Tokens of owners, or all that this client may see. */
  async describeDelegationToken(
    options: tokens.DescribeDelegationTokenOptions = {},
  ): Promise<readonly tokens.DelegationToken[]> {
    return await tokens.describeDelegationToken(this.#driver, options)
  }

  /** Producers that partitions keep state of (KIP-664; Kafka 2.8). */
  describeProducers(
    partitions: Iterable<TopicPartition>,
    options: transactions.DescribeProducersOptions = {},
  ): AdminResult<TopicPartition, readonly transactions.ProducerState[]> {
    return transactions.describeProducers(this.#driver, partitions, options)
  }

  /** Transactional ids of the cluster (Kafka 3.0). Rejects with KafkaAggregateError, by broker id, if a broker could not tell. */
  async listTransactions(
    options: transactions.ListTransactionsOptions = {},
  ): Promise<readonly transactions.TransactionListing[]> {
    return await transactions.listTransactions(this.#driver, options)
  }

  /** What coordinators know of transactional ids (Kafka 3.0). Errors of an id: `TRANSACTIONAL_ID_NOT_FOUND`. */
  describeTransactions(
    transactionalIds: readonly string[],
    options: CallOptions = {},
  ): AdminResult<string, transactions.TransactionDescription> {
    return transactions.describeTransactions(this.#driver, transactionalIds, options)
  }

  /**
   * Ends a transaction that hangs in a partition, as describeProducers shows it. Errors: `INVALID_PRODUCER_EPOCH`,
   * `TRANSACTION_COORDINATOR_FENCED`, `CLUSTER_AUTHORIZATION_FAILED`.
   */
  async abortTransaction(spec: transactions.AbortTransactionSpec, options: CallOptions = {}): Promise<void> {
    await transactions.abortTransaction(this.#driver, spec, options)
  }

  /** Aborts what a transactional id has open, and fences its producer (KIP-939). */
  async forceTerminateTransaction(transactionalId: string, options: CallOptions = {}): Promise<void> {
    await transactions.forceTerminateTransaction(this.#driver, transactionalId, options)
  }

  /** Fences the producers of transactional ids: what they have open is aborted. */
  fenceProducers(
    transactionalIds: readonly string[],
    options: CallOptions = {},
  ): AdminResult<string, transactions.FencedProducer> {
    return transactions.fenceProducers(this.#driver, transactionalIds, options)
  }

  /**
   * The id that the cluster knows this client by in its telemetry (KIP-714), as a Kafka UUID; always the same one.
   * `UNSUPPORTED_VERSION`, if the brokers take no telemetry: those before Kafka 3.7, and those without a receiver for it.
   */
  async clientInstanceId(options: CallOptions = {}): Promise<string> {
    const { ports, defaultApiTimeoutMs, callsInFlight } = this.#driver.options
    const deadline = Deadline.of(ports, 'clientInstanceId', options, defaultApiTimeoutMs)
    return await callsInFlight.during(async () => await this.#clientInstanceId.get(deadline))
  }

  /** Figures by Java's names: `request-total`, `request-latency-avg` (ms), `connection-count` … NaN where there was nothing. */
  metrics(): ReadonlyMap<string, number> {
    return this.#driver.options.metrics.snapshot(this.#cluster.connections.count)
  }

  /** The same, and those of each broker (`admin-client-node-metrics`), with Java's groups and tags: `client-id`, `node-id`. */
  allMetrics(): readonly ClientMetric[] {
    const tags = { 'client-id': this.#clientId }
    const ofBrokers = this.#cluster.nodeMetrics.list('admin-client', this.#clientId)
    return [...clientMetrics('admin-client-metrics', tags, this.metrics()), ...ofBrokers]
  }

  /**
   * Takes no more calls, waits for those that run, and closes the connections. After `timeoutMs`, default
   * `default.api.timeout.ms`, what still runs fails with `CLOSED`. Never rejects.
   */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { ports, defaultApiTimeoutMs, callsInFlight } = this.#driver.options
    const deadline = new Deadline(ports, 'close', options.timeoutMs ?? defaultApiTimeoutMs)
    const isIdle = callsInFlight.close()
    // What is left ends by the next line.
    await deadline.wait(isIdle).catch(() => {})
    this.#cluster.close()
    await isIdle
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
