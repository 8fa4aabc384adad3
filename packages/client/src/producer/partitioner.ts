/** Which partition a record goes to, if it names none. */
import { murmur2, toPositive } from '@millrace/protocol'
import type { ProducerRecord } from './producer-record.js'

/** What a partitioner is told of the cluster. */
export interface PartitionerCluster {
  /** How many the topic has. */
  partitionCount(topic: string): number
  /** Those that have a leader. */
  availablePartitions(topic: string): readonly number[]
}

/** Returns a partition, from 0 on; undefined: the built-in rules decide. */
export type PartitionFunction<K, V> = (
  record: ProducerRecord<K, V>,
  keyBytes: Uint8Array | null,
  cluster: PartitionerCluster,
) => number | undefined

/** A function, or an object that is told when the producer closes. Java's `Partitioner`. */
export type Partitioner<K, V> =
  | PartitionFunction<K, V>
  | { readonly partition: PartitionFunction<K, V>; readonly close?: () => void }

/**
 * The partition of a key: murmur2, as every client of Kafka that follows Java does it, so that all agree where a key is.
 * Source: Kafka's BuiltInPartitioner.
 */
export function partitionForKey(keyBytes: Uint8Array, partitionCount: number): number {
  return toPositive(murmur2(keyBytes)) % partitionCount
}

/** One partition after the other, those that have a leader, whatever the key. Java's `RoundRobinPartitioner`. */
export function roundRobinPartitioner<K, V>(): PartitionFunction<K, V> {
  const counters = new Map<string, number>()
  return ({ topic }, _keyBytes, cluster) => {
    const counter = counters.get(topic) ?? 0
    counters.set(topic, counter >= Number.MAX_SAFE_INTEGER ? 0 : counter + 1)
    const available = cluster.availablePartitions(topic)
    return available.length > 0 ? available[counter % available.length] : counter % cluster.partitionCount(topic)
  }
}

/** What `partitioner.class` may name, and what it becomes. */
export interface JavaPartitioner {
  readonly partition?: <K, V>() => PartitionFunction<K, V>
  readonly ignoresKeys?: boolean
}

const JAVA_PARTITIONERS: Readonly<Record<string, JavaPartitioner>> = {
  // Kafka 4 has removed these two: its built-in rules do the same.
  'org.apache.kafka.clients.producer.internals.DefaultPartitioner': {},
  'org.apache.kafka.clients.producer.UniformStickyPartitioner': { ignoresKeys: true },
  'org.apache.kafka.clients.producer.RoundRobinPartitioner': { partition: roundRobinPartitioner },
}

/** By its class, with or without the package; undefined: it has no twin. */
export function javaPartitioner(className: string): JavaPartitioner | undefined {
  const known = JAVA_PARTITIONERS[className]
  if (known !== undefined || className.includes('.')) return known
  const name = Object.keys(JAVA_PARTITIONERS).find((full) => full.endsWith(`.${className}`))
  return name === undefined ? undefined : JAVA_PARTITIONERS[name]
}
