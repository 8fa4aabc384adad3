/**
 * The one table of Kafka's error codes: code, name, whether a client may simply try again, and what it means.
 *
 * Codes, names and retriability are those of Kafka's `Errors` (4.3). Nothing else in the project lists error codes,
 * and nothing decides on its own whether an error is retriable.
 */

/** Name, code and retriability, in order of code; the code is the position minus one. */
const TABLE = [
  ['UNKNOWN_SERVER_ERROR', -1, false, 'The server failed in a way it did not expect.'],
  ['NONE', 0, false, 'No error.'],
  ['OFFSET_OUT_OF_RANGE', 1, false, 'The offset lies outside what this replica holds.'],
  ['CORRUPT_MESSAGE', 2, true, 'A record batch is corrupt: checksum, size, or a missing key in a compacted topic.'],
  ['UNKNOWN_TOPIC_OR_PARTITION', 3, true, 'This broker does not know the topic or partition.'],
  ['INVALID_FETCH_SIZE', 4, false, 'The fetch size is not valid.'],
  ['LEADER_NOT_AVAILABLE', 5, true, 'The partition has no leader at the moment.'],
  ['NOT_LEADER_OR_FOLLOWER', 6, true, 'This broker is not the leader, or not a replica, of the partition.'],
  ['REQUEST_TIMED_OUT', 7, true, 'The request did not finish in time.'],
  ['BROKER_NOT_AVAILABLE', 8, false, 'The broker is not available.'],
  ['REPLICA_NOT_AVAILABLE', 9, true, 'The replica is not available on this broker.'],
  ['MESSAGE_TOO_LARGE', 10, false, 'A record batch is larger than the topic allows.'],
  ['STALE_CONTROLLER_EPOCH', 11, false, 'Another broker has become controller.'],
  ['OFFSET_METADATA_TOO_LARGE', 12, false, 'The metadata string of a committed offset is too long.'],
  ['NETWORK_EXCEPTION', 13, true, 'The connection broke before the response arrived.'],
  ['COORDINATOR_LOAD_IN_PROGRESS', 14, true, 'The coordinator is still loading its state.'],
  ['COORDINATOR_NOT_AVAILABLE', 15, true, 'There is no coordinator at the moment.'],
  ['NOT_COORDINATOR', 16, true, 'This broker is not the coordinator.'],
  ['INVALID_TOPIC_EXCEPTION', 17, false, 'The topic name is not valid, or the topic cannot be used so.'],
  ['RECORD_LIST_TOO_LARGE', 18, false, 'The record batch is larger than a segment may be.'],
  ['NOT_ENOUGH_REPLICAS', 19, true, 'Fewer replicas are in sync than min.insync.replicas asks for.'],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 20, true, 'Written, but to fewer in-sync replicas than required.'],
  ['INVALID_REQUIRED_ACKS', 21, false, 'acks must be -1, 0 or 1.'],
  ['ILLEGAL_GENERATION', 22, false, 'The generation of the group has passed, or has not come yet.'],
  ['INCONSISTENT_GROUP_PROTOCOL', 23, false, 'The member shares no protocol with the others of its group.'],
  ['INVALID_GROUP_ID', 24, false, 'The group id is not valid.'],
  ['UNKNOWN_MEMBER_ID', 25, false, 'The coordinator does not know this member.'],
  ['INVALID_SESSION_TIMEOUT', 26, false, 'The session timeout is outside the range that the broker allows.'],
  ['REBALANCE_IN_PROGRESS', 27, false, 'The group is rebalancing; the member has to join again.'],
  ['INVALID_COMMIT_OFFSET_SIZE', 28, false, 'The offsets to commit take too many bytes.'],
  ['TOPIC_AUTHORIZATION_FAILED', 29, false, 'Not authorized for the topic.'],
  ['GROUP_AUTHORIZATION_FAILED', 30, false, 'Not authorized for the group.'],
  ['CLUSTER_AUTHORIZATION_FAILED', 31, false, 'Not authorized for the cluster.'],
  ['INVALID_TIMESTAMP', 32, false, 'The timestamp of a record is out of the accepted range.'],
  ['UNSUPPORTED_SASL_MECHANISM', 33, false, 'The broker does not offer this SASL mechanism.'],
  ['ILLEGAL_SASL_STATE', 34, false, 'The request does not fit the state of the SASL exchange.'],
  ['UNSUPPORTED_VERSION', 35, false, 'The broker does not serve this version of the API.'],
  ['TOPIC_ALREADY_EXISTS', 36, false, 'A topic of this name exists.'],
  ['INVALID_PARTITIONS', 37, false, 'The number of partitions is not valid.'],
  ['INVALID_REPLICATION_FACTOR', 38, false, 'The replication factor is below 1 or above the number of brokers.'],
  ['INVALID_REPLICA_ASSIGNMENT', 39, false, 'The assignment of replicas is not valid.'],
  ['INVALID_CONFIG', 40, false, 'A configuration value is not valid.'],
  ['NOT_CONTROLLER', 41, true, 'This broker is not the controller.'],
  ['INVALID_REQUEST', 42, false, 'The request is malformed or contradicts itself.'],
  ['UNSUPPORTED_FOR_MESSAGE_FORMAT', 43, false, 'The message format of the log does not support this request.'],
  ['POLICY_VIOLATION', 44, false, 'A policy of the cluster forbids it.'],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45, false, 'A sequence number of the producer is missing in between.'],
  ['DUPLICATE_SEQUENCE_NUMBER', 46, false, 'The batch of this sequence number was appended before.'],
  ['INVALID_PRODUCER_EPOCH', 47, false, 'The epoch of the producer is outdated.'],
  ['INVALID_TXN_STATE', 48, false, 'The transaction is not in a state that allows this.'],
  ['INVALID_PRODUCER_ID_MAPPING', 49, false, 'The producer id does not belong to the transactional id.'],
  ['INVALID_TRANSACTION_TIMEOUT', 50, false, 'The transaction timeout is above transaction.max.timeout.ms.'],
  ['CONCURRENT_TRANSACTIONS', 51, true, 'Another operation on this transactional id has not finished.'],
  ['TRANSACTION_COORDINATOR_FENCED', 52, false, 'A newer transaction coordinator has taken over.'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 53, false, 'Not authorized for the transactional id.'],
  ['SECURITY_DISABLED', 54, false, 'The broker has no authorizer.'],
  ['OPERATION_NOT_ATTEMPTED', 55, false, 'Not tried, because another part of the request failed.'],
  ['KAFKA_STORAGE_ERROR', 56, true, 'The disk failed under the log.'],
  ['LOG_DIR_NOT_FOUND', 57, false, 'The broker has no such log directory.'],
  ['SASL_AUTHENTICATION_FAILED', 58, false, 'Authentication failed.'],
  ['UNKNOWN_PRODUCER_ID', 59, false, 'The log holds no state of this producer id any more.'],
  ['REASSIGNMENT_IN_PROGRESS', 60, false, 'The partition is being reassigned.'],
  ['DELEGATION_TOKEN_AUTH_DISABLED', 61, false, 'Delegation tokens are switched off.'],
  ['DELEGATION_TOKEN_NOT_FOUND', 62, false, 'There is no such delegation token.'],
  ['DELEGATION_TOKEN_OWNER_MISMATCH', 63, false, 'The principal neither owns nor may renew the token.'],
  ['DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', 64, false, 'Delegation tokens cannot be managed over this connection.'],
  ['DELEGATION_TOKEN_AUTHORIZATION_FAILED', 65, false, 'Not authorized for the delegation token.'],
  ['DELEGATION_TOKEN_EXPIRED', 66, false, 'The delegation token has expired.'],
  ['INVALID_PRINCIPAL_TYPE', 67, false, 'The type of the principal is not supported.'],
  ['NON_EMPTY_GROUP', 68, false, 'The group still has members.'],
  ['GROUP_ID_NOT_FOUND', 69, false, 'There is no such group.'],
  ['FETCH_SESSION_ID_NOT_FOUND', 70, true, 'There is no such fetch session.'],
  ['INVALID_FETCH_SESSION_EPOCH', 71, true, 'The epoch of the fetch session is not the next one.'],
  ['LISTENER_NOT_FOUND', 72, true, 'The leader has no listener like the one that was asked.'],
  ['TOPIC_DELETION_DISABLED', 73, false, 'delete.topic.enable is false.'],
  ['FENCED_LEADER_EPOCH', 74, true, 'The leader epoch of the request is outdated.'],
  ['UNKNOWN_LEADER_EPOCH', 75, true, 'The leader epoch of the request is newer than that of the broker.'],
  ['UNSUPPORTED_COMPRESSION_TYPE', 76, false, 'The client cannot read the compression of the partition.'],
  ['STALE_BROKER_EPOCH', 77, false, 'The broker epoch has changed.'],
  ['OFFSET_NOT_AVAILABLE', 78, true, 'The new leader does not know its high watermark yet.'],
  ['MEMBER_ID_REQUIRED', 79, false, 'The member has to join again with the member id that it was just given.'],
  ['PREFERRED_LEADER_NOT_AVAILABLE', 80, true, 'The preferred leader is not available.'],
  ['GROUP_MAX_SIZE_REACHED', 81, false, 'The group has as many members as it may have.'],
  ['FENCED_INSTANCE_ID', 82, false, 'Another member took over this group.instance.id.'],
  ['ELIGIBLE_LEADERS_NOT_AVAILABLE', 83, true, 'No replica that may lead is available.'],
  ['ELECTION_NOT_NEEDED', 84, true, 'The partition needs no election.'],
  ['NO_REASSIGNMENT_IN_PROGRESS', 85, false, 'The partition is not being reassigned.'],
  ['GROUP_SUBSCRIBED_TO_TOPIC', 86, false, 'The group is still subscribed to the topic.'],
  ['INVALID_RECORD', 87, false, 'The broker refused a record after checking it.'],
  ['UNSTABLE_OFFSET_COMMIT', 88, true, 'Offsets of an open transaction are pending.'],
  ['THROTTLING_QUOTA_EXCEEDED', 89, true, 'The quota is used up for now.'],
  ['PRODUCER_FENCED', 90, false, 'A newer producer uses the same transactional id.'],
  ['RESOURCE_NOT_FOUND', 91, false, 'The resource does not exist.'],
  ['DUPLICATE_RESOURCE', 92, false, 'The request names a resource twice.'],
  ['UNACCEPTABLE_CREDENTIAL', 93, false, 'The credential does not meet the requirements.'],
  ['INCONSISTENT_VOTER_SET', 94, false, 'Sender or receiver is not one of the expected voters.'],
  ['INVALID_UPDATE_VERSION', 95, false, 'The version of the update is not valid.'],
  ['FEATURE_UPDATE_FAILED', 96, false, 'The features could not be updated.'],
  ['PRINCIPAL_DESERIALIZATION_FAILURE', 97, false, 'The principal of a forwarded request could not be read.'],
  ['SNAPSHOT_NOT_FOUND', 98, false, 'There is no such snapshot.'],
  ['POSITION_OUT_OF_RANGE', 99, false, 'The position lies outside the snapshot.'],
  ['UNKNOWN_TOPIC_ID', 100, true, 'This broker does not know the topic id.'],
  ['DUPLICATE_BROKER_REGISTRATION', 101, false, 'Another broker is registered with this id.'],
  ['BROKER_ID_NOT_REGISTERED', 102, false, 'No broker is registered with this id.'],
  ['INCONSISTENT_TOPIC_ID', 103, true, 'The topic id of the log is not the one of the request.'],
  ['INCONSISTENT_CLUSTER_ID', 104, false, 'The cluster id of the request is not that of this cluster.'],
  ['TRANSACTIONAL_ID_NOT_FOUND', 105, false, 'There is no such transactional id.'],
  ['FETCH_SESSION_TOPIC_ID_ERROR', 106, true, 'The fetch session mixes topic names and topic ids.'],
  ['INELIGIBLE_REPLICA', 107, false, 'The new ISR holds a replica that may not be in it.'],
  ['NEW_LEADER_ELECTED', 108, false, 'The ISR was changed, and so was the leader.'],
  ['OFFSET_MOVED_TO_TIERED_STORAGE', 109, false, 'The offset is in remote storage only.'],
  ['FENCED_MEMBER_EPOCH', 110, false, 'The member is fenced: it has to give up its partitions and join again.'],
  ['UNRELEASED_INSTANCE_ID', 111, false, 'Another member still holds this instance id.'],
  ['UNSUPPORTED_ASSIGNOR', 112, false, 'The group cannot use this assignor or its version.'],
  ['STALE_MEMBER_EPOCH', 113, false, 'The member epoch is outdated; the next heartbeat brings the new one.'],
  ['MISMATCHED_ENDPOINT_TYPE', 114, false, 'The request went to a broker instead of a controller, or the reverse.'],
  ['UNSUPPORTED_ENDPOINT_TYPE', 115, false, 'This type of endpoint is not supported.'],
  ['UNKNOWN_CONTROLLER_ID', 116, false, 'There is no controller of this id.'],
  ['UNKNOWN_SUBSCRIPTION_ID', 117, false, 'The telemetry subscription is unknown or outdated.'],
  ['TELEMETRY_TOO_LARGE', 118, false, 'The telemetry is larger than the broker accepts.'],
  ['INVALID_REGISTRATION', 119, false, 'The controller refuses the registration of the broker.'],
  ['TRANSACTION_ABORTABLE', 120, false, 'The transaction failed; abort it and go on.'],
  ['INVALID_RECORD_STATE', 121, false, 'The record cannot be acknowledged in its present state.'],
  ['SHARE_SESSION_NOT_FOUND', 122, true, 'There is no such share session.'],
  ['INVALID_SHARE_SESSION_EPOCH', 123, true, 'The epoch of the share session is not the next one.'],
  ['FENCED_STATE_EPOCH', 124, false, 'The state epoch of the share group is outdated.'],
  ['INVALID_VOTER_KEY', 125, false, "The voter's key is not that of the receiving replica."],
  ['DUPLICATE_VOTER', 126, false, 'The voter is in the set already.'],
  ['VOTER_NOT_FOUND', 127, false, 'The voter is not in the set.'],
  ['INVALID_REGULAR_EXPRESSION', 128, false, 'The regular expression is not valid.'],
  [
    'REBOOTSTRAP_REQUIRED',
    129,
    false,
    "The client's metadata is stale; it has to start again from its bootstrap servers.",
  ],
  ['STREAMS_INVALID_TOPOLOGY', 130, false, 'The topology is not valid.'],
  ['STREAMS_INVALID_TOPOLOGY_EPOCH', 131, false, 'The epoch of the topology is not valid.'],
  ['STREAMS_TOPOLOGY_FENCED', 132, false, 'The epoch of the topology is outdated.'],
  ['SHARE_SESSION_LIMIT_REACHED', 133, true, 'The broker holds as many share sessions as it may.'],
] as const

