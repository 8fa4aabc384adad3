// Consuming what was just written, and so lies in the page cache; and the way of a record from end to end.

import * as nodeLoads from '../lib/node-loads.mjs'
import { batched } from '../lib/producer-settings.mjs'
import { whileCounting } from '../lib/usage.mjs'
import { createTopic, deleteTopic } from '../lib/wire.mjs'

export const consumeWorkloads = [
  consumeWorkload('consume-1k', 'consume 1 KB', { recordSize: 1024, records: { full: 1_000_000, quick: 250_000 } }),
  consumeWorkload('consume-100b', 'consume 100 B', { recordSize: 100, records: { full: 4_000_000, quick: 1_500_000 } }),
  // Java's tool counts whole milliseconds, so that only its mean and its highest percentiles say something.
  endToEndWorkload('end-to-end', 'end to end, 1 KB, Java clients', {
    records: { full: 5000, quick: 2000 },
    shown: ['meanMs', 'p99Ms', 'p999Ms'],
    goals: { p99Ms: 0.5 },
    loadsOf: ({ loads }) => loads,
  }),
  endToEndWorkload('end-to-end-raw', 'end to end, 1 KB, raw sockets', {
    records: { full: 10_000, quick: 5000 },
    shown: ['p50Ms', 'p99Ms', 'p999Ms'],
    goals: { p99Ms: 0.5 },
    loadsOf: () => nodeLoads,
  }),
]

function consumeWorkload(name, title, { recordSize, records }) {
  const run = ({ server, cores, loads, size }) => loads.consume({ server, cores, topic: name, records: records[size] })
  return {
    name,
    title,
    goals: { cpuUs: 0.8 },
    async prepare(context) {
      const { server, cores, loads, size } = context
      await createTopic(server.port, name)
      await loads.produce({ server, cores, topic: name, records: records[size], recordSize, config: batched })
      if (size === 'full') await run(context)
    },
    async measure(context) {
      const { result, cpuUs } = await whileCounting(context.server.pid, () => run(context))
      return { cpuUs: cpuUs / result.records, perSecond: result.perSecond }
    },
    async finish({ server }) {
      await deleteTopic(server.port, name)
    },
  }
}

function endToEndWorkload(name, title, { records, shown, goals, loadsOf }) {
  const run = (context) => {
    const { server, cores, size } = context
    return loadsOf(context).endToEnd({ server, cores, topic: name, records: records[size], recordSize: 1024 })
  }
  return {
    name,
    title,
    goals,
    async prepare(context) {
      await createTopic(context.server.port, name)
      if (context.size === 'full') await run(context)
    },
    async measure(context) {
      const result = await run(context)
      return Object.fromEntries(shown.map((metric) => [metric, result[metric]]))
    },
    async finish({ server }) {
      await deleteTopic(server.port, name)
    },
  }
}
