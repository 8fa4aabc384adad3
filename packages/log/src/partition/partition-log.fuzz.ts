/**
 * Random histories of one partition, against a list of values: appends, flushes, truncations, deletions of records,
 * failing writes, crashes and power cuts. After every step the log must read as the list says. After a power cut values
 * may be missing that were not flushed, and nothing else: none is in a wrong place, none that was flushed is gone.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { LogConfig } from '../core/log-config.js'
import { appendBatch, batchOf, openTestLog, readValues, type TestLog } from '../testing/fixtures.js'
import type { SimulatedDisk } from '../testing/simulated-disk.js'

/** One step of a history. */
export type Step =
  | { readonly kind: 'append'; readonly records: number; readonly at: number; readonly codec: 'none' | 'gzip' | 'lz4' }
  | { readonly kind: 'append-together'; readonly batches: number }
  | { readonly kind: 'failing-append'; readonly code: 'EIO' | 'ENOSPC' }
  | { readonly kind: 'truncate'; readonly share: number }
  | { readonly kind: 'delete-records'; readonly share: number }
  | { readonly kind: 'flush' | 'roll' | 'retention' | 'close' | 'crash' | 'power-cut' }

const CONFIG: Partial<LogConfig> = {
  segmentBytes: 500,
  indexIntervalBytes: 60,
  retentionMs: -1,
  retentionBytes: 1500,
}

/** All kinds of steps. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        records: fc.integer({ min: 1, max: 6 }),
        at: fc.nat(1000),
        codec: fc.constantFrom('none' as const, 'gzip' as const, 'lz4' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('append-together' as const), batches: fc.integer({ min: 2, max: 9 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('failing-append' as const),
        code: fc.constantFrom('EIO' as const, 'ENOSPC' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('truncate' as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('delete-records' as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'flush' as const,
          'roll' as const,
          'retention' as const,
          'close' as const,
          'crash' as const,
          'power-cut' as const,
        ),
      }),
    },
  ),
  { maxLength: 25 },
)

/** Runs a history. Throws if the log is ever not what it should be. */
export async function runHistory(history: readonly Step[]): Promise<void> {
  const world = new World(await openTestLog({ config: CONFIG }))
  for (const step of history) {
    await world.step(step)
    await world.check()
  }
}

class World {
  #test: TestLog
  #log: TestLog['log']
  /** The value of each offset, `undefined` if a power cut took it; batches end where `#batchEnds` says. */
  #values: (string | undefined)[] = []
  #start = 0
  #batchEnds: number[] = [0]
  #flushed = 0
  #sequence = 0

  constructor(opened: TestLog) {
    this.#test = opened
    this.#log = opened.log
  }

