/**
 * Accumulator and sequence tracker against a model of one partition's leader that loses requests, loses answers, refuses, and
 * forgets: whatever happens, acknowledged records are in the log once, in the order in which they were sent.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchBaseSequence, batchProducerEpoch, ErrorCode, readRecords } from '@millrace/protocol'
import fc from 'fast-check'
import { KafkaError } from '../../errors.js'
import { Accumulator } from './accumulator.js'
import type { Delivery } from './delivery.js'
import { type PartitionAnswer, produceOutcome } from './produce-outcome.js'
import { addSequence, type ProducerBatch } from './producer-batch.js'
import { SequenceTracker } from './sequence-tracker.js'
import { TopicState } from './topic-state.js'

const KEPT_BATCHES = 5
/** A few records later sequences begin at 0 again. */
const SOON_ROUND = 2 ** 31 - 8
/** Longer than any run: what expires does so by a step. */
const DELIVERY_TIMEOUT_MS = 1_000_000

function answer(errorCode: number, baseOffset = -1): PartitionAnswer {
  return { errorCode, baseOffset, logAppendTimeMs: -1, logStartOffset: 0, errorMessage: null, recordErrors: [] }
}

interface WrittenBatch {
  readonly epoch: number
  readonly sequence: number
  readonly count: number
  readonly offset: number
}

/** Kafka's rules for sequences (ProducerStateManager), for one producer. */
class ModelLeader {
  readonly log: string[] = []
  /** All batches of the log. */
  #batches: WrittenBatch[] = []
  /** The last ones, as far as the broker still knows them. */
  #kept: WrittenBatch[] = []
  /** Where the log of a follower that becomes the leader ends at least. */
  #committedOffset = 0

  append(bytes: Buffer): PartitionAnswer {
    const values = [...readRecords(bytes)].map((record) => record.value?.toString() ?? '')
    const epoch = batchProducerEpoch(bytes, 0)
    const sequence = batchBaseSequence(bytes, 0)
    const last = this.#batches.at(-1)
    if (last !== undefined && epoch < last.epoch) return answer(ErrorCode.INVALID_PRODUCER_EPOCH)
    const duplicate = this.#kept.find((kept) => kept.sequence === sequence && kept.count === values.length)
    if (last?.epoch === epoch && duplicate !== undefined) return answer(ErrorCode.NONE, duplicate.offset)
    const expected = last?.epoch === epoch ? addSequence(last.sequence, last.count) : 0
    if (last !== undefined && sequence !== expected) return answer(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    if (last?.epoch !== epoch) this.#kept = []
    const written = { epoch, sequence, count: values.length, offset: this.log.length }
    this.log.push(...values)
    this.#batches.push(written)
    this.#kept = [...this.#kept, written].slice(-KEPT_BATCHES)
    return answer(ErrorCode.NONE, written.offset)
  }

  /** What is there now is answered, and not lost any more. */
  commit(): void {
    this.#committedOffset = this.log.length
  }

  /** What a snapshot holds is the last batch of each producer; what of the others is known comes from the log behind it. */
  restart(): void {
    this.#kept = this.#kept.slice(-1)
  }

  /** A follower leads from now on, that has no more than it must have. */
  failOver(): void {
    this.#batches = this.#batches.filter(({ offset }) => offset < this.#committedOffset)
    this.log.length = this.#committedOffset
    const epoch = this.#batches.at(-1)?.epoch
    this.#kept = this.#batches.filter((batch) => batch.epoch === epoch).slice(-KEPT_BATCHES)
  }
}

type Step =
  | 'send'
  | 'drain'
  | 'deliver'
  | 'lose'
  | 'lose-answer'
  | 'lose-some'
  | 'restart'
  | 'fail-over'
  | 'refuse'
  | 'not-leader'
  | 'expire'
  | 'too-large'

const STEPS: readonly Step[] = [
  'send',
  'send',
  'send',
  'drain',
  'drain',
  'deliver',
  'deliver',
  'deliver',
  'lose',
  'lose-answer',
  'lose-some',
  'restart',
  'fail-over',
  'refuse',
  'not-leader',
  'expire',
  'too-large',
]

const REFUSALS: Readonly<Partial<Record<Step, number>>> = {
  refuse: ErrorCode.INVALID_TIMESTAMP,
  'too-large': ErrorCode.MESSAGE_TOO_LARGE,
  'not-leader': ErrorCode.NOT_LEADER_OR_FOLLOWER,
}

class Model {
  readonly leader = new ModelLeader()
  readonly acknowledged: string[] = []
  readonly failed: string[] = []
  sent = 0
  readonly #tracker = new SequenceTracker(false)
  readonly #accumulator = new Accumulator(
    {
      batchBytes: 110,
      compression: 'none',
      compressionLevel: undefined,
      bufferBytes: 1 << 20,
      lingerMs: 0,
      isLingerAdaptive: true,
      deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
      maxRequestBytes: 880, // A batch grows to half of it: a few records.
      isOrderGuaranteedByMuting: false,
    },
    this.#tracker,
  )
  readonly #topic = new TopicState('t', 100)
  /** On the wire, with the bytes that were sent. */
  #wire: { readonly batch: ProducerBatch; readonly bytes: Buffer }[] = []
  #nowMs = 0