type Row = (typeof TABLE)[number]

/** Name of an error in Kafka's table, such as `NOT_LEADER_OR_FOLLOWER`. */
export type ErrorName = Row[0]

/** What the table knows of one error. */
export interface ErrorInfo {
  readonly name: ErrorName
  /** The int16 on the wire. */
  readonly code: number
  /** Whether the same request may succeed when it is sent again, to the same broker or after new metadata. */
  readonly retriable: boolean
  readonly message: string
}

const infos: readonly ErrorInfo[] = TABLE.map(([name, code, retriable, message]) => ({
  name,
  code,
  retriable,
  message,
}))

const infoByName: ReadonlyMap<string, ErrorInfo> = new Map(infos.map((info) => [info.name, info]))

/** Code of each error by its name: `ErrorCode.NOT_LEADER_OR_FOLLOWER === 6`. */
export const ErrorCode = Object.fromEntries(TABLE.map(([name, code]) => [name, code])) as {
  readonly [R in Row as R[0]]: R[1]
}

/**
 * The row of an error, by code or by name.
 *
 * A code that the table does not have (sent by a newer broker) is reported as `UNKNOWN_SERVER_ERROR`, as Kafka does.
 */
export function errorInfo(error: number | ErrorName): ErrorInfo {
  const info = typeof error === 'number' ? infos[error + 1] : infoByName.get(error)
  return info ?? (infos[0] as ErrorInfo)
}

/** All errors in order of their codes. */
export function allErrors(): readonly ErrorInfo[] {
  return infos
}

/** The broker answered, and said no. Match on `code`, never on the message or `instanceof`. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  /** Key of the error table. */
  readonly code: ErrorName
  /** The int16 on the wire. */
  readonly errorCode: number
  /** Read from the table, never passed in. */
  readonly retriable: boolean

  /** `message` says more about the case at hand; without it the text of the table is used. */
  constructor(error: number | ErrorName, message?: string, options?: ErrorOptions) {
    const info = errorInfo(error)
    super(message ?? info.message, options)
    this.code = info.name
    this.errorCode = info.code
    this.retriable = info.retriable
  }
}
