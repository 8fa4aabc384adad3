import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  BATCH_OVERHEAD,
  batchAttributes,
  batchMaxTimestamp,
  buildBatch,
  compressionOf,
  isCrcValid,
  NO_TIMESTAMP,
  readRecords,
  setCreateTime,
} from '@millrace/protocol'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../core/log-config.js'
import { PartitionLog } from '../partition/partition-log.js'
import { appendBatch, batchOf, DIRECTORY, readValues, testEnvironment } from '../testing/fixtures.js'
import { hasLogCode } from '../testing/has-log-code.js'
import { ManualTime, settle } from '../testing/manual-time.js'
import { SimulatedDisk } from '../testing/simulated-disk.js'
import { type BatchChecker, type CheckWorker, WorkerBatchChecker } from './batch-checker.js'
import { isHeavy } from './check-batch.js'
import type { CheckTask, CheckVerdict } from './check-messages.js'

const MIB = 1024 * 1024

/** A value that compresses to about two thirds. */
function compressible(bytes: number): Buffer {
  const value = Buffer.alloc(bytes)
  let state = 1
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    value[at] = at % 3 === 0 ? 0x61 : state >>> 16
  }
  return value
}

/** How long this thread has been at work: what others take of the processor does not count, where the system tells. */
function busyMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

async function openLog(batchChecker: BatchChecker, config: Partial<LogConfig>): Promise<PartitionLog> {
  const disk = new SimulatedDisk()
  await disk.mkdir('/data')
  const environment = { ...testEnvironment(disk, new ManualTime()), batchChecker }
  return await PartitionLog.open({ environment, directory: DIRECTORY, config: { ...DEFAULT_LOG_CONFIG, ...config } })
}

async function withChecker(run: (checker: WorkerBatchChecker) => Promise<void>): Promise<void> {
  const checker = new WorkerBatchChecker()
  // The threads do not keep the process alive; a test that waits for them must.
  const keepAlive = setInterval(() => undefined, 1000)
  try {
    await run(checker)
  } finally {
    await checker.close()
    clearInterval(keepAlive)
  }
}

test('recompression in a thread: the batch has the topic codec, and offsets are in the order of the calls', async () => {
  await withChecker(async (checker) => {
    const log = await openLog(checker, { compressionType: 'lz4', maxMessageBytes: 20 * MIB })
    const large = () => buildBatch([{ value: compressible(MIB) }], { compression: 'gzip' })
    const small = (value: string) => batchOf([value], { compression: 'lz4' })
    const results = await Promise.all([
      appendBatch(log, small('first')),
      appendBatch(log, large()),
      appendBatch(log, small('between')),
      appendBatch(log, large()),
      appendBatch(log, small('last')),
    ])
    assert.deepEqual(
      results.map(({ firstOffset }) => firstOffset),
      [0, 1, 2, 3, 4],
    )
    const { records } = await log.read(1, { maxBytes: 20 * MIB, minOneBatch: true, upTo: 'logEnd' })
    assert.equal(compressionOf(batchAttributes(records, 0)), 'lz4')
    const [record] = readRecords(records, 0)
    assert.ok(record?.value?.equals(compressible(MIB)))
    assert.equal((await readValues(log, 4))[0], '4:last')
  })
})

test('deep validation in a thread: what is wrong with a record is told, in its turn, and the next batch is taken', async () => {
  await withChecker(async (checker) => {
    const log = await openLog(checker, { cleanupPolicy: ['compact'] })
    const keyless = buildBatch([{ value: compressible(5000) }], { compression: 'gzip' })
    const refused = appendBatch(log, keyless)
    const taken = appendBatch(log, batchOf(['good']))
    await assert.rejects(refused, (error: { code?: string; recordErrors?: readonly unknown[] }) => {
      return error.code === 'INVALID_RECORD' && error.recordErrors?.length === 1
    })
    assert.equal((await taken).firstOffset, 0)
  })
})

