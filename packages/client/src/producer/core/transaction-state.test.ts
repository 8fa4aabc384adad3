import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaError } from '../../errors.js'
import { meaningOf, TransactionState, type TransactionStateName } from './transaction-state.js'

type Step = TransactionStateName | 'failTransaction' | 'failForGood'

function walk(...steps: readonly Step[]): TransactionState {
  const state = new TransactionState()
  for (const step of steps) {
    if (step === 'failTransaction') state.failTransaction(new KafkaError('TIMEOUT', 'lost'))
    else if (step === 'failForGood') state.failForGood(new KafkaError('PRODUCER_FENCED'))
    else state.enter(step, step)
  }
  return state
}

const READY = ['initializing', 'ready'] as const

test('transaction state: the usual way, and again', () => {
  assert.equal(walk(...READY, 'inTransaction', 'committing', 'ready', 'inTransaction').name, 'inTransaction')
  assert.equal(walk(...READY, 'inTransaction', 'aborting', 'ready').name, 'ready')
})

test('transaction state: what is not possible says why', () => {
  const refused: readonly (readonly [readonly Step[], TransactionStateName, RegExp])[] = [
    [[], 'inTransaction', /initTransactions first/],
    [READY, 'committing', /not in a transaction/],
    [READY, 'initializing', /not in a transaction/],
    [[...READY, 'inTransaction'], 'inTransaction', /in a transaction/],
    [[...READY, 'inTransaction', 'committing'], 'aborting', /committing/],
  ]
  for (const [steps, next, message] of refused) {
    assert.throws(() => walk(...steps).enter(next, 'call'), { code: 'ILLEGAL_STATE', message })
  }
})

test('transaction state: after a failure it can only be aborted, and the error says so', () => {
  const state = walk(...READY, 'inTransaction', 'failTransaction')
  assert.throws(() => state.enter('committing', 'commitTransaction'), {
    code: 'TIMEOUT',
    abortable: true,
    fatal: false,
  })
  state.enter('aborting', 'abortTransaction')
  assert.equal(state.error, undefined)
})

test('transaction state: a failure outside of a transaction does not matter; a fatal one is the end', () => {
  assert.equal(walk(...READY).failTransaction(new KafkaError('TIMEOUT')), false)
  const state = walk(...READY, 'inTransaction', 'failForGood', 'failForGood')
  assert.throws(() => state.enter('aborting', 'abortTransaction'), { code: 'PRODUCER_FENCED', fatal: true })
})

test('errors of transactional requests: their meanings', () => {
  const meanings = [
    'NOT_COORDINATOR',
    'CONCURRENT_TRANSACTIONS',
    'NETWORK_EXCEPTION',
    'INVALID_PRODUCER_EPOCH',
  ] as const
  assert.deepEqual(
    meanings.map((code) => meaningOf(new KafkaError(code))),
    ['retry', 'retry', 'retry', 'fenced'],
  )
  assert.equal(meaningOf(new KafkaError('ILLEGAL_GENERATION')), 'abort')
  assert.equal(meaningOf(new KafkaError('INVALID_PRODUCER_ID_MAPPING')), 'abort-and-bump')
  assert.equal(meaningOf(new KafkaError('INVALID_TXN_STATE')), 'fatal')
})
