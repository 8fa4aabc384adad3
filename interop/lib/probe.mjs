// A client that lives beside a load: one record produced, committed to a group and fetched back, again and again, in a
// thread of its own, so that the load's own work is not taken for the broker's. Says how long each round took.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import {
  apis,
  batchOf,
  ErrorCode,
  errorName,
  fetchOnce,
  findCoordinator,
  produce,
  RawClient,
  recordsIn,
} from './raw.mjs'

const pauseMs = 10
const maxErrors = 10

/** Starts a probe of `topic` (one partition, there already), which commits to `groupId`. `stop()` resolves to `{ rounds, maxMs, medianMs, errors }`. */
export async function startProbe(bootstrap, topic, { groupId = 'probe' } = {}) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { bootstrap, topic, groupId } })
  const next = () =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  await next()
  return {
    /** What has been measured since the last question. */
    async report() {
      worker.postMessage('report')
      return await next()
    },
    async stop() {
      const report = await this.report()
      await worker.terminate()
      return report
    },
  }
}

async function probe({ bootstrap, topic, groupId }) {
  let client = await RawClient.connect(bootstrap)
  await findCoordinator(client, groupId)
  let measured = { times: [], errors: [] }
  let startedAt = performance.now()
  parentPort.on('message', () => {
    const { times, errors } = measured
    times.push(performance.now() - startedAt) // The round that is under way counts with what it has taken so far.
    times.sort((a, b) => a - b)
    const [maxMs, medianMs] = [times.at(-1), times[times.length >> 1]].map(Math.round)
    parentPort.postMessage({ rounds: times.length - 1, maxMs, medianMs, errors })
    measured = { times: [], errors: [] }
  })
  parentPort.postMessage('ready')
  for (let n = 0; ; n++) {
    startedAt = performance.now()
    try {
      await round(client, { topic, groupId, n })
    } catch (error) {
      if (measured.errors.length < maxErrors) measured.errors.push(error.message)
      client.close()
      client = await reconnect(bootstrap)
    }
    measured.times.push(performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

async function round(client, { topic, groupId, n }) {
  const value = `probe ${n} ${'.'.repeat(500)}`
  const { errorCode, baseOffset } = await produce(client, topic, batchOf([value]))
  expectNone('produce', errorCode)
  const fetched = await fetchOnce(client, topic, baseOffset, { maxWaitMs: 1000 })
  expectNone('fetch', fetched.errorCode)
  const [record] = recordsIn(fetched.records, baseOffset)
  if (record?.value.toString() !== value) throw new Error(`offset ${baseOffset} has ${record?.value}`)
  const committed = await client.call(apis.OffsetCommit, 8, {
    groupId,
    memberId: '',
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: n, committedMetadata: '' }] }],
  })
  expectNone('commit', committed.topics[0].partitions[0].errorCode)
}

function expectNone(what, errorCode) {
  if (errorCode !== ErrorCode.NONE) throw new Error(`${what}: ${errorName(errorCode)}`)
}

async function reconnect(bootstrap) {
  for (;;) {
    try {
      return await RawClient.connect(bootstrap)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

if (!isMainThread && workerData?.topic !== undefined) await probe(workerData)
