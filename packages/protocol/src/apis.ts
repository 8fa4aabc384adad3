import { produce } from './messages/00-produce.js'
import { fetch } from './messages/01-fetch.js'
import { listOffsets } from './messages/02-list-offsets.js'
import { metadata } from './messages/03-metadata.js'
import { offsetCommit } from './messages/08-offset-commit.js'
import { offsetFetch } from './messages/09-offset-fetch.js'
import { findCoordinator } from './messages/10-find-coordinator.js'
import { joinGroup } from './messages/11-join-group.js'
import { heartbeat } from './messages/12-heartbeat.js'
import { leaveGroup } from './messages/13-leave-group.js'
import { syncGroup } from './messages/14-sync-group.js'
import { describeGroups } from './messages/15-describe-groups.js'
import { listGroups } from './messages/16-list-groups.js'
import { saslHandshake } from './messages/17-sasl-handshake.js'
import { apiVersions } from './messages/18-api-versions.js'
import { createTopics } from './messages/19-create-topics.js'
import { deleteTopics } from './messages/20-delete-topics.js'
import { deleteRecords } from './messages/21-delete-records.js'
import { initProducerId } from './messages/22-init-producer-id.js'
import { offsetForLeaderEpoch } from './messages/23-offset-for-leader-epoch.js'
import { addPartitionsToTxn } from './messages/24-add-partitions-to-txn.js'
import { addOffsetsToTxn } from './messages/25-add-offsets-to-txn.js'
import { endTxn } from './messages/26-end-txn.js'
import { writeTxnMarkers } from './messages/27-write-txn-markers.js'
import { txnOffsetCommit } from './messages/28-txn-offset-commit.js'
import { describeAcls } from './messages/29-describe-acls.js'
import { createAcls } from './messages/30-create-acls.js'
import { deleteAcls } from './messages/31-delete-acls.js'
import { describeConfigs } from './messages/32-describe-configs.js'
import { alterConfigs } from './messages/33-alter-configs.js'
import { alterReplicaLogDirs } from './messages/34-alter-replica-log-dirs.js'
import { describeLogDirs } from './messages/35-describe-log-dirs.js'
import { saslAuthenticate } from './messages/36-sasl-authenticate.js'
import { createPartitions } from './messages/37-create-partitions.js'
import { createDelegationToken } from './messages/38-create-delegation-token.js'
import { renewDelegationToken } from './messages/39-renew-delegation-token.js'
import { expireDelegationToken } from './messages/40-expire-delegation-token.js'
import { describeDelegationToken } from './messages/41-describe-delegation-token.js'
import { deleteGroups } from './messages/42-delete-groups.js'
import { electLeaders } from './messages/43-elect-leaders.js'
import { incrementalAlterConfigs } from './messages/44-incremental-alter-configs.js'
import { alterPartitionReassignments } from './messages/45-alter-partition-reassignments.js'
import { listPartitionReassignments } from './messages/46-list-partition-reassignments.js'
import { offsetDelete } from './messages/47-offset-delete.js'
import { describeClientQuotas } from './messages/48-describe-client-quotas.js'
import { alterClientQuotas } from './messages/49-alter-client-quotas.js'
import { describeUserScramCredentials } from './messages/50-describe-user-scram-credentials.js'
import { alterUserScramCredentials } from './messages/51-alter-user-scram-credentials.js'
import { describeQuorum } from './messages/55-describe-quorum.js'
import { updateFeatures } from './messages/57-update-features.js'
import { describeCluster } from './messages/60-describe-cluster.js'
import { describeProducers } from './messages/61-describe-producers.js'
import { unregisterBroker } from './messages/64-unregister-broker.js'
import { describeTransactions } from './messages/65-describe-transactions.js'
import { listTransactions } from './messages/66-list-transactions.js'
import { consumerGroupHeartbeat } from './messages/68-consumer-group-heartbeat.js'
import { consumerGroupDescribe } from './messages/69-consumer-group-describe.js'
import { getTelemetrySubscriptions } from './messages/71-get-telemetry-subscriptions.js'
import { pushTelemetry } from './messages/72-push-telemetry.js'
import { listConfigResources } from './messages/74-list-config-resources.js'
import { describeTopicPartitions } from './messages/75-describe-topic-partitions.js'
import { shareGroupHeartbeat } from './messages/76-share-group-heartbeat.js'
import { shareGroupDescribe } from './messages/77-share-group-describe.js'
import { shareFetch } from './messages/78-share-fetch.js'
import { shareAcknowledge } from './messages/79-share-acknowledge.js'
import { addRaftVoter } from './messages/80-add-raft-voter.js'
import { removeRaftVoter } from './messages/81-remove-raft-voter.js'
import { streamsGroupHeartbeat } from './messages/88-streams-group-heartbeat.js'
import { streamsGroupDescribe } from './messages/89-streams-group-describe.js'
import { describeShareGroupOffsets } from './messages/90-describe-share-group-offsets.js'
import { alterShareGroupOffsets } from './messages/91-alter-share-group-offsets.js'
import { deleteShareGroupOffsets } from './messages/92-delete-share-group-offsets.js'
import type { AnyApi } from './schema/api.js'

