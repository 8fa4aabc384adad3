// Producing. Every record is acknowledged, with acks=all and idempotence, as is the Java producer's default.
import { batched, oneARequest } from '../lib/producer-settings.mjs'
import { whileCounting } from '../lib/usage.mjs'
import { createTopic, deleteTopic } from '../lib/wire.mjs'

export const produceWorkloads = [
  produceWorkload('produce-1k', 'produce 1 KB, 128 KiB batches', {
    recordSize: 1024,
    records: { full: 400_000, quick: 150_000 },
    config: batched,
    goals: { cpuUs: 0.5 },
  }),
  produceWorkload('produce-100b', 'produce 100 B, 128 KiB batches', {
    recordSize: 100,
    records: { full: 2_000_000, quick: 800_000 },
    config: batched,
    goals: { cpuUs: 0.5 },
  }),
  produceWorkload('produce-single', 'produce 1 KB, one a request, 5 in flight', {
    recordSize: 1024,
    records: { full: 60_000, quick: 30_000 },
    config: oneARequest,
    goals: { cpuUs: 0.7 },
  }),
  produceWorkload('produce-paced', 'produce 1 KB, 5,000 a second, linger 0', {
    recordSize: 1024,
    records: { full: 75_000, quick: 25_000 },
    warmupRecords: { full: 25_000, quick: 10_000 },
    throughput: 5000,
    config: { 'linger.ms': 0 },
    goals: { p99Ms: 0.5 },
    shown: ['p50Ms', 'p99Ms', 'p999Ms'],
    sink: false,
  }),
  produceWorkload('partitions-1000', 'produce 1 KB to 1,000 partitions', {
    recordSize: 1024,
    records: { full: 200_000, quick: 100_000 },
    config: { 'linger.ms': 5 },
    partitions: 1000,
    // Apache's broker takes very long over the first records of so many partitions.
    slow: true,
    goals: { cpuUs: 0.5 },
    sink: false,
  }),
]

/** `shown`: which figures of the tool are of interest beside the processor time. */
function produceWorkload(name, title, options) {
  const { records, warmupRecords, partitions = 1, goals, shown = ['perSecond'], sink = true, slow, ...load } = options
  const run = ({ server, cores, loads, size }) =>
    loads.produce({ ...load, server, cores, topic: name, records: records[size], warmupRecords: warmupRecords?.[size] })
  return {
    name,
    title,
    sink,
    slow,
    goals,
    async prepare(context) {
      if (context.server.kind !== 'sink') await createTopic(context.server.port, name, partitions)
      if (context.size === 'full' || slow) await run(context)
    },
    async measure(context) {
      const { result, cpuUs } = await whileCounting(context.server.pid, () => run(context))
      return { cpuUs: cpuUs / result.records, ...Object.fromEntries(shown.map((metric) => [metric, result[metric]])) }
    },
    async finish({ server }) {
      if (server.kind !== 'sink') await deleteTopic(server.port, name)
    },
  }
}
