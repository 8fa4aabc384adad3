import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchSizeInBytes, buildEndTransactionMarker } from '@millrace/protocol'
import { LogDirectoryError } from '../manager/log-directory-error.js'
import type { LogManager } from '../manager/log-manager.js'
import { appendBatch, batchOf, openTestLog, readValues } from '../testing/fixtures.js'
import { LogWorld } from '../testing/log-world.js'
import type { SimulatedDisk } from '../testing/simulated-disk.js'
import { LogError } from './log-error.js'
import type { PartitionLog } from './partition-log.js'

const TOPIC_ID = 'oTPdU7gWTv2eYxAFHlKhyw'
const DIR = '/one/t-0'
/** Values of the batches, one a batch, in segments of three; behind them the marker of an aborted transaction. */
const VALUES = Array.from({ length: 7 }, (_, index) => `${index}:v${index}`)
const BATCHES_PER_SEGMENT = 3
const LAST_SEGMENT = 6
const END_OFFSET = VALUES.length + 1
const FIRST_BATCH_TIME = 1_700_000_000_000

type Ending = 'clean' | 'crash'

/** A small log of three segments with every kind of file, after a clean stop or a crash. */
async function prepare(ending: Ending): Promise<LogWorld> {
  const world = new LogWorld()
  world.config = { segmentBytes: BATCHES_PER_SEGMENT * batchOf(['v0']).length, indexIntervalBytes: 100 }
  const manager = await world.open({ directories: ['/one'] })
  const log = await manager.getOrCreate('t', 0, TOPIC_ID)
  for (let index = 0; index < VALUES.length; index += 1) {
    const records = batchOf([`v${index}`], {
      producerId: 7,
      producerEpoch: 0,
      baseSequence: index,
      transactional: index === VALUES.length - 1,
      baseOffset: index,
      leaderEpoch: index < 4 ? 0 : 3,
      timestamp: FIRST_BATCH_TIME + index,
    })
    await log.append({ records, origin: 'replication', leaderEpoch: 0, nowMs: FIRST_BATCH_TIME })
  }
  const marker = buildEndTransactionMarker({
    ...{ result: 'ABORT', producerId: 7, producerEpoch: 0, coordinatorEpoch: 1, timestamp: FIRST_BATCH_TIME },
    ...{ baseOffset: VALUES.length, leaderEpoch: 3 },
  })
  await log.append({ records: marker, origin: 'replication', leaderEpoch: 3, nowMs: FIRST_BATCH_TIME })
  assert.equal(log.segmentCount, 3)
  log.updateHighWatermark(END_OFFSET)
  if (ending === 'clean') {
    await manager.close()
    world.disk.powerCut()
  } else {
    await manager.flush()
    world.disk.put('/one/recovery-point-offset-checkpoint', Buffer.from('0\n1\nt 0 0\n'))
  }
  return world
}

interface Damage {
  readonly path: string
  readonly position: number
  readonly kind: 'cut' | 'flip'
}

function apply(disk: SimulatedDisk, { path, position, kind }: Damage): void {
  if (kind === 'cut') disk.cut(path, position)
  else disk.flipBit(path, position)
}

async function filesOf(disk: SimulatedDisk): Promise<string[]> {
  const files: string[] = []
  for (const directory of ['/one', DIR]) {
    for (const { name, isDirectory } of await disk.readdir(directory)) {
      if (!isDirectory && !name.startsWith('.')) files.push(`${directory}/${name}`)
    }
  }
  return files
}

/** Calls `check` for every byte of every file that `isMeant` names, cut there and with a bit of it flipped. */
async function forEveryDamage(
  prepared: LogWorld,
  isMeant: (path: string) => boolean,
  check: (world: LogWorld, damage: Damage) => Promise<void>,
): Promise<number> {
  let count = 0
  for (const path of await filesOf(prepared.disk)) {
    if (!isMeant(path)) continue
    const size = prepared.disk.contentOf(path).length
    for (let position = 0; position < size; position += 1) {
      for (const kind of ['cut', 'flip'] as const) {
        const world = prepared.copy()
        const damage = { path, position, kind }
        apply(world.disk, damage)
        try {
          await check(world, damage)
        } catch (error) {
          throw new Error(`${kind} at ${position} of ${path}: ${String(error)}`, { cause: error })
        }
        count += 1
      }
    }
  }
  return count
}

