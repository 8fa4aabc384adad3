/**
 * A runtime on a log that delays, fails and loses appends at random, with elections in between: what was acknowledged
 * is in the log, what was read had been committed, and the state is always that of the log.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '@millrace/protocol'
import fc from 'fast-check'
import { letterRuntime } from '../testing/letter-shard.js'
import { settle } from '../testing/manual-time.js'

const letter = fc.constantFrom('a', 'b', 'c')
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), letter }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), letter }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('complete append' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail append' as const), isWritten: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const), isRefused: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 6_000 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

class Simulation {
  readonly #all = letterRuntime()
  readonly #acknowledged: string[] = []
  #epoch = 0
  #value = 0

  async start(): Promise<void> {
    const { log } = this.#all
    log.commitsAtOnce = false
    log.holdsAppends = true
    this.#elect()
    await settle()
  }

  async run(step: Step): Promise<void> {
    const { log, runtime, time } = this.#all
    switch (step.kind) {
      case 'put': {
        const value = `${this.#value++}`
        this.#watch(
          runtime.write(0, (shard) => shard.put(step.letter, value)),
          () => this.#acknowledged.push(value),
        )
        break
      }
      case 'get':
        this.#watch(
          runtime.read(0, (shard) => shard.values.get(step.letter)),
          (value) => assert(value === undefined || this.#committed().includes(value), `${value} was not committed`),
        )
        break
      case 'complete append':
        log.pending.shift()?.complete()
        break
      case 'commit':
        log.commit()
        break
      case 'fail append':
        if (step.isWritten) log.skipsAnswer = log.pending.length > 0
        if (step.isWritten) log.pending.shift()?.complete()
        else log.pending.shift()?.fail(new Error('failed'))
        break
      case 'refuse':
        log.refusal = step.isRefused ? 'NOT_ENOUGH_REPLICAS' : 'NONE'
        break
      case 'move':
        runtime.resign(0)
        this.#elect()
        break
      case 'wait':
        await time.advance(step.ms)
        break
    }
    await settle()
  }

  /** Everything works again: the state must be what the log says. */
  async checkEnd(): Promise<void> {
    const { log, runtime } = this.#all
    Object.assign(log, { refusal: 'NONE', holdsAppends: false, commitsAtOnce: true })
    while (log.pending.length > 0) {
      log.pending.shift()?.complete()
      await settle()
    }
    log.commit()
    await settle()
    const live = await runtime.read(0, (shard) => new Map(shard.values))
    const fromLog = new Map(this.#records().map(({ key, value }) => [key, value]))
    // Timers of the shard write, too.
    assert.deepEqual(live, fromLog)
    const values = log.values()
    for (const value of this.#acknowledged) assert(values.includes(value), `${value} was acknowledged and is lost`)
    await runtime.close()
  }

  #elect(): void {
    this.#all.runtime.elect(0, ++this.#epoch)
  }

  #watch<T>(promise: Promise<T>, onAnswer: (value: T) => void): void {
    promise
      .then(onAnswer, (error: unknown) => assert(error instanceof ProtocolError))
      .catch((error: unknown) => {
        this.#failure ??= error
      })
  }

  #failure: unknown

  checkAnswers(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #records(): { key: string; value: string }[] {
    return this.#all.log.records().map(({ key, value }) => ({ key: `${key}`, value: `${value}` }))
  }

  #committed(): string[] {
    const highWatermark = this.#all.log.highWatermark()
    return this.#all.log
      .records()
      .filter(({ offset }) => offset < highWatermark)
      .map(({ value }) => `${value}`)
  }
}

test('whatever the log does: acknowledged writes survive, reads show what is committed, the log is the truth', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const simulation = new Simulation()
      await simulation.start()
      for (const each of steps) {
        await simulation.run(each)
        simulation.checkAnswers()
      }
      await simulation.checkEnd()
      simulation.checkAnswers()
    }),
    { numRuns: 150, includeErrorInReport: true },
  )
})