test('a batch that decompresses to more than any may is refused, and the thread goes on', async () => {
  await withChecker(async (checker) => {
    const log = await openLog(checker, { compressionType: 'lz4' })
    for (const compression of ['gzip', 'zstd'] as const) {
      const bomb = buildBatch([{ value: Buffer.alloc(150 * MIB) }], { compression })
      assert.ok(bomb.length < MIB)
      await assert.rejects(appendBatch(log, bomb), /decompress to more than/, compression)
    }
    await appendBatch(log, buildBatch([{ value: compressible(5000) }], { compression: 'gzip' }))
    assert.equal(log.logEndOffset, 1)
  })
})

/** How long the event loop stands at most while a batch is checked: of some rounds the best. */
async function longestStandMs(batch: Buffer, check: (copy: Buffer) => Promise<unknown>): Promise<number> {
  const longestMs: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const copy = Buffer.from(batch)
    let turns = 0
    let longest = 0
    let lastMs = busyMs()
    let isDone = false
    const checked = check(copy).then(() => {
      isDone = true
    })
    while (!isDone) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
      const nowMs = busyMs()
      longest = Math.max(longest, nowMs - lastMs)
      lastMs = nowMs
      turns += 1
    }
    await checked
    assert.ok(turns > 20, `${turns} turns while the batch was checked`)
    longestMs.push(longest)
  }
  // Where only the clock can be asked, the machine may be busy with other things.
  return Math.min(...longestMs)
}

test('batches of 10 MiB in gzip: the event loop goes on', async () => {
  await withChecker(async (checker) => {
    const log = await openLog(checker, { compressionType: 'lz4', maxMessageBytes: 64 * MIB, segmentBytes: 256 * MIB })
    const batch = buildBatch([{ value: compressible(16 * MIB) }], { compression: 'gzip' })
    assert.ok(batch.length > 10 * MIB)
    await appendBatch(log, Buffer.from(batch))
    const standMs = await longestStandMs(batch, (records) => {
      const input = { records, origin: 'client', leaderEpoch: 0, nowMs: 0, deepValidation: true } as const
      return checker.check(input, log.config)
    })
    assert.ok(standMs < 10, `the loop stood for ${standMs} ms`)
  })
})

test('batches of 10 MiB in records of 100 bytes, not compressed: the event loop goes on, the header is put right', async () => {
  await withChecker(async (checker) => {
    const log = await openLog(checker, { maxMessageBytes: 64 * MIB, segmentBytes: 256 * MIB })
    const value = Buffer.alloc(100, 'v')
    const records = Array.from({ length: 100_000 }, (_, index) => ({ value, timestamp: 1_700_000_000_000 + index }))
    const batch = buildBatch(records)
    setCreateTime(batch, 0, NO_TIMESTAMP)
    const standMs = await longestStandMs(batch, (records) => {
      const input = { records, origin: 'client', leaderEpoch: 0, nowMs: 0 } as const
      assert.ok(isHeavy(input, log.config))
      return checker.check(input, log.config)
    })
    assert.ok(standMs < 10, `the loop stood for ${standMs} ms`)
    await appendBatch(log, batch)
    assert.equal(log.logEndOffset, 100_000)
    const read = await log.read(0, { maxBytes: 1, minOneBatch: true, upTo: 'logEnd' })
    assert.equal(batchMaxTimestamp(read.records, 0), 1_700_000_099_999)
    assert.ok(isCrcValid(read.records, 0))
  })
})

test('what goes to a thread: many records, many bytes, and what is opened; not what is taken at its word', () => {
  const input = (records: Buffer) => ({ records, origin: 'client' as const, leaderEpoch: 0, nowMs: 0 })
  const config: LogConfig = { ...DEFAULT_LOG_CONFIG, compressionType: 'producer' }
  const many = Array.from({ length: 40_000 }, () => ({ value: null, timestamp: 1 }))
  assert.equal(isHeavy(input(buildBatch(many)), config), true)
  assert.equal(isHeavy(input(buildBatch(many.slice(0, 30_000))), config), false)
  assert.equal(isHeavy(input(buildBatch([{ value: Buffer.alloc(9 * MIB), timestamp: 1 }])), config), true)
  assert.equal(isHeavy(input(buildBatch([{ value: Buffer.alloc(MIB), timestamp: 1 }])), config), false)

  const compressed = buildBatch([{ value: compressible(5000), timestamp: 1 }], { compression: 'gzip' })
  assert.equal(isHeavy(input(compressed), config), false)
  setCreateTime(compressed, 0, NO_TIMESTAMP)
  assert.equal(isHeavy(input(compressed), config), true, 'its largest timestamp has to be looked for')
  assert.equal(isHeavy(input(compressed), { ...config, messageTimestampType: 'LogAppendTime' }), false)
  const lying = Buffer.from(batchOf(['v']))
  lying.writeInt32BE(1_000_000_000, BATCH_OVERHEAD - 4)
  assert.equal(isHeavy(input(lying), config), false, 'so many records do not fit into so few bytes')
})

