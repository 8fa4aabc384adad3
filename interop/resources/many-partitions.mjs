// 10,000 partitions: how long a start takes after a clean stop and after kill -9, with the limit of open files as it is;
// what a partition costs in memory; and that the broker works then. Fewer do to show that 256 open files are enough.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBroker } from '../lib/brokers.mjs'
import { inMebibytes, openFiles, residentBytes } from '../lib/process-memory.mjs'
import { apis, batchOf, createTopics, ErrorCode, errorName, listOffset, RawClient } from '../lib/raw.mjs'

const partitionsOfTopic = 100
const cleanStartMs = 5000
const crashStartMs = 60_000

for (const { topics, maxFiles } of [{ topics: 100 }, { topics: 10, maxFiles: 256 }]) {
  const title = `${topics * partitionsOfTopic} partitions${maxFiles === undefined ? '' : `, with ${maxFiles} open files`}`
  test(title, async (t) => {
    const launcher = maxFiles === undefined ? [] : ['prlimit', `--nofile=${maxFiles}:${maxFiles}`]
    const partitions = topics * partitionsOfTopic
    const broker = await startBroker({ launcher })
    t.after(() => broker.dispose())
    const idle = residentBytes(broker.pid)
    const { names, seconds } = await createAll(broker, topics)
    t.diagnostic(`created in ${seconds} s`)
    await writeEverywhere(broker, names, 1)
    const used = residentBytes(broker.pid)
    t.diagnostic(
      `resident: ${inMebibytes(idle)} empty, ${inMebibytes(used)} in use: ${((used - idle) / 1024 / partitions).toFixed(1)} KiB each`,
    )

    const { code, tookMs: stopMs } = await broker.stop({ limitMs: 60_000 })
    assert.ok(code === 0 || code === 143, `exit code ${code}`)
    const cleanMs = await timedStart(broker, partitions)
    t.diagnostic(
      `clean stop in ${Math.round(stopMs)} ms; start after it in ${Math.round(cleanMs)} ms, resident ${inMebibytes(residentBytes(broker.pid))}, ${openFiles(broker.pid)} open files`,
    )
    await writeEverywhere(broker, names, 2)

    await broker.kill()
    const crashMs = await timedStart(broker, partitions)
    t.diagnostic(`start after kill -9 in ${Math.round(crashMs)} ms, resident ${inMebibytes(residentBytes(broker.pid))}`)
    await writeEverywhere(broker, names, 3)
    assert.ok(openFiles(broker.pid) < (maxFiles ?? Infinity))
    assert.ok(cleanMs <= cleanStartMs, `${cleanMs} ms after a clean stop`)
    assert.ok(crashMs <= crashStartMs, `${crashMs} ms after kill -9`)
    assert.doesNotMatch(broker.output, /^\[.*\] ERROR/m)
  })
}

/** Until a partition of the last topic is led and answers. */
async function timedStart(broker, partitions) {
  const startedAt = performance.now()
  await broker.start()
  const client = await RawClient.connect(broker.bootstrap)
  for (;;) {
    const answer = await client.call(apis.Metadata, 9, { topics: null })
    const led = answer.topics.flatMap((topic) => topic.partitions).filter(({ leaderId }) => leaderId === 0)
    if (led.length >= partitions) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  client.close()
  return performance.now() - startedAt
}

async function createAll(broker, topics) {
  const client = await RawClient.connect(broker.bootstrap)
  const names = Array.from({ length: topics }, (_, n) => `many-${n}`)
  const startedAt = performance.now()
  for (let at = 0; at < topics; at += 10) {
    const group = names.slice(at, at + 10).map((name) => ({ name, partitions: partitionsOfTopic }))
    await createTopics(client, group, { timeoutMs: 60_000 })
  }
  client.close()
  return { names, seconds: ((performance.now() - startedAt) / 1000).toFixed(1) }
}

/** One record to every partition, `end` of them then. */
async function writeEverywhere(broker, names, end) {
  const client = await RawClient.connect(broker.bootstrap)
  const records = batchOf(['a record'])
  for (const name of names) {
    const partitionData = Array.from({ length: partitionsOfTopic }, (_, index) => ({ index, records }))
    const request = { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData: [{ name, partitionData }] }
    const { responses } = await client.call(apis.Produce, 9, request)
    for (const { errorCode } of responses[0].partitionResponses) {
      assert.equal(errorCode, ErrorCode.NONE, errorName(errorCode))
    }
    assert.equal(await listOffset(client, name, partitionsOfTopic - 1, -1), end)
  }
  client.close()
}
