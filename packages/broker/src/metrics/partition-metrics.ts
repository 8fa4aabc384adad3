/**
 * What the logs and replicas of this broker look like, read at the scrape (Kafka: kafka.log.Log, kafka.cluster.Partition,
 * ReplicaManager, LogManager).
 */
import type { PartitionLog } from '@millrace/log'
import type { MetadataImage } from '../metadata/metadata-image.js'
import { labelText, metricLine } from './exposition.js'
import { countOf, type MetricFamily, seriesOf } from './metrics-registry.js'

/** A partition hosted here: what its metrics need of it. */
export interface ReplicaView {
  readonly topic: string
  readonly index: number
  readonly isLeader: boolean
  readonly isOffline: boolean
  readonly inSyncReplicas: readonly number[]
  readonly replicas: readonly number[]
  hasEnoughInSync(): boolean
}

export type LogView = Pick<
  PartitionLog,
  'topic' | 'partition' | 'size' | 'segmentCount' | 'logStartOffset' | 'logEndOffset' | 'dirtySinceMs'
>

export interface PartitionMetricsOptions {
  readonly logs: () => Iterable<LogView>
  readonly replicas: () => Iterable<ReplicaView>
  readonly image: () => MetadataImage
  readonly nowMs: () => number
}

export function partitionFamilies(options: PartitionMetricsOptions): MetricFamily[] {
  const { logs, nowMs } = options
  return [
    ...replicaFamilies(options),
    logFamily(logs, 'size', 'Bytes of all segments.', ({ size }) => size),
    logFamily(logs, 'numlogsegments', 'Segments.', ({ segmentCount }) => segmentCount),
    logFamily(logs, 'logstartoffset', 'The first offset that may be read.', ({ logStartOffset }) => logStartOffset),
    logFamily(logs, 'logendoffset', 'The offset of the next record.', ({ logEndOffset }) => logEndOffset),
    unflushedFamily(logs, nowMs),
  ]
}

function replicaFamilies({ replicas, image }: PartitionMetricsOptions): MetricFamily[] {
  const count = (name: string, help: string, counts: (replica: ReplicaView) => boolean) =>
    countOf(`kafka_server_replicamanager_${name}`, help, replicas, counts)
  return [
    count('partitioncount', 'Partitions hosted here.', () => true),
    count('leadercount', 'Partitions led here.', ({ isLeader }) => isLeader),
    count('underreplicatedpartitions', 'Partitions led here with replicas that are not in sync.', (replica) => {
      return replica.isLeader && replica.inSyncReplicas.length < replica.replicas.length
    }),
    count(
      'underminisrpartitioncount',
      'Partitions led here with fewer in sync than min.insync.replicas.',
      (replica) => {
        return replica.isLeader && !replica.hasEnoughInSync()
      },
    ),
    count('offlinereplicacount', 'Replicas here whose log directory has failed.', ({ isOffline }) => isOffline),
    seriesOf('gauge', 'kafka_topic_partitions', 'Partitions of a topic in the whole cluster.', function* () {
      for (const { name, partitions } of image().topics.values()) yield [{ topic: name }, partitions.size]
    }),
  ]
}

function logFamily(
  logs: () => Iterable<LogView>,
  suffix: string,
  help: string,
  read: (log: LogView) => number,
): MetricFamily {
  const name = `kafka_log_log_${suffix}`
  return {
    name,
    type: 'gauge',
    help,
    *lines() {
      for (const log of logs()) {
        yield metricLine(name, labelText({ topic: log.topic, partition: log.partition }), read(log))
      }
    },
  }
}

function unflushedFamily(logs: () => Iterable<LogView>, nowMs: () => number): MetricFamily {
  const name = 'millrace_log_unflushed_age_seconds'
  return {
    name,
    type: 'gauge',
    help: 'How long the oldest write that is not synced to disk has waited: what a power cut would lose, in time.',
    *lines() {
      let oldestMs = Number.POSITIVE_INFINITY
      for (const { dirtySinceMs } of logs()) {
        if (dirtySinceMs !== undefined && dirtySinceMs < oldestMs) oldestMs = dirtySinceMs
        yield ''
      }
      yield metricLine(name, '', Math.max(0, nowMs() - Math.min(oldestMs, nowMs())) / 1000)
    },
  }
}