  constructor(firstSequence: number) {
    this.#topic.setPartitionCount(1)
    this.#tracker.setProducer(7, 0)
    const [queue] = this.#topic.queues
    assert(queue)
    queue.producerId = 7
    queue.producerEpoch = 0
    queue.nextSequence = firstSequence
  }

  get isDone(): boolean {
    return !this.#accumulator.hasIncomplete
  }

  step(step: Step): void {
    this.#nowMs++
    if (step === 'send') this.#send()
    else if (step === 'drain') this.#drain()
    else if (step === 'expire') this.#expire()
    else if (step === 'restart') this.leader.restart()
    else this.#land(step)
  }

  #send(): void {
    const [queue] = this.#topic.queues
    assert(queue)
    const value = String(this.sent++)
    const metadata = {
      topic: 't',
      partition: 0,
      offset: 0,
      timestamp: 0,
      serializedKeySize: -1,
      serializedValueSize: 1,
    }
    const delivery: Delivery = {
      metadata,
      settle: (error) => void (error === null ? this.acknowledged.push(value) : this.failed.push(value)),
    }
    this.#accumulator.append(queue, null, Buffer.from(value), undefined, 0, delivery, this.#nowMs)
  }

  #drain(): void {
    if (this.#tracker.hasUnresolved) this.#tracker.resolve()
    this.#tracker.bumpEpochIfNeeded()
    if (this.#wire.length >= 5) return
    for (const batch of this.#accumulator.drain(this.#topic.queues, this.#nowMs)) {
      this.#wire.push({ batch, bytes: Buffer.from(batch.encode()) })
    }
  }

  /** Something happens to the oldest request. A lost one is a broken connection: all behind it are lost, too. */
  #land(step: Exclude<Step, 'send' | 'drain' | 'expire' | 'restart'>): void {
    const first = this.#wire.shift()
    if (first === undefined) return
    const { batch, bytes } = first
    // A broker refuses a batch when it sees it first: one that it has written it does not begin to refuse.
    const isRefusal = step === 'refuse' || step === 'too-large'
    if (step === 'deliver' || (isRefusal && batch.attempts > 0)) {
      const appended = this.leader.append(bytes)
      if (appended.errorCode === ErrorCode.NONE) this.leader.commit()
      this.#answered(batch, appended)
      return
    }
    const refusal = REFUSALS[step]
    if (refusal !== undefined) {
      this.#answered(batch, answer(refusal))
      return
    }
    const lost = [first, ...this.#wire]
    this.#wire = []
    const arrived = { lose: 0, 'lose-some': Math.ceil(lost.length / 2), 'lose-answer': lost.length, 'fail-over': 0 }[
      step as 'lose'
    ]
    for (const { bytes: sent } of lost.slice(0, arrived)) this.leader.append(sent)
    if (step === 'fail-over') this.leader.failOver()
    for (const { batch: each } of lost) this.#answered(each, answer(ErrorCode.NETWORK_EXCEPTION))
  }

  #answered(batch: ProducerBatch, given: PartitionAnswer): void {
    if (batch.isDone) {
      if (given.errorCode === ErrorCode.NONE) this.#accumulator.complete(batch, given.baseOffset, -1)
      return
    }
    const limits = { retries: 1000, deliveryTimeoutMs: DELIVERY_TIMEOUT_MS }
    const outcome = produceOutcome(batch, given, limits, this.#tracker, this.#nowMs)
    if (outcome.kind === 'written') this.#accumulator.complete(batch, outcome.baseOffset, -1)
    else if (outcome.kind === 'retry') this.#accumulator.requeue(batch, this.#nowMs)
    else if (outcome.kind === 'split') this.#accumulator.split(batch)
    else this.#accumulator.fail(batch, outcome.error, outcome.wasRefused)
  }

  /** The oldest batch takes too long, and with it what is as old. */
  #expire(): void {
    for (const batch of this.#accumulator.expired(this.#accumulator.nextExpiryMs)) {
      this.#accumulator.fail(batch, new KafkaError('TIMEOUT'), false)
    }
  }
}

