import { commonConfigs } from './common-configs.js'
import { boolean, int, list, long, oneOf, string } from './config-table.js'

/** Kafka's keys of a producer (`ProducerConfig`), with Kafka 4's defaults. */
export const producerConfigs = {
  ...commonConfigs,
  acks: oneOf(
    ['all', '-1', '0', '1'],
    'all',
    'Who must have a record before it counts as sent: all in-sync replicas, the leader (1), nobody (0).',
    {
      in2x: '1',
    },
  ),
  'enable.idempotence': boolean(true, 'Each record is written once and in order, whatever has to be repeated.', {
    in2x: 'false',
  }),
  'max.in.flight.requests.per.connection': int(
    5,
    'Requests to one broker that wait for answers. Up to 5 with idempotence.',
    {
      min: 1,
    },
  ),
  'batch.size': int(
    16_384,
    'Bytes of a batch, which holds records of one partition. One that has to wait for others may grow to thirty-two times as much, unless lingerMode is strict.',
    { min: 0 },
  ),
  'linger.ms': long(5, 'How long a record waits at most for others to fill its batch; see lingerMode.', {
    min: 0,
    in2x: '0',
  }),
  'buffer.memory': long(33_554_432, 'Bytes of records that wait or are in flight.', { min: 0 }),
  'max.block.ms': long(60_000, 'How long a record waits for room in buffer.memory, or for its topic to be known.', {
    min: 0,
  }),
  'max.request.size': int(1_048_576, 'Bytes of a request, and of a record.', { min: 0 }),
  'delivery.timeout.ms': int(120_000, 'When a record that was not acknowledged has failed.', { min: 0 }),
  retries: int(2_147_483_647, 'How often a batch is sent again, within delivery.timeout.ms.', { min: 0 }),
  'compression.type': oneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'none', 'How batches are compressed.'),
  'compression.gzip.level': int(-1, '1 to 9; -1 is the codec’s own.', { min: -1, max: 9 }),
  'compression.lz4.level': int(9, '1 to 17. Taken, without effect: the codec has the fast compressor only.', {
    min: 1,
    max: 17,
  }),
  'compression.zstd.level': int(3, 'Up to 22; negative ones are faster.', { min: -131_072, max: 22 }),
  'partitioner.class': string(undefined, 'A partitioner of Kafka’s; or `partitioner`.'),
  'partitioner.ignore.keys': boolean(false, 'Records with keys are spread like those without.'),
  'partitioner.adaptive.partitioning.enable': boolean(
    true,
    'Records without keys go rather to partitions whose brokers keep up (KIP-794).',
  ),
  'partitioner.availability.timeout.ms': long(
    0,
    'Records without keys avoid partitions whose brokers took nothing for so long. 0: they do not.',
    { min: 0 },
  ),
  'key.serializer': string(undefined, 'A serializer of Kafka’s, by its class; or `keySerializer`.'),
  'value.serializer': string(undefined, 'A serializer of Kafka’s, by its class; or `valueSerializer`.'),
  'metadata.max.idle.ms': long(300_000, 'A topic that nothing is sent to for so long is not asked about any more.', {
    min: 5000,
  }),
  'transactional.id': string(undefined, 'Names the producer across restarts, so that it can have transactions.'),
  'transaction.timeout.ms': int(60_000, 'When the coordinator aborts a transaction by itself.', { min: 1 }),
  'metrics.sample.window.ms': long(30_000, 'The time of one sample that averages and rates are made of.', { min: 1 }),
  'metrics.num.samples': int(2, 'How many samples they are made of.', { min: 1 }),
  'interceptor.classes': list(undefined, 'Java’s are not there: use `interceptors`.'),
} as const