/** The same for a partition alone, as it is opened after such an ending. */
async function forEveryDamagedLog(
  ending: Ending,
  isMeant: (path: string) => boolean,
  check: (log: PartitionLog, damage: Damage, warnings: readonly string[]) => Promise<void>,
): Promise<number> {
  return await forEveryDamage(await prepare(ending), isMeant, async (world, damage) => {
    const { disk, config } = world
    const closed = { cleanShutdown: ending === 'clean', recoveryPoint: ending === 'clean' ? END_OFFSET : 0 }
    const { log, warnings } = await openTestLog({ disk, config, directory: DIR, ...closed })
    await check(log, damage, warnings)
  })
}

function logOf(manager: LogManager): PartitionLog {
  const log = manager.get('t', 0)
  assert.ok(log !== undefined)
  return log
}

/** What is there is the beginning of what was written, and the log goes on behind it. */
async function checkPrefix(log: PartitionLog, atLeast: number): Promise<void> {
  const values = (await readValues(log)).filter((value) => value.includes(':v'))
  assert.deepEqual(values, VALUES.slice(0, values.length))
  assert.ok(log.logEndOffset >= atLeast, `the log ends at ${log.logEndOffset}, ${atLeast} is whole`)
  assert.equal(values.length, Math.min(log.logEndOffset, VALUES.length))
  assert.ok(log.highWatermark <= log.logEndOffset)
  const end = log.logEndOffset
  assert.equal((await appendBatch(log, batchOf(['next']), { leaderEpoch: 9 })).firstOffset, end)
  assert.deepEqual((await readValues(log, end)).at(-1), `${end}:next`)
  assert.equal(log.latestEpoch, 9)
}

function isBesideSegments(path: string): boolean {
  return path.startsWith(DIR) && !path.endsWith('.log') && !path.endsWith('partition.metadata')
}

const LEADER_EPOCH_AT = 12
const LEADER_EPOCH_END = 16

test('damage after a crash, every byte of every segment: what lies before it is there, and what is cut is told', async () => {
  const crashed = await prepare('crash')
  const count = await forEveryDamagedLog(
    'crash',
    (path) => path.endsWith('.log'),
    async (log, { path, position, kind }, warnings) => {
      const base = Number(path.slice(-24, -4))
      const content = crashed.disk.contentOf(path)
      let batchAt = 0
      let whole = base
      while (batchAt + batchSizeInBytes(content, batchAt) <= position) {
        batchAt += batchSizeInBytes(content, batchAt)
        whole += 1
      }
      const inBatch = position - batchAt
      const { truncation } = log.recovery
      const isUnseen = kind === 'flip' && inBatch >= LEADER_EPOCH_AT && inBatch < LEADER_EPOCH_END
      if (isUnseen) {
        assert.equal(truncation, undefined)
        assert.equal(log.logEndOffset, END_OFFSET)
      } else {
        assert.equal(log.logEndOffset, whole)
        const isWhole = kind === 'cut' && inBatch === 0
        const isLast = base === LAST_SEGMENT
        if (isWhole && isLast) assert.equal(truncation, undefined)
        else {
          assert.equal(truncation?.segment, base)
          assert.equal(truncation.position, batchAt)
          assert.equal(truncation.logEndOffset, whole)
          assert.equal(truncation.bytes, (kind === 'cut' ? position : content.length) - batchAt)
          assert.equal(truncation.segments, (LAST_SEGMENT - base) / BATCHES_PER_SEGMENT)
          assert.ok(isWhole ? truncation.reason === 'gap' : truncation.reason !== 'gap')
          assert.ok(warnings.some((line) => line.includes(`damaged at byte ${batchAt} (${truncation.reason})`)))
        }
      }
      await checkPrefix(log, isUnseen ? END_OFFSET : whole)
    },
  )
  assert.ok(count > 1000, `${count} cases`)
})

test('damage after a crash, every byte of every other file: nothing is lost', async () => {
  await forEveryDamagedLog('crash', isBesideSegments, async (log) => checkPrefix(log, END_OFFSET))
})

