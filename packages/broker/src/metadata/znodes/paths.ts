/** Where Kafka keeps what in ZooKeeper (`kafka.zk.ZkData`). Paths are relative to the chroot. */

export const BROKER_IDS_PATH = '/brokers/ids'
export const BROKER_SEQUENCE_ID_PATH = '/brokers/seqid'
export const TOPICS_PATH = '/brokers/topics'
export const CONTROLLER_PATH = '/controller'
export const CONTROLLER_EPOCH_PATH = '/controller_epoch'
const CONFIG_PATH = '/config'
export const CONFIG_CHANGES_PATH = '/config/changes'
export const DELETE_TOPICS_PATH = '/admin/delete_topics'
export const PREFERRED_REPLICA_ELECTION_PATH = '/admin/preferred_replica_election'
export const REASSIGN_PARTITIONS_PATH = '/admin/reassign_partitions'
export const CLUSTER_ID_PATH = '/cluster/id'
export const PRODUCER_ID_BLOCK_PATH = '/latest_producer_id_block'
export const ISR_CHANGE_NOTIFICATION_PATH = '/isr_change_notification'
export const LOG_DIR_EVENT_NOTIFICATION_PATH = '/log_dir_event_notification'
export const FEATURE_PATH = '/feature'

/** Prefixes of the sequential nodes below the notification paths. */
export const CONFIG_CHANGE_PREFIX = 'config_change_'
export const LOG_DIR_EVENT_PREFIX = 'log_dir_event_'

/** Kinds of entities that have configs below `/config`. */
export const CONFIG_ENTITY_TYPES = ['topics', 'clients', 'users', 'brokers', 'ips'] as const
export type ConfigEntityType = (typeof CONFIG_ENTITY_TYPES)[number]

/** Name of the entity whose configs are the defaults of its type. */
export const DEFAULT_ENTITY = '<default>'

/** Nodes that every broker creates at its start if they are missing. */
export const PERSISTENT_PATHS: readonly string[] = [
  '/consumers',
  BROKER_IDS_PATH,
  TOPICS_PATH,
  CONFIG_CHANGES_PATH,
  DELETE_TOPICS_PATH,
  BROKER_SEQUENCE_ID_PATH,
  ISR_CHANGE_NOTIFICATION_PATH,
  PRODUCER_ID_BLOCK_PATH,
  LOG_DIR_EVENT_NOTIFICATION_PATH,
  ...CONFIG_ENTITY_TYPES.map((type) => configEntityTypePath(type)),
]

export function brokerIdPath(brokerId: number): string {
  return `${BROKER_IDS_PATH}/${brokerId}`
}

export function topicPath(topic: string): string {
  return `${TOPICS_PATH}/${topic}`
}

export function topicPartitionsPath(topic: string): string {
  return `${topicPath(topic)}/partitions`
}

export function topicPartitionPath(topic: string, partition: number): string {
  return `${topicPartitionsPath(topic)}/${partition}`
}

export function partitionStatePath(topic: string, partition: number): string {
  return `${topicPartitionPath(topic, partition)}/state`
}

export function deleteTopicPath(topic: string): string {
  return `${DELETE_TOPICS_PATH}/${topic}`
}

export function configEntityTypePath(type: ConfigEntityType): string {
  return `${CONFIG_PATH}/${type}`
}

/** `entityName` is sanitised already; a user's client is `<user>/clients/<client>`. */
export function configEntityPath(type: ConfigEntityType, entityName: string): string {
  return `${configEntityTypePath(type)}/${entityName}`
}
