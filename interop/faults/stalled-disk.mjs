// A disk that stalls (its file system frozen for three seconds, so that every write waits in the kernel) under one of two
// log directories: partitions of the other one, members of groups and every request that needs no disk go on, also
// when more writes hang than there are threads for files. Nothing is lost or doubled when it moves again.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBroker } from '../lib/brokers.mjs'
import { startProbe } from '../lib/probe.mjs'
import { apis, createTopics, ErrorCode, findCoordinator, javaStringHash, RawClient } from '../lib/raw.mjs'
import { mountFailingDisk, noFailingDisks } from '../lib/small-disks.mjs'
import { GroupSeat } from './group-seat.mjs'
import { VerifiedWriter } from './verified-writer.mjs'

const stallMs = 3000
const waitAtMostMs = 500
const offsetsPartitions = 4

for (const hanging of [1, 40]) {
  test(`writes to ${hanging} partitions hang: the others go on`, { skip: noFailingDisks }, async (t) => {
    const disk = mountFailingDisk(128)
    t.after(() => disk.unmount())
    const { broker, healthy, stalling } = await startOnTwoDisks(t, disk)
    const client = await RawClient.connect(broker.bootstrap)
    await createTopics(client, [{ name: 'spread', partitions: 2 * hanging }])
    await findCoordinator(client, 'any')
    const probeTopic = await topicIn(client, healthy)
    const seat = await GroupSeat.take(client, groupIn('seat', healthy), { sessionTimeoutMs: 6000 })
    const writers = Array.from(
      { length: 2 * hanging },
      (_, partition) => new VerifiedWriter(broker.bootstrap, 'spread', { partition, name: `writer${partition}` }),
    )
    for (const writer of writers) {
      await writer.connect()
      assert.equal(await writer.write(), 'NONE')
    }
    const isStalling = ({ log }) => existsSync(join(stalling, `spread-${log.partition}`))
    const probe = await startProbe(broker.bootstrap, probeTopic, { groupId: groupIn('probe', healthy) })
    await sleep(500)
    await probe.report()

    const thawed = disk.freezeFor(stallMs)
    const stalled = writers.filter(isStalling).map((writer) => writer.write())
    const moving = writers.filter((writer) => !isStalling(writer))
    const { longestMs, writes } = await goOn(seat, moving, client)
    const { rounds, maxMs, medianMs, errors } = await probe.stop()
    await thawed
    t.diagnostic(
      `${stalled.length} hang; ${writes} writes elsewhere, heartbeats and metadata wait ${longestMs} ms at most; ` +
        `probe: ${rounds} rounds, median ${medianMs} ms, at most ${maxMs} ms`,
    )
    assert.deepEqual(errors, [])
    assert.ok(maxMs < waitAtMostMs && rounds > 10, `the probe took ${maxMs} ms`)
    assert.ok(longestMs < waitAtMostMs, `a write elsewhere, a heartbeat or Metadata took ${longestMs} ms`)
    for (const error of await Promise.all(stalled)) assert.equal(error, 'NONE', 'what hung is written in the end')
    for (const writer of writers) await writer.verify('when the disk moves again')
    for (const writer of writers) writer.close()
    client.close()
  })
}

async function startOnTwoDisks(t, disk) {
  const stalling = join(disk.path, 'data')
  const properties = { 'offsets.topic.num.partitions': offsetsPartitions }
  let healthy
  const broker = await startBroker({
    prepare: (home) => {
      healthy = join(home, 'data')
      properties['log.dirs'] = `${healthy},${stalling}`
      properties['millrace.store.dir'] = join(home, 'store')
    },
    properties,
  })
  t.after(() => broker.dispose())
  return { broker, healthy, stalling }
}

/** Writes to healthy partitions, beats and asks for metadata while the disk stalls. */
async function goOn(seat, healthy, client) {
  const deadline = performance.now() + 0.9 * stallMs
  let longestMs = 0
  let writes = 0
  while (performance.now() < deadline) {
    const startedAt = performance.now()
    assert.equal(await healthy[writes++ % healthy.length].write(), 'NONE')
    assert.equal(await seat.heartbeat(), ErrorCode.NONE)
    await client.call(apis.Metadata, 9, { topics: null })
    longestMs = Math.max(longestMs, Math.round(performance.now() - startedAt))
    await sleep(5)
  }
  return { longestMs, writes }
}

/** A topic of one partition whose log lies in this directory. */
async function topicIn(client, directory) {
  for (let n = 0; ; n++) {
    const name = `probe-${n}`
    await createTopics(client, [{ name }])
    if (existsSync(join(directory, `${name}-0`))) return name
  }
}

/** A group whose coordinator's log lies in this directory. */
function groupIn(prefix, directory) {
  for (let n = 0; ; n++) {
    const partition = (javaStringHash(`${prefix}-${n}`) & 0x7fffffff) % offsetsPartitions
    if (existsSync(join(directory, `__consumer_offsets-${partition}`))) return `${prefix}-${n}`
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