test('damage after a clean stop, every byte of indexes, snapshots and epochs: nothing is lost, times are found', async () => {
  await forEveryDamagedLog('clean', isBesideSegments, async (log) => {
    for (let index = 0; index < VALUES.length; index += 1) {
      const found = await log.offsetForTimestamp(FIRST_BATCH_TIME + index)
      assert.deepEqual([found?.offset, found?.timestamp], [index, FIRST_BATCH_TIME + index])
    }
    assert.equal((await log.offsetForMaxTimestamp())?.offset, VALUES.length - 1)
    await checkPrefix(log, END_OFFSET)
  })
})

test('damage after a clean stop, every byte of every segment: reads end with an error at worst, nothing loops', async () => {
  const clean = await prepare('clean')
  await forEveryDamagedLog(
    'clean',
    (path) => path.endsWith('.log'),
    async (log, { path, position }) => {
      const content = clean.disk.contentOf(path)
      let whole = Number(path.slice(-24, -4))
      for (let at = 0; at + batchSizeInBytes(content, at) <= position; at += batchSizeInBytes(content, at)) whole += 1
      for (let offset = log.logStartOffset; offset < Math.min(whole, log.logEndOffset); offset += 1) {
        const { records } = await log.read(offset, { maxBytes: 1, minOneBatch: true, upTo: 'logEnd' })
        assert.ok(records.length > 0 && records.includes(`v${offset}`), `offset ${offset} is before the damage`)
      }
      // From the damage on a client checks what it gets: here the walk must come to an end.
      let offset = Math.max(log.logStartOffset, Math.min(whole, log.logEndOffset))
      for (let steps = 0; offset < log.logEndOffset; steps += 1) {
        assert.ok(steps < 100, 'the walk comes to an end')
        try {
          const { nextOffset } = await log.read(offset, { maxBytes: 100_000, minOneBatch: true, upTo: 'logEnd' })
          offset = nextOffset > offset ? nextOffset : offset + 1
        } catch (error) {
          assert.ok(error instanceof LogError && error.code === 'CORRUPT_MESSAGE', String(error))
          offset += 1
        }
      }
      for (const lookup of [log.offsetForTimestamp(FIRST_BATCH_TIME + 5), log.offsetForMaxTimestamp()]) {
        await lookup.catch((error: unknown) => assert.ok(error instanceof LogError, String(error)))
      }
    },
  )
})

test('damage of checkpoints, every byte: nothing is lost but what a wrong number says', async () => {
  const isCheckpoint = (path: string) => path.endsWith('-checkpoint') && !path.startsWith(DIR)
  for (const ending of ['clean', 'crash'] as const) {
    await forEveryDamage(await prepare(ending), isCheckpoint, async (world) => {
      const manager = await world.open({ directories: ['/one'] })
      await checkPrefix(logOf(manager), END_OFFSET)
      await manager.close()
    })
  }
})

test('damage of partition.metadata, every byte: the directory is taken for the topic, or the other id is told', async () => {
  const isMetadata = (path: string) => path.endsWith('partition.metadata')
  await forEveryDamage(await prepare('clean'), isMetadata, async (world) => {
    const manager = await world.open({ directories: ['/one'] })
    try {
      assert.equal(await manager.getOrCreate('t', 0, TOPIC_ID), logOf(manager))
      await checkPrefix(logOf(manager), END_OFFSET)
      assert.equal(logOf(manager).topicId, TOPIC_ID)
    } catch (error) {
      assert.ok(error instanceof LogError && error.code === 'INCONSISTENT_TOPIC_ID', String(error))
    }
    await manager.close()
  })
})

test('damage of meta.properties, every byte: the directory is used, or refused with the reason', async () => {
  const isMeta = (path: string) => path.endsWith('meta.properties')
  await forEveryDamage(await prepare('clean'), isMeta, async (world) => {
    try {
      const manager = await world.open({ directories: ['/one'] })
      await checkPrefix(logOf(manager), END_OFFSET)
      await manager.close()
    } catch (error) {
      assert.ok(error instanceof LogDirectoryError, String(error))
    }
  })
})
