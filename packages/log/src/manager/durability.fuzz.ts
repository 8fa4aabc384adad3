/**
 * What each flush setting loses, from a seed: a broker's logs under a random load, with crashes of the process and power
 * cuts that drop or tear what was not synced, against a list of what was answered.
 *
 * After each end of a process the log must be a prefix of what was answered, and of a power cut's no shorter than the
 * setting promises: {@link DURABILITY_SETTINGS} says how much that is, and docs/OPERATIONS.md the same in words. Beside
 * that: offsets without gaps, indexes that find every record, producers that are neither doubled nor refused, leader
 * epochs as they were, a high watermark inside the log, topic ids kept.
 */
import assert from 'node:assert/strict'
import type { LogConfig } from '../core/log-config.js'
import { UNLIMITED } from '../core/log-config.js'
import type { PartitionLog } from '../partition/partition-log.js'
import { appendBatch, batchOf, readValues } from '../testing/fixtures.js'
import { LogWorld } from '../testing/log-world.js'
import { settle } from '../testing/manual-time.js'
import { seededRandom } from '../testing/random.js'
import type { LogManager } from './log-manager.js'
import type { LogManagerIntervals } from './log-manager-options.js'

const TOPIC_ID = 'oTPdU7gWTv2eYxAFHlKhyw'
const PARTITIONS = 2
const PRODUCER_ID = 7

/** A way to run a broker, and what it may lose at a power cut. */
export interface DurabilitySetting {
  readonly name: string
  readonly config: Partial<LogConfig>
  readonly intervals: LogManagerIntervals
  /** Answered records that are younger than this may be lost, ms. */
  readonly lossMs: number
  /** At most so many answered records of a partition may be lost. */
  readonly lossRecords: number
}

const NEVER = Number.POSITIVE_INFINITY
const NO_BACKGROUND = { backgroundFlushMs: 0 }

/** The settings that operators choose from. */
export const DURABILITY_SETTINGS: readonly DurabilitySetting[] = [
  { name: 'default', config: {}, intervals: {}, lossMs: 1000, lossRecords: NEVER },
  {
    name: 'flush.messages=1',
    config: { flushMessages: 1 },
    intervals: NO_BACKGROUND,
    lossMs: 0,
    lossRecords: 0,
  },
  { name: 'flush.ms=200', config: { flushMs: 200 }, intervals: NO_BACKGROUND, lossMs: 200, lossRecords: NEVER },
  {
    name: 'log.flush.interval.messages=5',
    config: { flushMessages: 5 },
    intervals: NO_BACKGROUND,
    lossMs: NEVER,
    lossRecords: 4,
  },
  {
    name: 'no flush at all (millrace.flush.interval.ms=0)',
    config: { flushMessages: UNLIMITED, flushMs: UNLIMITED },
    intervals: NO_BACKGROUND,
    lossMs: NEVER,
    lossRecords: NEVER,
  },
]

/** A batch that was answered. */
interface Answered {
  readonly firstOffset: number
  readonly values: readonly string[]
  readonly baseSequence: number
  readonly epoch: number
  readonly timestamp: number
  readonly answeredMs: number
}

interface Model {
  readonly index: number
  answered: Answered[]
  /** Below it everything was flushed by name: a close, a flush. */
  flushed: number
  epoch: number
  nextSequence: number
}

/** How much a run has lost, to see that the simulation does lose something. */
export interface DurabilityResult {
  readonly powerCuts: number
  readonly lostRecords: number
}

/** Runs one history. Throws if something is lost that must not be, or is not as it was. */
export async function runDurability(setting: DurabilitySetting, seed: number): Promise<DurabilityResult> {
  return await new Simulation(setting, seed).run()
}

class Simulation {
  readonly #setting: DurabilitySetting
  readonly #random: () => number
  readonly #world = new LogWorld()
  readonly #models: Model[]
  #manager: LogManager | undefined
  #values = 0
  #powerCuts = 0
  #lostRecords = 0
  #openedMs = 0

