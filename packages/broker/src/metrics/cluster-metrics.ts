/** The cluster as this broker sees it (Kafka: KafkaController's and KafkaServer's gauges). */
import type { MetadataImage, PartitionImage } from '../metadata/metadata-image.js'
import { countOf, type MetricFamily, singleValue } from './metrics-registry.js'

export interface ClusterMetricsOptions {
  readonly brokerId: number
  readonly image: () => MetadataImage
}

export function clusterFamilies({ brokerId, image }: ClusterMetricsOptions): MetricFamily[] {
  const isActive = () => image().controllerId === brokerId
  const gauge = (name: string, help: string, read: (image: MetadataImage) => number) =>
    singleValue('gauge', `kafka_controller_kafkacontroller_${name}`, help, () => read(image()))
  const count = (name: string, help: string, counts: (partition: PartitionImage) => boolean) =>
    countOf(`kafka_controller_kafkacontroller_${name}`, help, () => partitionsOf(image()), counts)
  return [
    gauge('activecontrollercount', '1 if this broker is the controller.', () => (isActive() ? 1 : 0)),
    gauge('activebrokercount', 'Brokers alive.', ({ brokers }) => brokers.size),
    gauge('globaltopiccount', 'Topics of the cluster.', ({ topics }) => topics.size),
    count('globalpartitioncount', 'Partitions of the cluster.', () => true),
    count('offlinepartitionscount', 'Partitions of the cluster without a leader.', ({ leader }) => leader < 0),
    count('preferredreplicaimbalancecount', 'Partitions not led by their first replica.', (partition) => {
      return partition.leader !== partition.replicas[0]
    }),
  ]
}

function* partitionsOf({ topics }: MetadataImage): Iterable<PartitionImage> {
  for (const { partitions } of topics.values()) yield* partitions.values()
}