  async check(): Promise<void> {
    const expected = this.#values
      .map((value, offset) => (value === undefined || offset < this.#start ? undefined : `${offset}:${value}`))
      .filter((value) => value !== undefined)
    assert.equal(this.#log.logEndOffset, this.#values.length)
    assert.equal(this.#log.logStartOffset, this.#start)
    assert.deepEqual(await readValues(this.#log), expected)
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'append':
        return await this.#append(step.records, step.codec)
      case 'append-together':
        await Promise.all(Array.from({ length: step.batches }, () => this.#append(1, 'none')))
        return
      case 'failing-append':
        return await this.#failingAppend(step.code)
      case 'truncate':
        return await this.#truncate(step.share)
      case 'delete-records':
        this.#log.updateHighWatermark(this.#values.length)
        this.#start = this.#log.deleteRecordsBefore(this.#offsetAt(step.share))
        return
      case 'flush':
        await this.#log.flush()
        this.#flushed = this.#values.length
        return
      case 'roll':
        return await this.#log.roll()
      case 'retention':
        this.#log.updateHighWatermark(this.#values.length)
        await this.#log.applyRetention(this.#test.time.nowMs())
        this.#start = this.#log.logStartOffset
        return
      case 'close':
        await this.#log.close()
        return await this.#reopen(true)
      case 'crash':
        this.#test.disk.crash()
        return await this.#reopen(false)
      case 'power-cut':
        return await this.#powerCut()
      default:
        step satisfies never
    }
  }

  async #append(records: number, codec: 'none' | 'gzip' | 'lz4'): Promise<void> {
    const first = this.#values.length
    const values = Array.from({ length: records }, (_, index) => `v${first + index}`)
    this.#values.push(...values)
    this.#batchEnds.push(this.#values.length)
    const batch = batchOf(values, {
      compression: codec,
      producerId: 1,
      producerEpoch: 0,
      baseSequence: this.#sequence,
    })
    this.#sequence += records
    const result = await appendBatch(this.#log, batch)
    assert.deepEqual([result.firstOffset, result.duplicate], [first, false])
  }

  async #failingAppend(code: 'EIO' | 'ENOSPC'): Promise<void> {
    const { disk } = this.#test
    disk.fail(code, (call) => call.operation === 'write' && call.path.endsWith('.log'))
    const batch = (): Buffer => batchOf(['lost'], { producerId: 1, producerEpoch: 0, baseSequence: this.#sequence })
    const results = await Promise.allSettled([appendBatch(this.#log, batch()), appendBatch(this.#log, batch())])
    for (const { status } of results) assert.equal(status, 'rejected')
  }

  async #truncate(share: number): Promise<void> {
    const ends = this.#batchEnds.filter((end) => end >= this.#start)
    const end = ends[Math.floor(share * (ends.length - 1))] ?? this.#values.length
    await this.#log.truncateTo(end)
    this.#cutTo(end)
    await this.#resetSequence()
  }

  async #powerCut(): Promise<void> {
    this.#test.disk.powerCut()
    await this.#reopen(false)
    const survived = new Set(await readValues(this.#log))
    const end = this.#log.logEndOffset
    assert.ok(end >= this.#flushed, `the log ends at ${end}, ${this.#flushed} was flushed`)
    this.#batchEnds.push(end)
    this.#cutTo(end)
    this.#values = this.#values.map((value, offset) => {
      if (survived.delete(`${offset}:${value}`)) return value
      assert.ok(offset >= this.#flushed || offset < this.#start, `${offset}:${value} was flushed`)
      return undefined
    })
    while (this.#values.length < end) this.#values.push(undefined)
    assert.deepEqual([...survived], [], 'values that nobody wrote')
    this.#start = this.#log.logStartOffset
    await this.#resetSequence()
  }

  async #reopen(cleanShutdown: boolean): Promise<void> {
    const { disk, time } = this.#test
    const { recoveryPoint } = this.#log
    const logStartOffset = this.#start
    const highWatermark = this.#log.highWatermark
    const options = { disk, time, config: CONFIG, cleanShutdown, recoveryPoint, logStartOffset, highWatermark }
    this.#test = await openTestLog(options satisfies { disk: SimulatedDisk })
    this.#log = this.#test.log
    if (cleanShutdown) this.#flushed = this.#values.length
  }

  /** The producer goes on behind the last batch that is there, as Kafka's state says it must. */
  async #resetSequence(): Promise<void> {
    const known = this.#log.describeProducers().find(({ producerId }) => producerId === 1)
    this.#sequence = known === undefined ? 0 : known.lastSequence + 1
    assert.ok(known === undefined || this.#values.length > 0)
    await Promise.resolve()
  }

  #cutTo(end: number): void {
    this.#values = this.#values.slice(0, end)
    this.#batchEnds = this.#batchEnds.filter((batchEnd) => batchEnd <= end)
    this.#flushed = Math.min(this.#flushed, end)
    this.#start = Math.min(this.#start, end)
  }

  #offsetAt(share: number): number {
    return this.#start + Math.floor(share * (this.#values.length - this.#start))
  }
}
