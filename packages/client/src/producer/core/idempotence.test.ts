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
import type { ProducerBatch } from './producer-batch.js'
import { SequenceTracker } from './sequence-tracker.js'
import { TopicState } from './topic-state.js'

const KEPT_BATCHES = 5

function answer(errorCode: number, baseOffset = -1): PartitionAnswer {
  return { errorCode, baseOffset, logAppendTimeMs: -1, logStartOffset: 0, errorMessage: null, recordErrors: [] }
}

/** Kafka's rules for sequences (ProducerStateManager), for one producer. */
class ModelLeader {
  readonly log: string[] = []
  #epoch = -1
  #lastSequence = -1
  #kept: { readonly sequence: number; readonly count: number; readonly offset: number }[] = []

  append(bytes: Buffer): PartitionAnswer {
    const values = [...readRecords(bytes)].map((record) => record.value?.toString() ?? '')
    const epoch = batchProducerEpoch(bytes, 0)
    const sequence = batchBaseSequence(bytes, 0)
    if (epoch < this.#epoch) return answer(ErrorCode.INVALID_PRODUCER_EPOCH)
    const duplicate = this.#kept.find((kept) => kept.sequence === sequence && kept.count === values.length)
    if (epoch === this.#epoch && duplicate !== undefined) return answer(ErrorCode.NONE, duplicate.offset)
    const expected = epoch > this.#epoch ? 0 : this.#lastSequence + 1
    if (this.#epoch !== -1 && sequence !== expected) return answer(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    if (epoch > this.#epoch) this.#kept = []
    const offset = this.log.length
    this.log.push(...values)
    this.#epoch = epoch
    this.#lastSequence = sequence + values.length - 1
    this.#kept = [...this.#kept, { sequence, count: values.length, offset }].slice(-KEPT_BATCHES)
    return answer(ErrorCode.NONE, offset)
  }
}

type Step = 'send' | 'drain' | 'deliver' | 'lose' | 'lose-answer' | 'refuse' | 'not-leader' | 'expire' | 'too-large'

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
      deliveryTimeoutMs: 1000,
      maxRequestBytes: 1 << 20,
      isOrderGuaranteedByMuting: false,
    },
    this.#tracker,
  )
  readonly #topic = new TopicState('t', 100)
  /** On the wire, with the bytes that were sent. */
  #wire: { readonly batch: ProducerBatch; readonly bytes: Buffer }[] = []
  #nowMs = 0

  constructor() {
    this.#topic.setPartitionCount(1)
    this.#tracker.setProducer(7, 0)
  }

  get isDone(): boolean {
    return !this.#accumulator.hasIncomplete
  }

  step(step: Step): void {
    this.#nowMs++
    if (step === 'send') this.#send()
    else if (step === 'drain') this.#drain()
    else if (step === 'expire') this.#expire()
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
  #land(step: Exclude<Step, 'send' | 'drain' | 'expire'>): void {
    const first = this.#wire.shift()
    if (first === undefined) return
    const { batch, bytes } = first
    // A broker refuses a batch when it sees it first: one that it has written it does not begin to refuse.
    const isRefusal = step === 'refuse' || step === 'too-large'
    if (step === 'deliver' || (isRefusal && batch.attempts > 0)) {
      this.#answered(batch, this.leader.append(bytes))
      return
    }
    const refusal = REFUSALS[step]
    if (refusal !== undefined) {
      this.#answered(batch, answer(refusal))
      return
    }
    const lost = [first, ...this.#wire]
    this.#wire = []
    if (step === 'lose-answer') for (const { bytes: sent } of lost) this.leader.append(sent)
    for (const { batch: each } of lost) this.#answered(each, answer(ErrorCode.NETWORK_EXCEPTION))
  }

  #answered(batch: ProducerBatch, given: PartitionAnswer): void {
    if (batch.isDone) {
      if (given.errorCode === ErrorCode.NONE) this.#accumulator.complete(batch, given.baseOffset, -1)
      return
    }
    const limits = { retries: 1000, deliveryTimeoutMs: 1000 }
    const outcome = produceOutcome(batch, given, limits, this.#tracker, this.#nowMs)
    if (outcome.kind === 'written') this.#accumulator.complete(batch, outcome.baseOffset, -1)
    else if (outcome.kind === 'retry') this.#accumulator.requeue(batch, this.#nowMs)
    else if (outcome.kind === 'split') this.#accumulator.split(batch)
    else this.#accumulator.fail(batch, outcome.error, outcome.wasRefused)
  }

  /** The oldest batch takes too long. */
  #expire(): void {
    for (const batch of this.#accumulator.incomplete) {
      this.#accumulator.fail(batch, new KafkaError('TIMEOUT'), false)
      return
    }
  }
}

/** A batch whose answer was lost is sent again; one behind it is refused: the first must keep its numbers. */
const WRITTEN_THEN_REFUSED_BEHIND: Step[] = [
  ...(['send', 'drain', 'deliver', 'send', 'drain', 'lose-answer', 'send', 'send', 'drain', 'drain'] as const),
  ...(['not-leader', 'send', 'refuse', 'send', 'send', 'send'] as const),
]

test('idempotence: acknowledged records are in the log once and in order, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS), { minLength: 10, maxLength: 120 }), (steps) => {
      const model = new Model()
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
    }),
    { numRuns: 600, examples: [[WRITTEN_THEN_REFUSED_BEHIND]] },
  )
})