  constructor(setting: DurabilitySetting, seed: number) {
    this.#setting = setting
    this.#random = seededRandom(seed)
    this.#world.config = { segmentBytes: 700, indexIntervalBytes: 150, ...setting.config }
    this.#models = Array.from({ length: PARTITIONS }, (_, index) => {
      return { index, answered: [], flushed: 0, epoch: 0, nextSequence: 0 }
    })
  }

  async run(): Promise<DurabilityResult> {
    await this.#open()
    for (const { index } of this.#models) await this.#log(index)
    const steps = 8 + Math.floor(this.#random() * 22)
    for (let step = 0; step < steps; step += 1) await this.#step()
    await this.#end('power-cut')
    await this.#manager?.close()
    return { powerCuts: this.#powerCuts, lostRecords: this.#lostRecords }
  }

  async #step(): Promise<void> {
    const choice = this.#random()
    const model = this.#models[Math.floor(this.#random() * PARTITIONS)]
    assert(model !== undefined)
    const log = await this.#log(model.index)
    if (choice < 0.55) await this.#append(model, log, 1 + Math.floor(this.#random() * 4))
    else if (choice < 0.75) await this.#world.time.advance(Math.floor(this.#random() ** 3 * 3000))
    else if (choice < 0.8) await log.roll()
    else if (choice < 0.84) await this.#elect(model, log)
    else if (choice < 0.88) await this.#flush(model, log)
    else if (choice < 0.92) await this.#end('crash')
    else if (choice < 0.94) await this.#end('clean')
    else await this.#end('power-cut')
  }

  /** Several batches at once, as one producer sends them. */
  async #append(model: Model, log: PartitionLog, batches: number): Promise<void> {
    const sent = Array.from({ length: batches }, () => {
      const values = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () => this.#nextValue())
      const baseSequence = model.nextSequence
      model.nextSequence += values.length
      const timestamp = this.#world.time.nowMs() + this.#values
      const batch = batchOf(values, { ...producer(baseSequence), timestamp })
      return { values, baseSequence, timestamp, result: appendBatch(log, batch, { leaderEpoch: model.epoch }) }
    })
    for (const { values, baseSequence, timestamp, result } of sent) {
      const { firstOffset } = await result
      const { epoch } = model
      const answeredMs = this.#world.time.nowMs()
      model.answered.push({ firstOffset, values, baseSequence, epoch, timestamp, answeredMs })
    }
    log.updateHighWatermark(log.logEndOffset)
  }

  async #elect(model: Model, log: PartitionLog): Promise<void> {
    model.epoch += 1
    await log.assignEpochStart(model.epoch, log.logEndOffset)
  }

  async #flush(model: Model, log: PartitionLog): Promise<void> {
    await log.flush()
    model.flushed = endOf(model.answered)
  }

  async #end(how: 'crash' | 'clean' | 'power-cut'): Promise<void> {
    const { time } = this.#world
    if (how === 'clean') await this.#manager?.close()
    await settle()
    if (how === 'crash') this.#world.die()
    else this.#world.powerCut(this.#random() < 0.2 ? undefined : this.#random)
    if (how === 'power-cut') this.#powerCuts += 1
    this.#world.warnings.length = 0
    time.clear()
    await this.#open()
    for (const model of this.#models) await this.#check(model, how)
  }

  /** What must be there after such an end. */
  #floor(model: Model, how: 'crash' | 'clean' | 'power-cut'): number {
    const { answered } = model
    const end = endOf(answered)
    if (how !== 'power-cut') return end
    const { lossMs, lossRecords } = this.#setting
    const nowMs = this.#world.time.nowMs()
    // What a process leaves unsynced when it dies, the next one takes up: the time counts from its start.
    const young = answered.find(({ answeredMs }) => nowMs - Math.max(answeredMs, this.#openedMs) < lossMs)
    const byAge = lossMs === NEVER ? 0 : (young?.firstOffset ?? end)
    const byCount = lossRecords === NEVER ? 0 : end - lossRecords
    return Math.max(byAge, byCount, model.flushed)
  }

  async #check(model: Model, how: 'crash' | 'clean' | 'power-cut'): Promise<void> {
    const log = this.#manager?.get('t', model.index)
    assert.ok(log !== undefined, `partition ${model.index} is gone`)
    assert.equal(log.topicId, TOPIC_ID)
    const floor = this.#floor(model, how)
    const end = log.logEndOffset
    assert.equal(log.logStartOffset, 0)
    assert.ok(end >= floor, `${how}: the log ends at ${end}, and must reach ${floor} of ${endOf(model.answered)}`)
    assert.ok(end <= endOf(model.answered), 'nothing is there that was not answered')
    assert.ok(log.highWatermark <= end && log.recoveryPoint <= end)
    this.#lostRecords += endOf(model.answered) - end

    model.answered = model.answered.filter(({ firstOffset }) => firstOffset < end)
    assert.equal(endOf(model.answered), end, 'the log ends where a batch does')
    const expected = model.answered.flatMap(({ firstOffset, values }) => {
      return values.map((value, index) => `${firstOffset + index}:${value}`)
    })
    assert.deepEqual(await readValues(log), expected)
    for (const batch of model.answered) await checkIndexes(log, batch)
    checkEpochs(log, model)
    await this.#checkProducer(model, log)
    model.flushed = how === 'crash' ? Math.min(model.flushed, end) : end
  }

  /** A resend of the last batch that is there is no second one; of one that was lost it is the first. */
  async #checkProducer(model: Model, log: PartitionLog): Promise<void> {
    const last = model.answered.at(-1)
    const known = log.describeProducers().find(({ producerId }) => producerId === PRODUCER_ID)
    const lastSequence = last === undefined ? undefined : last.baseSequence + last.values.length - 1
    assert.equal(known?.lastSequence, lastSequence)
    model.nextSequence = (lastSequence ?? -1) + 1
    if (last !== undefined) {
      const { firstOffset, values, baseSequence } = last
      const again = await appendBatch(log, batchOf(values, producer(baseSequence)), { leaderEpoch: model.epoch })
      assert.deepEqual([again.duplicate, again.firstOffset], [true, firstOffset])
    }
    // An election follows each start; what was read above must not be disturbed by the epochs of what was lost.
    await this.#elect(model, log)
    await this.#append(model, log, 1)
    assert.equal(model.answered.at(-1)?.firstOffset, log.logEndOffset - (model.answered.at(-1)?.values.length ?? 0))
  }

  async #open(): Promise<void> {
    this.#openedMs = this.#world.time.nowMs()
    this.#manager = await this.#world.open({ directories: ['/one'], intervals: this.#setting.intervals })
  }

  async #log(index: number): Promise<PartitionLog> {
    assert(this.#manager !== undefined)
    return await this.#manager.getOrCreate('t', index, TOPIC_ID)
  }

  #nextValue(): string {
    this.#values += 1
    return `v${this.#values}`
  }
}

function producer(baseSequence: number) {
  return { producerId: PRODUCER_ID, producerEpoch: 0, baseSequence }
}

function endOf(answered: readonly Answered[]): number {
  const last = answered.at(-1)
  return last === undefined ? 0 : last.firstOffset + last.values.length
}

async function checkIndexes(log: PartitionLog, { firstOffset, values, timestamp }: Answered): Promise<void> {
  const read = await log.read(firstOffset + values.length - 1, { maxBytes: 1, minOneBatch: true, upTo: 'logEnd' })
  assert.equal(read.startOffset, firstOffset)
  const found = await log.offsetForTimestamp(timestamp)
  assert.ok(found !== undefined && found.timestamp >= timestamp && found.offset <= firstOffset)
}

/** Each epoch ends where the next that wrote anything begins. */
function checkEpochs(log: PartitionLog, { answered, epoch }: Model): void {
  assert.ok(log.latestEpoch <= epoch)
  for (const batch of answered) {
    const next = answered.find((other) => other.epoch > batch.epoch)
    if (next === undefined) continue
    const { epoch: found, endOffset } = log.endOffsetForEpoch(batch.epoch)
    assert.equal(found, batch.epoch)
    assert.equal(endOffset, next.firstOffset)
  }
}
