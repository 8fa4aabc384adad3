// The process itself: how soon it serves, and how much memory it takes. These start servers of their own.
import { setTimeout as sleep } from 'node:timers/promises'
import { buildBatch } from '../../packages/protocol/dist/index.js'
import { batched, oneARequest } from '../lib/producer-settings.mjs'
import { Server } from '../lib/servers.mjs'
import { cpuUs, memory, untilQuiet } from '../lib/usage.mjs'
import { createTopic, produceError, produceRequest, Wire } from '../lib/wire.mjs'

const topicAlreadyExists = 36
const idleWindowMs = 2000
const startTimeoutMs = 60_000

export const processWorkloads = [
  {
    name: 'start',
    title: 'start to first acknowledged record',
    startsServer: true,
    goals: { firstStartMs: '< 300 ms', secondStartMs: '< 300 ms' },
    async measure({ kind, cores }) {
      const server = await new Server(kind, cores).prepare()
      try {
        const firstStartMs = await startToAcknowledged(server, { withTopic: true })
        await server.stop()
        const secondStartMs = await startToAcknowledged(server)
        return { firstStartMs, secondStartMs }
      } finally {
        await server.dispose()
      }
    },
  },
  {
    name: 'memory',
    title: 'memory and idle processor',
    startsServer: true,
    pinnedOnly: true,
    goals: { idleBytes: '< 90 MB', loadedBytes: '< 200 MB' },
    async measure({ kind, cores, loads, size }) {
      const server = await new Server(kind, cores).prepare()
      try {
        await server.start()
        await untilQuiet([server.pid], { timeoutMs: 20_000 })
        const { rssBytes: idleBytes } = memory(server.pid)
        const idleCpu = await idleShare(server.pid)
        await loadAll({ server, cores, loads, size })
        return { idleBytes, loadedBytes: memory(server.pid).peakBytes, idleCpu }
      } finally {
        await server.dispose()
      }
    },
  },
]

/** Milliseconds from the start of the process to the answer of the first Produce that succeeds. */
async function startToAcknowledged(server, { withTopic = false } = {}) {
  const topic = 'first'
  const request = produceRequest(topic, buildBatch([{ value: Buffer.from('first'), timestamp: Date.now() }]))
  const startedAt = performance.now()
  server.launch()
  for (;;) {
    const wire = await Wire.connect(server.port).catch(() => undefined)
    try {
      if (wire && (!withTopic || (await hasTopic(wire, topic)))) {
        while (produceError(await wire.send(request)) !== 0) await sleep(1)
        return performance.now() - startedAt
      }
    } catch {
      // It closed the connection: not ready yet.
    } finally {
      wire?.close()
    }
    if (server.hasEnded || performance.now() - startedAt > startTimeoutMs)
      throw new Error(`It does not serve:\n${server.output}`)
    await sleep(1)
  }
}

async function hasTopic(wire, name) {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  const { topics } = await wire.call('CreateTopics', 4, { topics: [topic], timeoutMs: 1000 })
  return topics[0].errorCode === 0 || topics[0].errorCode === topicAlreadyExists
}

/** Which part of a core the process takes while nobody asks anything of it. */
async function idleShare(pid) {
  const before = cpuUs(pid)
  const at = performance.now()
  await sleep(idleWindowMs)
  return (cpuUs(pid) - before) / ((performance.now() - at) * 1000)
}

/** Large batches in, single records in, everything out. */
async function loadAll({ server, cores, loads, size }) {
  const topic = 'load'
  const records = size === 'full' ? 200_000 : 80_000
  const common = { server, cores, topic }
  await createTopic(server.port, topic)
  await loads.produce({ ...common, records, recordSize: 1024, config: batched })
  await loads.produce({ ...common, records: records / 10, recordSize: 1024, config: oneARequest })
  await loads.consume({ ...common, records })
}
