import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Loggers } from '../logging/loggers.js'
import { MemoryLogger } from '../testing/memory-logger.js'
import { alterLoggers, brokerIdMistake, describeLoggers } from './broker-logger-configs.js'

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const

function loggers() {
  const all = Loggers.over(new MemoryLogger())
  all.get('millrace.log')
  return all
}

function change(name: string, operation: number, value: string | null = null) {
  return { name, configOperation: operation, value }
}

test('every logger is told with its level, and can be changed', () => {
  const all = loggers()
  assert.equal(alterLoggers(all, [change('millrace.log', operations.set, 'DEBUG')], false), undefined)
  const told = describeLoggers(all).map(({ name, value, readOnly, configSource }) => [
    name,
    value,
    readOnly,
    configSource,
  ])
  assert.deepEqual(told.slice(0, 2), [
    ['root', 'INFO', false, 6],
    ['millrace.log', 'DEBUG', false, 6],
  ])
  assert.equal(alterLoggers(all, [change('millrace.log', operations.delete)], false), undefined)
  assert.equal(all.levels().get('millrace.log'), 'INFO')
})

for (const [what, name, operation, value, error] of [
  ['an unknown logger', 'millrace.unknown', operations.set, 'INFO', 'INVALID_CONFIG'],
  ['an unknown logger to be reset', 'millrace.unknown', operations.delete, null, 'INVALID_CONFIG'],
  ['an unknown level', 'millrace.log', operations.set, 'LOUD', 'INVALID_CONFIG'],
  ['a level in lower case', 'millrace.log', operations.set, 'debug', 'INVALID_CONFIG'],
  ['OFF, which Kafka does not take either', 'millrace.log', operations.set, 'OFF', 'INVALID_CONFIG'],
  ['root without a level', 'root', operations.delete, null, 'INVALID_REQUEST'],
  ['a value appended', 'millrace.log', operations.append, 'INFO', 'INVALID_REQUEST'],
  ['a value subtracted', 'millrace.log', operations.subtract, 'INFO', 'INVALID_REQUEST'],
  ['an unknown operation', 'millrace.log', 9, 'INFO', 'INVALID_REQUEST'],
  ['no value', 'millrace.log', operations.set, null, 'INVALID_REQUEST'],
] as const) {
  test(`refused: ${what}`, () => {
    const all = loggers()
    const changes = [change('root', operations.set, 'ERROR'), change(name, operation, value)]
    assert.equal(alterLoggers(all, changes, false)?.error, error)
    assert.equal(all.levels().get('root'), 'INFO', 'nothing is changed')
  })
}

test('refused: a logger named twice', () => {
  const changes = [change('root', operations.set, 'ERROR'), change('root', operations.set, 'WARN')]
  assert.equal(alterLoggers(loggers(), changes, false)?.error, 'INVALID_REQUEST')
})

test('a change that is only to be checked changes nothing', () => {
  const all = loggers()
  assert.equal(alterLoggers(all, [change('root', operations.set, 'ERROR')], true), undefined)
  assert.equal(all.levels().get('root'), 'INFO')
})

test('the resource is this broker, by its id', () => {
  assert.equal(brokerIdMistake('0', 0), undefined)
  for (const name of ['', '1', 'zero']) assert.equal(brokerIdMistake(name, 0)?.error, 'INVALID_REQUEST', name)
})
