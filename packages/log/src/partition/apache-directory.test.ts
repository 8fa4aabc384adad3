import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { appendBatch, batchOf, openTestLog, readValues, type TestLog } from '../testing/fixtures.js'
import { SimulatedDisk } from '../testing/simulated-disk.js'

const DIRECTORY = '/data/apache-0'
const RECORDED = new URL('../../src/testdata/apache-3.9/', import.meta.url)

async function recorded(name: 'closed' | 'killed'): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for (const file of (await readdir(new URL(name, RECORDED))).sort()) {
    files.set(file, await readFile(new URL(`${name}/${file}`, RECORDED)))
  }
  return files
}

async function open(files: Map<string, Buffer>, cleanShutdown: boolean): Promise<TestLog> {
  const disk = new SimulatedDisk()
  for (const [name, content] of files) disk.put(`${DIRECTORY}/${name}`, content)
  const config = { segmentBytes: 900, indexIntervalBytes: 150, segmentIndexBytes: 240 }
  return await openTestLog({ disk, directory: DIRECTORY, config, cleanShutdown, highWatermark: 43 })
}

async function filesOf(disk: SimulatedDisk): Promise<Map<string, Buffer>> {
  const names = (await disk.readdir(DIRECTORY)).map(({ name }) => name).sort()
  return new Map(names.map((name) => [name, disk.contentOf(`${DIRECTORY}/${name}`)]))
}

async function checkContent({ log }: TestLog): Promise<void> {
  assert.deepEqual([log.logStartOffset, log.logEndOffset, log.lastStableOffset, log.segmentCount], [0, 43, 43, 4])
  assert.equal(log.topicId.length, 22)
  assert.equal(log.latestEpoch, 0)
  // 30 records in five codecs, 6 aborted, 5 committed, and two markers.
  assert.equal((await readValues(log)).length, 43)
  assert.deepEqual(
    log.describeProducers().map((producer) => [producer.producerId, producer.producerEpoch, producer.lastSequence]),
    [
      [1000, 0, 5],
      [1001, 0, 5],
      [1002, 0, 5],
      [1003, 0, 5],
      [1004, 0, 5],
      [1005, 2, 4],
    ],
  )
  const read = await log.read(30, { maxBytes: 10_000, minOneBatch: true, upTo: 'lastStable' })
  assert.deepEqual(read.abortedTransactions, [
    { producerId: 1005, firstOffset: 30, lastOffset: 36, lastStableOffset: 37 },
  ])
  assert.deepEqual(await log.offsetForTimestamp(1_795_279_237_262), {
    offset: 17,
    timestamp: 1_795_279_237_262,
    leaderEpoch: 0,
  })
}

test('Apache 3.9, stopped: opens without recovery, reads back, and is left as it was', async () => {
  const files = await recorded('closed')
  const opened = await open(files, true)
  assert.equal(opened.log.recovery.recoveredSegments, 0)
  await checkContent(opened)
  await opened.log.close()
  assert.deepEqual(await filesOf(opened.disk), files)
})

test('Apache 3.9, killed: recovery gives the files that Apache would have made', async () => {
  const opened = await open(await recorded('killed'), false)
  assert.equal(opened.log.recovery.recoveredSegments, 4)
  assert.equal(opened.log.recovery.truncation, undefined)
  await checkContent(opened)
  await opened.log.close()
  assert.deepEqual(await filesOf(opened.disk), await recorded('closed'))
})

test('Apache 3.9: producers go on with their sequences, and a repeated batch is a duplicate', async () => {
  const { log } = await open(await recorded('killed'), false)
  const next = batchOf(['next'], { producerId: 1004, producerEpoch: 0, baseSequence: 6 })
  assert.equal((await appendBatch(log, next)).firstOffset, 43)
  const lastOfZstd = batchOf(['a', 'b'], { producerId: 1003, producerEpoch: 0, baseSequence: 4 })
  const duplicate = await appendBatch(log, lastOfZstd)
  assert.deepEqual([duplicate.duplicate, duplicate.firstOffset], [true, 22])
})
