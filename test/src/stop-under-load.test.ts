/**
 * A broker that is killed, or told to stop, while clients create topics, write, commit and delete: whatever was
 * acknowledged is there at the next start, in order and once, and nothing that was deleted comes back.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { apis, ErrorCode } from '@millrace/protocol'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'
import { fetchFrom } from './support/fetching.js'
import { RawClient } from './support/raw-client.js'
import { append, valuesIn } from './support/records.js'
import { type ServerFiles, serverFiles, startedServer } from './support/server-process.js'
import { createTopic, deleteTopic } from './support/topics.js'

const groupId = 'group'
const recordsPerTopic = 15
const workers = 3
/** A worker deletes its oldest topic when it has more. */
const topicsKept = 3

/** What the broker has acknowledged. */
class Acknowledged {
  /** Values by topic, in the order in which they were written. */
  readonly written = new Map<string, string[]>()
  readonly committed = new Set<string>()
  readonly deleted = new Set<string>()
}

/** Works until the connection goes. */
async function work(bootstrap: string, worker: string, known: Acknowledged): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  const mine: string[] = []
  for (let count = 0; ; count++) {
    const topic = `${worker}-${count}`
    await createTopic(client, {}, { name: topic, partitions: 1 + (count % 2) })
    const values: string[] = []
    known.written.set(topic, values)
    mine.push(topic)
    for (let index = 0; index < recordsPerTopic; index++) {
      const value = `${topic}:${index}:${'.'.repeat(300)}`
      await append(client, topic, [value])
      values.push(value)
    }
    const { topics } = await client.call(apis.OffsetCommit, 8, {
      groupId,
      memberId: '',
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }] }],
    })
    if (topics[0]?.partitions[0]?.errorCode === ErrorCode.NONE) known.committed.add(topic)
    if (mine.length <= topicsKept) continue
    const oldest = mine.shift() as string
    // From here on it may be gone.
    known.written.delete(oldest)
    await deleteTopic(client, oldest)
    known.deleted.add(oldest)
  }
}

async function readAll(client: RawClient, topic: string): Promise<string[]> {
  const values: string[] = []
  for (;;) {
    const { errorCode, records } = await fetchFrom(client, topic, values.length)
    assert.equal(errorCode, ErrorCode.NONE, topic)
    const more = valuesIn(records)
    if (more.length === 0) return values
    values.push(...more)
  }
}

async function verify(client: RawClient, known: Acknowledged): Promise<void> {
  const metadata = await client.call(apis.Metadata, 9, { topics: null })
  const names = new Set(metadata.topics.map(({ name }) => name))
  for (const { name, errorCode, partitions } of metadata.topics) {
    assert.equal(errorCode, ErrorCode.NONE)
    assert.ok(
      partitions.every(({ leaderId }) => leaderId === 0),
      `${name} has leaders`,
    )
  }
  for (const topic of known.deleted) assert.ok(!names.has(topic), `${topic} has come back`)
  for (const [topic, values] of known.written) {
    const read = await readAll(client, topic)
    // The last write may have arrived without its answer.
    assert.deepEqual(read.slice(0, values.length), values, topic)
    assert.ok(read.length <= values.length + 1, topic)
  }
  await eventually(async () => {
    const { groups } = await client.call(apis.OffsetFetch, 8, { groups: [{ groupId, topics: null }] })
    assert.equal(groups[0]?.errorCode, ErrorCode.NONE)
    const offsets = new Map(groups[0]?.topics.map(({ name, partitions }) => [name, partitions[0]?.committedOffset]))
    for (const topic of known.committed) if (known.written.has(topic)) assert.equal(offsets.get(topic), 7, topic)
  })
}

async function loadAndStop(
  t: TestContext,
  files: ServerFiles,
  round: number,
  known: Acknowledged,
  signal: NodeJS.Signals,
) {
  const server = await startedServer(t, files)
  const client = await RawClient.connect(files.bootstrap)
  defer(t, () => client.close())
  await client.call(apis.FindCoordinator, 3, { key: groupId, keyType: 0 })
  await verify(client, known)
  assert.doesNotMatch(server.output, /ERROR/)
  const working = Array.from({ length: workers }, (_, worker) =>
    assert.rejects(work(files.bootstrap, `r${round}w${worker}`, known), /closed the connection/),
  )
  const before = known.deleted.size
  await eventually(() => assert.ok(known.deleted.size > before + 1))
  // At any point of what the workers do.
  await delay(Math.random() * 100)
  server.kill(signal)
  const exit = await server.exited
  await Promise.all(working)
  return exit
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`${signal} under load loses nothing that was acknowledged`, async (t) => {
    const files = await serverFiles(t)
    const known = new Acknowledged()
    for (let round = 0; round < 3; round++) {
      const exit = await loadAndStop(t, files, round, known, signal)
      if (signal === 'SIGTERM') assert.deepEqual(exit, { code: 0, signal: null })
    }
    assert.ok(known.written.size > 0 && known.deleted.size > 0 && known.committed.size > 0)
    await startedServer(t, files)
    const client = await RawClient.connect(files.bootstrap)
    defer(t, () => client.close())
    await client.call(apis.FindCoordinator, 3, { key: groupId, keyType: 0 })
    await verify(client, known)
  })
}