/** Every API that is known here, by name, in order of the keys. */
export const apis = {
  Produce: produce,
  Fetch: fetch,
  ListOffsets: listOffsets,
  Metadata: metadata,
  OffsetCommit: offsetCommit,
  OffsetFetch: offsetFetch,
  FindCoordinator: findCoordinator,
  JoinGroup: joinGroup,
  Heartbeat: heartbeat,
  LeaveGroup: leaveGroup,
  SyncGroup: syncGroup,
  DescribeGroups: describeGroups,
  ListGroups: listGroups,
  SaslHandshake: saslHandshake,
  ApiVersions: apiVersions,
  CreateTopics: createTopics,
  DeleteTopics: deleteTopics,
  DeleteRecords: deleteRecords,
  InitProducerId: initProducerId,
  OffsetForLeaderEpoch: offsetForLeaderEpoch,
  AddPartitionsToTxn: addPartitionsToTxn,
  AddOffsetsToTxn: addOffsetsToTxn,
  EndTxn: endTxn,
  WriteTxnMarkers: writeTxnMarkers,
  TxnOffsetCommit: txnOffsetCommit,
  DescribeAcls: describeAcls,
  CreateAcls: createAcls,
  DeleteAcls: deleteAcls,
  DescribeConfigs: describeConfigs,
  AlterConfigs: alterConfigs,
  AlterReplicaLogDirs: alterReplicaLogDirs,
  DescribeLogDirs: describeLogDirs,
  SaslAuthenticate: saslAuthenticate,
  CreatePartitions: createPartitions,
  CreateDelegationToken: createDelegationToken,
  RenewDelegationToken: renewDelegationToken,
  ExpireDelegationToken: expireDelegationToken,
  DescribeDelegationToken: describeDelegationToken,
  DeleteGroups: deleteGroups,
  ElectLeaders: electLeaders,
  IncrementalAlterConfigs: incrementalAlterConfigs,
  AlterPartitionReassignments: alterPartitionReassignments,
  ListPartitionReassignments: listPartitionReassignments,
  OffsetDelete: offsetDelete,
  DescribeClientQuotas: describeClientQuotas,
  AlterClientQuotas: alterClientQuotas,
  DescribeUserScramCredentials: describeUserScramCredentials,
  AlterUserScramCredentials: alterUserScramCredentials,
  DescribeQuorum: describeQuorum,
  UpdateFeatures: updateFeatures,
  DescribeCluster: describeCluster,
  DescribeProducers: describeProducers,
  UnregisterBroker: unregisterBroker,
  DescribeTransactions: describeTransactions,
  ListTransactions: listTransactions,
  ConsumerGroupHeartbeat: consumerGroupHeartbeat,
  ConsumerGroupDescribe: consumerGroupDescribe,
  GetTelemetrySubscriptions: getTelemetrySubscriptions,
  PushTelemetry: pushTelemetry,
  ListConfigResources: listConfigResources,
  DescribeTopicPartitions: describeTopicPartitions,
  ShareGroupHeartbeat: shareGroupHeartbeat,
  ShareGroupDescribe: shareGroupDescribe,
  ShareFetch: shareFetch,
  ShareAcknowledge: shareAcknowledge,
  AddRaftVoter: addRaftVoter,
  RemoveRaftVoter: removeRaftVoter,
  StreamsGroupHeartbeat: streamsGroupHeartbeat,
  StreamsGroupDescribe: streamsGroupDescribe,
  DescribeShareGroupOffsets: describeShareGroupOffsets,
  AlterShareGroupOffsets: alterShareGroupOffsets,
  DeleteShareGroupOffsets: deleteShareGroupOffsets,
} as const

export type ApiName = keyof typeof apis

const byKey: ReadonlyMap<number, AnyApi> = new Map(Object.values<AnyApi>(apis).map((api) => [api.key, api]))

/** The API of a key, if it is known here. */
export function apiByKey(key: number): AnyApi | undefined {
  return byKey.get(key)
}
