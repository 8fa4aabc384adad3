/**
 * The keys of a consumer (`ConsumerConfig` of Kafka 4, protocol `classic`) with their defaults. Only keys that have an effect
 * here, and those that a Java file has and that need none.
 */
import { commonConfigs } from './common-configs.js'
import { boolean, int, list, long, oneOf, string } from './config-table.js'

/** The most bytes of `buffer.memory` by default: KIP-81 names none. */
const BUFFER_MEMORY_BYTES = 64 * 1024 * 1024

export const consumerConfigs = {
  ...commonConfigs,
  'group.id': string(undefined, 'The group whose members share the partitions, and under which offsets are committed.'),
  'group.instance.id': string(
    undefined,
    'Makes a static member (KIP-345): it may restart within the session timeout without a rebalance.',
  ),
  'group.protocol': oneOf(['classic'], 'classic', 'How members of a group share partitions.'),
  'partition.assignment.strategy': list(
    ['range', 'cooperative-sticky'] as readonly string[],
    'How partitions are shared, the best first: range, roundrobin, sticky, cooperative-sticky, or their Java classes.',
    { in2x: 'range (until 2.8)' },
  ),
  'session.timeout.ms': int(45_000, 'A member from which the coordinator hears nothing for so long is out.', {
    min: 1,
    in2x: '10000',
  }),
  'heartbeat.interval.ms': int(3000, 'How often the coordinator hears from the member.', { min: 1 }),
  'max.poll.interval.ms': int(300_000, 'A member that does not ask for records for so long leaves the group.', {
    min: 1,
  }),
  'max.poll.records': int(500, 'The most records that one poll returns.', { min: 1 }),
  'auto.offset.reset': string(
    'latest',
    'Where to begin without a committed offset: earliest, latest, none (an error), or by_duration:PT1H (KIP-1106).',
  ),
  'enable.auto.commit': boolean(
    undefined,
    'Commits in the background what was processed, never what was only fetched. Default true with group.id.',
  ),
  'auto.commit.interval.ms': int(5000, 'How often.', { min: 0 }),
  'isolation.level': oneOf(
    ['read_uncommitted', 'read_committed'],
    'read_uncommitted',
    'read_committed: records of transactions are seen when they are committed.',
  ),
  'fetch.min.bytes': int(1, 'A broker waits until it has so many bytes.', { min: 0 }),
  'fetch.max.bytes': int(52_428_800, 'The most bytes of one answer.', { min: 0 }),
  'fetch.max.wait.ms': int(500, 'How long a broker waits for fetch.min.bytes.', { min: 0 }),
  'max.partition.fetch.bytes': int(1_048_576, 'The most bytes of one partition in one answer.', { min: 0 }),
  'buffer.memory': long(
    BUFFER_MEMORY_BYTES,
    'The most bytes that are fetched and not handed out yet, or that handlers of `run` still need (KIP-81).',
    {
      min: 1,
    },
  ),
  'check.crcs': boolean(true, 'Checks that batches are as they were written.'),
  'client.rack': string('', 'Where this client is: it reads from a replica there, if brokers allow it (KIP-392).'),
  'allow.auto.create.topics': boolean(true, 'Whether subscribing to a topic may create it.'),
  'exclude.internal.topics': boolean(true, 'Whether a pattern skips internal topics.'),
  'interceptor.classes': list(undefined, 'Java’s are not there: use `interceptors`.'),
  'metrics.sample.window.ms': long(30_000, 'The time of one sample that averages and rates are made of.', { min: 1 }),
  'metrics.num.samples': int(2, 'How many samples they are made of.', { min: 1 }),
  'key.deserializer': string(undefined, 'A Java class of org.apache.kafka.common.serialization; or `keyDeserializer`.'),
  'value.deserializer': string(
    undefined,
    'A Java class of org.apache.kafka.common.serialization; or `valueDeserializer`.',
  ),
} as const
