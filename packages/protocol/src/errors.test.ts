import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allErrors, ErrorCode, type ErrorName, errorInfo, ProtocolError } from './index.js'

/** Kafka's retriable errors (those whose exception is a RetriableException in 4.3.1). */
const RETRIABLE = [
  2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 88, 89, 100, 103, 106, 122,
  123, 133,
]

test('the table holds every code from -1 to 133 once, in order', () => {
  assert.deepEqual(
    allErrors().map((error) => error.code),
    Array.from({ length: 135 }, (_, index) => index - 1),
  )
  assert.equal(new Set(allErrors().map((error) => error.name)).size, 135)
})

test('retriable are exactly those that Kafka takes for retriable', () => {
  const retriable = allErrors().filter((error) => error.retriable)
  assert.deepEqual(
    retriable.map((error) => error.code),
    RETRIABLE,
  )
})

test('an error is found by code and by name; an unknown code is UNKNOWN_SERVER_ERROR', () => {
  assert.equal(ErrorCode.NOT_LEADER_OR_FOLLOWER, 6)
  assert.equal(errorInfo(6).name, 'NOT_LEADER_OR_FOLLOWER')
  assert.equal(errorInfo('NOT_LEADER_OR_FOLLOWER').code, 6)
  for (const code of [-2, 134, 1.5, Number.NaN]) assert.equal(errorInfo(code).name, 'UNKNOWN_SERVER_ERROR')
  for (const error of allErrors()) assert.equal(ErrorCode[error.name], error.code)
})

test('ProtocolError takes code and retriability from the table', () => {
  const error = new ProtocolError('REBALANCE_IN_PROGRESS')
  assert.deepEqual([error.code, error.errorCode, error.retriable], ['REBALANCE_IN_PROGRESS', 27, false])
  assert.equal(error.message, errorInfo(27).message)
  const other = new ProtocolError(3, 'no topic orders', { cause: 'why' })
  assert.deepEqual(
    [other.code, other.retriable, other.message, other.cause],
    ['UNKNOWN_TOPIC_OR_PARTITION' satisfies ErrorName, true, 'no topic orders', 'why'],
  )
})
