import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetadataImage } from '../metadata/metadata-image.js'
import { clusterFamilies } from './cluster-metrics.js'
import { ConnectionMetrics } from './connection-metrics.js'
import { groupFamilies } from './group-metrics.js'
import type { MetricFamily } from './metrics-registry.js'
import { partitionFamilies, type ReplicaView } from './partition-metrics.js'
import { BrokerTopicTraffic } from './topic-traffic.js'

/** The lines of all families, without their line ends. */
function told(families: readonly MetricFamily[]): string[] {
  return families
    .flatMap((family) => [...family.lines()])
    .filter((line) => line !== '')
    .map((line) => line.trimEnd())
}

const replica = (index: number, view: Partial<ReplicaView> = {}): ReplicaView => ({
  topic: 't',
  index,
  isLeader: true,
  isOffline: false,
  inSyncReplicas: [0],
  replicas: [0],
  hasEnoughInSync: () => true,
  ...view,
})

test('logs and replicas', () => {
  const logs = [
    { topic: 't', partition: 0, size: 100, segmentCount: 2, logStartOffset: 5, logEndOffset: 9, dirtySinceMs: 7000 },
    { topic: 't', partition: 1, size: 0, segmentCount: 1, logStartOffset: 0, logEndOffset: 0, dirtySinceMs: undefined },
  ]
  const replicas = [
    replica(0),
    replica(1, { replicas: [0, 1], hasEnoughInSync: () => false }),
    replica(2, { isLeader: false, inSyncReplicas: [], isOffline: true }),
  ]
  const lines = told(
    partitionFamilies({
      logs: () => logs,
      replicas: () => replicas,
      image: () => MetadataImage.empty,
      nowMs: () => 7500,
    }),
  )
  for (const line of [
    'kafka_server_replicamanager_partitioncount 3',
    'kafka_server_replicamanager_leadercount 2',
    'kafka_server_replicamanager_underreplicatedpartitions 1',
    'kafka_server_replicamanager_underminisrpartitioncount 1',
    'kafka_server_replicamanager_offlinereplicacount 1',
    'kafka_log_log_size{topic="t",partition="0"} 100',
    'kafka_log_log_numlogsegments{topic="t",partition="1"} 1',
    'kafka_log_log_logstartoffset{topic="t",partition="0"} 5',
    'kafka_log_log_logendoffset{topic="t",partition="0"} 9',
    'millrace_log_unflushed_age_seconds 0.5',
  ]) {
    assert.ok(lines.includes(line), line)
  }
})

test('with nothing unflushed, or a clock set back, the age of what is not flushed is 0', () => {
  const of = (dirtySinceMs: number | undefined) =>
    told(
      partitionFamilies({
        logs: () => [
          { topic: 't', partition: 0, size: 0, segmentCount: 1, logStartOffset: 0, logEndOffset: 0, dirtySinceMs },
        ],
        replicas: () => [],
        image: () => MetadataImage.empty,
        nowMs: () => 1000,
      }),
    ).find((line) => line.startsWith('millrace_log_unflushed'))
  assert.equal(of(undefined), 'millrace_log_unflushed_age_seconds 0')
  assert.equal(of(5000), 'millrace_log_unflushed_age_seconds 0')
})

test('groups, what they committed, and how far they are behind', () => {
  const lines = told(
    groupFamilies({
      groups: () => [
        { groupId: 'g', state: 'Stable', memberCount: 2 },
        { groupId: 'h', state: 'Empty', memberCount: 0 },
      ],
      commits: () => [
        { groupId: 'g', topic: 't', partition: 0, committedOffset: 40 },
        { groupId: 'g', topic: 't', partition: 1, committedOffset: 70 },
        { groupId: 'h', topic: 'elsewhere', partition: 0, committedOffset: 1 },
      ],
      highWatermark: (topic, partition) => (topic === 't' ? [100, 60][partition] : undefined),
    }),
  )
  for (const line of [
    'kafka_coordinator_group_groupmetadatamanager_numgroups 2',
    'kafka_coordinator_group_groupmetadatamanager_numgroupsstable 1',
    'kafka_coordinator_group_groupmetadatamanager_numgroupsempty 1',
    'kafka_coordinator_group_groupmetadatamanager_numgroupspreparingrebalance 0',
    'kafka_consumergroup_members{consumergroup="g"} 2',
    'kafka_consumergroup_current_offset{consumergroup="h",topic="elsewhere",partition="0"} 1',
    'kafka_consumergroup_lag{consumergroup="g",topic="t",partition="0"} 60',
    'kafka_consumergroup_lag{consumergroup="g",topic="t",partition="1"} 0',
  ]) {
    assert.ok(lines.includes(line), line)
  }
  assert.ok(!lines.some((line) => line.startsWith('kafka_consumergroup_lag{consumergroup="h"')))
})

test('the controller counts as long as it is this broker', () => {
  const lines = told(clusterFamilies({ brokerId: 3, image: () => MetadataImage.empty }))
  assert.ok(lines.includes('kafka_controller_kafkacontroller_activecontrollercount 0'))
  assert.ok(lines.includes('kafka_controller_kafkacontroller_globalpartitioncount 0'))
})

test('traffic of a topic counts for the broker too, also when the topic is gone', () => {
  const traffic = new BrokerTopicTraffic()
  const topic = traffic.of('t')
  topic.appended(3, 100)
  topic.fetched(50, false)
  topic.produced(true)
  topic.rejected(7)
  let lines = told(traffic.families())
  assert.ok(lines.includes('kafka_server_brokertopicmetrics_messagesin_total{topic="t"} 3'))
  assert.ok(lines.includes('kafka_server_brokertopicmetrics_bytesin_total{topic="t"} 100'))
  assert.ok(lines.includes('kafka_server_brokertopicmetrics_bytesout_total 50'))
  assert.ok(lines.includes('kafka_server_brokertopicmetrics_failedproducerequests_total 1'))
  traffic.forget('t')
  lines = told(traffic.families())
  assert.ok(lines.includes('kafka_server_brokertopicmetrics_bytesin_total 100'))
  assert.ok(!lines.some((line) => line.includes('topic=')))
})

test('connections by listener: bytes of open and closed ones', () => {
  const metrics = new ConnectionMetrics()
  const one = { listenerName: 'PLAINTEXT', bytesRead: 10, bytesWritten: 1, unsentBytes: 5 }
  const other = { listenerName: 'PLAINTEXT', bytesRead: 20, bytesWritten: 2, unsentBytes: 7 }
  metrics.opened(one)
  metrics.opened(other)
  assert.equal(metrics.unsentBytes, 12)
  metrics.closed(one, true)
  metrics.closed(one)
  assert.equal(metrics.unsentBytes, 7)
  metrics.refused('PLAINTEXT')
  assert.deepEqual(told(metrics.families()), [
    'kafka_server_socket_server_metrics_connection_count{listener="PLAINTEXT"} 1',
    'kafka_server_socket_server_metrics_connection_creation_total{listener="PLAINTEXT"} 2',
    'millrace_connections_refused_total{listener="PLAINTEXT"} 1',
    'millrace_connections_broken_total{listener="PLAINTEXT"} 1',
    'kafka_server_socket_server_metrics_incoming_byte_total{listener="PLAINTEXT"} 30',
    'kafka_server_socket_server_metrics_outgoing_byte_total{listener="PLAINTEXT"} 3',
  ])
})
