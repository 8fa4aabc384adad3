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
  type DescribeConfigsRequest,
  type DescribeConfigsResponse,
  describeConfigs,
} from './messages/32-describe-configs.js'
export { type AlterConfigsRequest, type AlterConfigsResponse, alterConfigs } from './messages/33-alter-configs.js'
export {
  type DescribeLogDirsRequest,
  type DescribeLogDirsResponse,
  describeLogDirs,
} from './messages/35-describe-log-dirs.js'
export {
  type CreatePartitionsRequest,
  type CreatePartitionsResponse,
  createPartitions,
} from './messages/37-create-partitions.js'
export { type DeleteGroupsRequest, type DeleteGroupsResponse, deleteGroups } from './messages/42-delete-groups.js'
export {
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsResponse,
  incrementalAlterConfigs,
} from './messages/44-incremental-alter-configs.js'
export {
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsResponse,
  listPartitionReassignments,
} from './messages/46-list-partition-reassignments.js'
export { type OffsetDeleteRequest, type OffsetDeleteResponse, offsetDelete } from './messages/47-offset-delete.js'
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
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
  describeTopicPartitions,
} from './messages/75-describe-topic-partitions.js'
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
export type { Infer, InferInput, UnknownTaggedField } from './schema/fields.js'
export { Message } from './schema/message.js'
export { formatVersionRange, type VersionRange } from './schema/version-range.js'
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
export { RecordBatchError, type RecordBatchErrorCode } from './records/record-batch-error.js'
export {
  MAX_DECOMPRESSED_BYTES,
  openBatch,
  type ReadOptions,
  RecordCursor,
  type RecordHeader,
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
