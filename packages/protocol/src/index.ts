// Messages, errors, ids.

export { type ApiName, apiByKey, apis } from './apis.js'
export { allErrors, ErrorCode, type ErrorInfo, type ErrorName, errorInfo, ProtocolError } from './errors.js'
export {
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  encodeResponseStepwise,
  type RequestHeader,
  type RequestHeaderInput,
  responseCorrelationId,
} from './frame.js'
export { type ProduceRequest, type ProduceResponse, produce } from './messages/00-produce.js'
export { type FetchRequest, type FetchResponse, fetch } from './messages/01-fetch.js'
export { type ListOffsetsRequest, type ListOffsetsResponse, listOffsets } from './messages/02-list-offsets.js'
export { type MetadataRequest, type MetadataResponse, metadata } from './messages/03-metadata.js'
export { type OffsetCommitRequest, type OffsetCommitResponse, offsetCommit } from './messages/08-offset-commit.js'
export { type OffsetFetchRequest, type OffsetFetchResponse, offsetFetch } from './messages/09-offset-fetch.js'
export {
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
  findCoordinator,
} from './messages/10-find-coordinator.js'
export { type JoinGroupRequest, type JoinGroupResponse, joinGroup } from './messages/11-join-group.js'
export { type HeartbeatRequest, type HeartbeatResponse, heartbeat } from './messages/12-heartbeat.js'
export { type LeaveGroupRequest, type LeaveGroupResponse, leaveGroup } from './messages/13-leave-group.js'
export { type SyncGroupRequest, type SyncGroupResponse, syncGroup } from './messages/14-sync-group.js'
export {
  type DescribeGroupsRequest,
  type DescribeGroupsResponse,
  describeGroups,
} from './messages/15-describe-groups.js'
export { type ListGroupsRequest, type ListGroupsResponse, listGroups } from './messages/16-list-groups.js'
export { type SaslHandshakeRequest, type SaslHandshakeResponse, saslHandshake } from './messages/17-sasl-handshake.js'
export { type ApiVersionsRequest, type ApiVersionsResponse, apiVersions } from './messages/18-api-versions.js'
export { type CreateTopicsRequest, type CreateTopicsResponse, createTopics } from './messages/19-create-topics.js'
export { type DeleteTopicsRequest, type DeleteTopicsResponse, deleteTopics } from './messages/20-delete-topics.js'
export { type DeleteRecordsRequest, type DeleteRecordsResponse, deleteRecords } from './messages/21-delete-records.js'
export {
  type InitProducerIdRequest,
  type InitProducerIdResponse,
  initProducerId,
} from './messages/22-init-producer-id.js'
export {
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochResponse,
  offsetForLeaderEpoch,
} from './messages/23-offset-for-leader-epoch.js'
export {
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnResponse,
  addPartitionsToTxn,
} from './messages/24-add-partitions-to-txn.js'
export {
  type AddOffsetsToTxnRequest,
  type AddOffsetsToTxnResponse,
  addOffsetsToTxn,
} from './messages/25-add-offsets-to-txn.js'
export { type EndTxnRequest, type EndTxnResponse, endTxn } from './messages/26-end-txn.js'
export {
  type WriteTxnMarkersRequest,
  type WriteTxnMarkersResponse,
  writeTxnMarkers,
} from './messages/27-write-txn-markers.js'
export {
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitResponse,
  txnOffsetCommit,
} from './messages/28-txn-offset-commit.js'
export { type DescribeAclsRequest, type DescribeAclsResponse, describeAcls } from './messages/29-describe-acls.js'
export { type CreateAclsRequest, type CreateAclsResponse, createAcls } from './messages/30-create-acls.js'
export { type DeleteAclsRequest, type DeleteAclsResponse, deleteAcls } from './messages/31-delete-acls.js'
export {
  type DescribeConfigsRequest,
  type DescribeConfigsResponse,
  describeConfigs,
} from './messages/32-describe-configs.js'
export { type AlterConfigsRequest, type AlterConfigsResponse, alterConfigs } from './messages/33-alter-configs.js'
export {
  type AlterReplicaLogDirsRequest,
  type AlterReplicaLogDirsResponse,
  alterReplicaLogDirs,
} from './messages/34-alter-replica-log-dirs.js'
export {
  type DescribeLogDirsRequest,
  type DescribeLogDirsResponse,
  describeLogDirs,
} from './messages/35-describe-log-dirs.js'
export {
  type SaslAuthenticateRequest,
  type SaslAuthenticateResponse,
  saslAuthenticate,
} from './messages/36-sasl-authenticate.js'
export {
  type CreatePartitionsRequest,
  type CreatePartitionsResponse,
  createPartitions,
} from './messages/37-create-partitions.js'
export {
  type CreateDelegationTokenRequest,
  type CreateDelegationTokenResponse,
  createDelegationToken,
} from './messages/38-create-delegation-token.js'
export {
  type RenewDelegationTokenRequest,
  type RenewDelegationTokenResponse,
  renewDelegationToken,
} from './messages/39-renew-delegation-token.js'
export {
  type ExpireDelegationTokenRequest,
  type ExpireDelegationTokenResponse,
  expireDelegationToken,
} from './messages/40-expire-delegation-token.js'
export {
  type DescribeDelegationTokenRequest,
  type DescribeDelegationTokenResponse,
  describeDelegationToken,
} from './messages/41-describe-delegation-token.js'
export { type DeleteGroupsRequest, type DeleteGroupsResponse, deleteGroups } from './messages/42-delete-groups.js'
export { type ElectLeadersRequest, type ElectLeadersResponse, electLeaders } from './messages/43-elect-leaders.js'
export {
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsResponse,
  incrementalAlterConfigs,
} from './messages/44-incremental-alter-configs.js'
export {
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsResponse,
  alterPartitionReassignments,
} from './messages/45-alter-partition-reassignments.js'
export {
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsResponse,
  listPartitionReassignments,
} from './messages/46-list-partition-reassignments.js'
export { type OffsetDeleteRequest, type OffsetDeleteResponse, offsetDelete } from './messages/47-offset-delete.js'
export {
  type DescribeClientQuotasRequest,
  type DescribeClientQuotasResponse,
  describeClientQuotas,
} from './messages/48-describe-client-quotas.js'
export {
  type AlterClientQuotasRequest,
  type AlterClientQuotasResponse,
  alterClientQuotas,
} from './messages/49-alter-client-quotas.js'
export {
  type DescribeUserScramCredentialsRequest,
  type DescribeUserScramCredentialsResponse,
  describeUserScramCredentials,
} from './messages/50-describe-user-scram-credentials.js'
export {
  type AlterUserScramCredentialsRequest,
  type AlterUserScramCredentialsResponse,
  alterUserScramCredentials,
} from './messages/51-alter-user-scram-credentials.js'
export {
  type DescribeQuorumRequest,
  type DescribeQuorumResponse,
  describeQuorum,
} from './messages/55-describe-quorum.js'
export {
  type UpdateFeaturesRequest,
  type UpdateFeaturesResponse,
  updateFeatures,
} from './messages/57-update-features.js'
export {
  type DescribeClusterRequest,
  type DescribeClusterResponse,
  describeCluster,
} from './messages/60-describe-cluster.js'
export {
  type DescribeProducersRequest,
  type DescribeProducersResponse,
  describeProducers,
} from './messages/61-describe-producers.js'
export {
  type UnregisterBrokerRequest,
  type UnregisterBrokerResponse,
  unregisterBroker,
} from './messages/64-unregister-broker.js'
export {
  type DescribeTransactionsRequest,
  type DescribeTransactionsResponse,
  describeTransactions,
} from './messages/65-describe-transactions.js'
export {
  type ListTransactionsRequest,
  type ListTransactionsResponse,
  listTransactions,
} from './messages/66-list-transactions.js'
export {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  consumerGroupHeartbeat,
} from './messages/68-consumer-group-heartbeat.js'
export {
  type ConsumerGroupDescribeRequest,
  type ConsumerGroupDescribeResponse,
  consumerGroupDescribe,
} from './messages/69-consumer-group-describe.js'
export {
  type GetTelemetrySubscriptionsRequest,
  type GetTelemetrySubscriptionsResponse,
  getTelemetrySubscriptions,
} from './messages/71-get-telemetry-subscriptions.js'
export { type PushTelemetryRequest, type PushTelemetryResponse, pushTelemetry } from './messages/72-push-telemetry.js'
export {
  type ListConfigResourcesRequest,
  type ListConfigResourcesResponse,
  listConfigResources,
} from './messages/74-list-config-resources.js'
export {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
  describeTopicPartitions,
} from './messages/75-describe-topic-partitions.js'
export {
  type ShareGroupHeartbeatRequest,
  type ShareGroupHeartbeatResponse,
  shareGroupHeartbeat,
} from './messages/76-share-group-heartbeat.js'
export {
  type ShareGroupDescribeRequest,
  type ShareGroupDescribeResponse,
  shareGroupDescribe,
} from './messages/77-share-group-describe.js'
export { type ShareFetchRequest, type ShareFetchResponse, shareFetch } from './messages/78-share-fetch.js'
export {
  type ShareAcknowledgeRequest,
  type ShareAcknowledgeResponse,
  shareAcknowledge,
} from './messages/79-share-acknowledge.js'
export { type AddRaftVoterRequest, type AddRaftVoterResponse, addRaftVoter } from './messages/80-add-raft-voter.js'
export {
  type RemoveRaftVoterRequest,
  type RemoveRaftVoterResponse,
  removeRaftVoter,
} from './messages/81-remove-raft-voter.js'
export {
  type StreamsGroupHeartbeatRequest,
  type StreamsGroupHeartbeatResponse,
  streamsGroupHeartbeat,
} from './messages/88-streams-group-heartbeat.js'
export {
  type StreamsGroupDescribeRequest,
  type StreamsGroupDescribeResponse,
  streamsGroupDescribe,
} from './messages/89-streams-group-describe.js'
export {
  type DescribeShareGroupOffsetsRequest,
  type DescribeShareGroupOffsetsResponse,
  describeShareGroupOffsets,
} from './messages/90-describe-share-group-offsets.js'
export {
  type AlterShareGroupOffsetsRequest,
  type AlterShareGroupOffsetsResponse,
  alterShareGroupOffsets,
} from './messages/91-alter-share-group-offsets.js'
export {
  type DeleteShareGroupOffsetsRequest,
  type DeleteShareGroupOffsetsResponse,
  deleteShareGroupOffsets,
} from './messages/92-delete-share-group-offsets.js'
export { nearestKey } from './properties/nearest-key.js'
export { parseProperties } from './properties/parse-properties.js'
export {
  type AnyApi,
  type Api,
  isSupported,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from './schema/api.js'
export {
  MalformedMessageError,
  type MalformedReason,
  UnencodableMessageError,
  type UnencodableReason,
} from './schema/errors.js'
export type { FieldSpec, Infer, InferInput, StructSpec, UnknownTaggedField } from './schema/fields.js'
export { Message } from './schema/message.js'
export { formatVersionRange, type VersionRange } from './schema/version-range.js'
export {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
} from './stored/consumer-group-records.js'
export {
  type ConsumerProtocolAssignment,
  type ConsumerProtocolSubscription,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from './stored/consumer-protocol.js'
export {
  type GroupMetadataKey,
  type GroupMetadataValue,
  groupMetadataKey,
  groupMetadataValue,
} from './stored/group-metadata.js'
export {
  type OffsetCommitKey,
  type OffsetCommitValue,
  offsetCommitKey,
  offsetCommitValue,
} from './stored/offset-commit.js'
export {
  type CooperativeStickyAssignorUserData,
  cooperativeStickyAssignorUserData,
  readCooperativeStickyAssignorUserData,
  readStickyAssignorUserData,
  type StickyAssignorUserData,
  stickyAssignorUserData,
} from './stored/sticky-assignor-userdata.js'
export {
  TRANSACTION_STATUSES,
  type TransactionLogKey,
  type TransactionLogValue,
  transactionLogKey,
  transactionLogValue,
} from './stored/transaction-log.js'
export { decodeStruct, decodeVersioned, encodeStruct, encodeVersioned, storedVersion } from './stored-message.js'

export { isUuid, uuidFromBytes, uuidToBytes, ZERO_UUID } from './uuid.js'

// Record batches, compression, hashes.

export type { Codec, CodecInput, CodecType, CodecVariant } from './compression/codec.js'
export { codecFor } from './compression/codecs.js'
export { type Crc32cFunction, crc32c, crc32cPortable, loadNativeCrc32c } from './hash/crc32c.js'
export { javaStringHash, kafkaAbs } from './hash/java-string-hash.js'
export { murmur2, toPositive } from './hash/murmur2.js'
export {
  BatchBuilder,
  type BatchOptions,
  buildBatch,
  type RecordInput,
  recordSizeUpperBound,
} from './records/batch-builder.js'
export * from './records/batch-header.js'
export { type BatchList, batchEndPosition, listBatches } from './records/batch-list.js'
export {
  buildEndTransactionMarker,
  type ControlRecordType,
  controlRecordType,
  coordinatorEpochOf,
  type EndTransactionMarker,
  type TransactionResult,
} from './records/control-records.js'
export {
  batchOfOldMessages,
  type OldMessage,
  type OldMessageHeader,
  readOldMessageHeader,
  readOldMessages,
} from './records/old-messages.js'
export { RecordBatchError, type RecordBatchErrorCode } from './records/record-batch-error.js'
export {
  MAX_DECOMPRESSED_BYTES,
  openBatch,
  type ReadOptions,
  RecordCursor,
  type RecordHeader,
  readHeaders,
} from './records/record-cursor.js'
export { type KafkaRecord, readRecords } from './records/record-reader.js'
export {
  type AppendOrigin,
  type BatchRejection,
  type BatchValidation,
  type InvalidBatch,
  type RecordError,
  type ValidateBatchOptions,
  type ValidBatch,
  validateBatch,
} from './records/validate-batch.js'
