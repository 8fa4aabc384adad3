/** The small nodes of a cluster: controller, its epoch, cluster id, producer ids, features, notices. */
import { encodeObject, JsonObject, ZnodeFormatError } from './json.js'
import {
  CLUSTER_ID_PATH,
  CONTROLLER_EPOCH_PATH,
  CONTROLLER_PATH,
  FEATURE_PATH,
  ISR_CHANGE_NOTIFICATION_PATH,
  LOG_DIR_EVENT_NOTIFICATION_PATH,
  PREFERRED_REPLICA_ELECTION_PATH,
  PRODUCER_ID_BLOCK_PATH,
  REASSIGN_PARTITIONS_PATH,
} from './paths.js'

/** `/controller` as brokers from 3.4 on write it. */
export function encodeController(brokerId: number, timestampMs: number): Buffer {
  return encodeObject([
    ['version', '2'],
    ['brokerid', String(brokerId)],
    ['timestamp', JSON.stringify(String(timestampMs))],
    ['kraftControllerEpoch', '-1'],
  ])
}

/** The controller's broker id. */
export function decodeController(data: Buffer | null): number {
  return JsonObject.parse(CONTROLLER_PATH, data).int('brokerid')
}

export function encodeControllerEpoch(epoch: number): Buffer {
  return Buffer.from(String(epoch))
}

export function decodeControllerEpoch(data: Buffer | null): number {
  const text = data?.toString('utf8') ?? ''
  if (!/^\d+$/.test(text)) throw new ZnodeFormatError(CONTROLLER_EPOCH_PATH, `${text} is no epoch`)
  return Number(text)
}

/** The version is a string here, and nowhere else. */
export function encodeClusterId(clusterId: string): Buffer {
  return encodeObject([
    ['version', '"1"'],
    ['id', JSON.stringify(clusterId)],
  ])
}

export function decodeClusterId(data: Buffer | null): string {
  return JsonObject.parse(CLUSTER_ID_PATH, data).string('id')
}

/** `/latest_producer_id_block`: the last block that was handed out, both ends within it. */
export interface ProducerIdBlock {
  readonly brokerId: number
  readonly firstProducerId: number
  readonly lastProducerId: number
}

export function encodeProducerIdBlock(block: ProducerIdBlock): Buffer {
  return encodeObject([
    ['version', '1'],
    ['broker', String(block.brokerId)],
    ['block_start', JSON.stringify(String(block.firstProducerId))],
    ['block_end', JSON.stringify(String(block.lastProducerId))],
  ])
}

export function decodeProducerIdBlock(data: Buffer | null): ProducerIdBlock {
  const json = JsonObject.parse(PRODUCER_ID_BLOCK_PATH, data)
  const firstProducerId = Number(json.string('block_start'))
  const lastProducerId = Number(json.string('block_end'))
  if (!Number.isSafeInteger(firstProducerId) || !Number.isSafeInteger(lastProducerId)) {
    throw new ZnodeFormatError(PRODUCER_ID_BLOCK_PATH, 'a producer id is out of range')
  }
  return { brokerId: json.int('broker'), firstProducerId, lastProducerId }
}

/** `/feature`, version 2: finalized features by name with their level. */
export interface FeatureZnode {
  readonly enabled: boolean
  readonly features: ReadonlyMap<string, number>
}

export function encodeFeatureZnode({ enabled, features }: FeatureZnode): Buffer {
  const levels = Array.from(features, ([name, level]) => `${JSON.stringify(name)}:{"max_version_level":${level}}`)
  return encodeObject([
    ['features', `{${levels.join(',')}}`],
    ['version', '2'],
    ['status', enabled ? '1' : '0'],
  ])
}

export function decodeFeatureZnode(data: Buffer | null): FeatureZnode {
  const json = JsonObject.parse(FEATURE_PATH, data)
  const version = json.int('version')
  if (version !== 1 && version !== 2) throw new ZnodeFormatError(FEATURE_PATH, `unsupported version ${version}`)
  const features = json.optionalObject('features')
  if (features === undefined) throw new ZnodeFormatError(FEATURE_PATH, 'features are missing')
  const levels = features.keys().map((name) => {
    return [name, features.optionalObject(name)?.int('max_version_level') ?? 0] as const
  })
  return { enabled: json.int('status') === 1, features: new Map(levels) }
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A notice of a leader that changed these partitions' ISR itself (`inter.broker.protocol.version` below 2.7). */
export function encodeIsrChange(partitions: readonly TopicPartition[]): Buffer {
  return encodeObject([
    ['version', '1'],
    ['partitions', JSON.stringify(partitions.map(({ topic, partition }) => ({ topic, partition })))],
  ])
}

export function decodeIsrChange(data: Buffer | null): readonly TopicPartition[] {
  return JsonObject.parse(ISR_CHANGE_NOTIFICATION_PATH, data).objects('partitions').map(topicPartition)
}

/** Partitions that a tool wants to be led by their preferred replicas. */
export function decodePreferredReplicaElection(data: Buffer | null): readonly TopicPartition[] {
  return JsonObject.parse(PREFERRED_REPLICA_ELECTION_PATH, data).objects('partitions').map(topicPartition)
}

/** A partition that a tool wants to be on these brokers, the preferred leader first. */
export interface ReassignmentRequest extends TopicPartition {
  readonly replicas: readonly number[]
}

export function decodeReassignPartitions(data: Buffer | null): readonly ReassignmentRequest[] {
  const json = JsonObject.parse(REASSIGN_PARTITIONS_PATH, data)
  return json.objects('partitions').map((entry) => ({ ...topicPartition(entry), replicas: entry.ints('replicas') }))
}

function topicPartition(entry: JsonObject): TopicPartition {
  return { topic: entry.string('topic'), partition: entry.int('partition') }
}

/** A notice of a broker that lost a log directory. */
export function encodeLogDirEvent(brokerId: number): Buffer {
  return encodeObject([
    ['version', '1'],
    ['broker', String(brokerId)],
    ['event', '1'],
  ])
}

export function decodeLogDirEvent(data: Buffer | null): number {
  return JsonObject.parse(LOG_DIR_EVENT_NOTIFICATION_PATH, data).int('broker')
}