class FakeThread implements CheckWorker {
  readonly tasks: CheckTask[] = []
  #answer: (verdict: CheckVerdict) => void = () => undefined
  #end: (reason: unknown) => void = () => undefined

  postMessage(task: CheckTask): void {
    this.tasks.push(task)
  }

  onMessage(listener: (verdict: CheckVerdict) => void): void {
    this.#answer = listener
  }

  onEnd(listener: (reason: unknown) => void): void {
    this.#end = listener
  }

  terminate(): Promise<void> {
    return Promise.resolve()
  }

  answer(): void {
    this.#answer({ kind: 'good', records: undefined, sizeInBytes: this.tasks.at(-1)?.records.byteLength ?? 0 })
  }

  die(): void {
    this.#end(new Error('out of memory'))
  }
}

test('a thread that dies takes its batch with it; those that wait get another one', async () => {
  const threads: FakeThread[] = []
  const checker = new WorkerBatchChecker({
    maxWorkers: 1,
    startWorker: () => {
      threads.push(new FakeThread())
      return threads.at(-1) as FakeThread
    },
  })
  const input = () => ({ records: batchOf(['v']), origin: 'client' as const, leaderEpoch: 0, nowMs: 0 })
  const lost = checker.check(input(), DEFAULT_LOG_CONFIG)
  const kept = checker.check(input(), DEFAULT_LOG_CONFIG)
  assert.equal(threads.length, 1)
  await settle()
  threads[0]?.die()
  await assert.rejects(lost, hasLogCode('UNKNOWN_SERVER_ERROR'))
  assert.equal(threads.length, 2)
  await settle()
  threads[1]?.answer()
  assert.equal((await kept).isChecked, true)
})

test('the queue is bounded in bytes; over it batches are refused with an error that producers retry', async () => {
  const threads: FakeThread[] = []
  const startWorker = () => {
    threads.push(new FakeThread())
    return threads.at(-1) as FakeThread
  }
  const records = batchOf(['v'])
  const checker = new WorkerBatchChecker({ maxWorkers: 1, maxQueuedBytes: 2 * records.length, startWorker })
  const check = () => checker.check({ records, origin: 'client', leaderEpoch: 0, nowMs: 0 }, DEFAULT_LOG_CONFIG)
  const waiting = [check(), check(), check()]
  assert.equal(checker.queuedBytes, 2 * records.length)
  await assert.rejects(check(), hasLogCode('REQUEST_TIMED_OUT'))
  for (let turn = 0; turn < 3; turn += 1) {
    threads[0]?.answer()
    await settle()
  }
  await Promise.all(waiting)
  assert.equal(checker.queuedBytes, 0)
  await checker.close()
  await assert.rejects(check(), hasLogCode('KAFKA_STORAGE_ERROR'))
})

test('an append that is checked while a new leader epoch begins is not taken into it', async () => {
  const thread = new FakeThread()
  const log = await openLog(new WorkerBatchChecker({ startWorker: () => thread }), { compressionType: 'lz4' })
  const late = appendBatch(log, buildBatch([{ value: compressible(5000) }], { compression: 'gzip' }), {
    leaderEpoch: 1,
  })
  await log.assignEpochStart(2, log.logEndOffset)
  thread.answer()
  await assert.rejects(late, hasLogCode('NOT_LEADER_OR_FOLLOWER'))
})