/** A batch whose answer was lost is sent again; one behind it is refused: the first must keep its numbers. */
const WRITTEN_THEN_REFUSED_BEHIND: Step[] = [
  ...(['send', 'drain', 'deliver', 'send', 'drain', 'lose-answer', 'send', 'send', 'drain', 'drain'] as const),
  ...(['not-leader', 'send', 'refuse', 'send', 'send', 'send'] as const),
]

/** Parts of a batch were never sent, and one behind them is refused for good: the parts go before numbers begin anew. */
const SPLIT_BEFORE_REFUSED: Step[] = [
  ...(['send', 'send', 'send', 'drain', 'deliver', 'send', 'drain', 'send', 'drain', 'send', 'drain'] as const),
  ...(['too-large', 'send', 'deliver', 'send', 'too-large'] as const),
]

/** Batches are written, all answers are lost, and the broker knows only the last one of them afterwards. */
const FORGOTTEN: Step[] = [
  ...(['send', 'drain', 'deliver', 'send', 'send', 'send', 'send', 'send', 'send'] as const),
  ...(['drain', 'drain', 'drain', 'lose-answer', 'restart', 'send', 'send'] as const),
]

test('idempotence: acknowledged records are in the log once and in order, whatever happens', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, SOON_ROUND),
      fc.array(fc.constantFrom(...STEPS), { minLength: 10, maxLength: 120, size: 'max' }),
      (firstSequence, steps) => {
        const model = new Model(firstSequence)
        for (const step of steps) model.step(step)
        for (let round = 0; round < 2000 && !model.isDone; round++) {
          model.step('drain')
          model.step('deliver')
        }
        assert(model.isDone, 'everything is done in the end')
        assert.equal(model.acknowledged.length + model.failed.length, model.sent)
        const { log } = model.leader
        for (const value of model.acknowledged) {
          assert.equal(log.filter((logged) => logged === value).length, 1, `${value} is in the log once`)
        }
        const numbers = log.map(Number)
        assert.deepEqual(
          numbers,
          [...new Set(numbers)].sort((a, b) => a - b),
          'in order, and nothing twice',
        )
      },
    ),
    {
      numRuns: 600,
      examples: [WRITTEN_THEN_REFUSED_BEHIND, SPLIT_BEFORE_REFUSED, FORGOTTEN].map((steps) => [0, steps]),
    },
  )
})
