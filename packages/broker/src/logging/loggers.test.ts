import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualTime } from '../testing/manual-time.js'
import { MemoryLogger } from '../testing/memory-logger.js'
import type { LogEntry } from './log-sink.js'
import { Loggers } from './loggers.js'

function loggers(level: 'WARN' | 'INFO' = 'INFO') {
  const time = new ManualTime()
  const entries: LogEntry[] = []
  const all = new Loggers({ sink: { write: (entry) => entries.push(entry) }, level, clock: time, scheduler: time })
  return {
    time,
    all,
    entries,
    texts: () => entries.map(({ level: of, logger, message }) => `${of} ${logger} ${message}`),
  }
}

test('a logger without a level has that of the nearest one above', () => {
  const { all, texts } = loggers()
  const controller = all.get('millrace.controller')
  controller.debug('a')
  all.setLevel('millrace', 'DEBUG')
  controller.debug('b')
  all.setLevel('millrace.controller', 'ERROR')
  controller.warn('c')
  all.get('millrace.log').debug('d')
  all.setLevel('millrace.controller', undefined)
  controller.debug('e')
  all.setLevel('millrace', undefined)
  controller.debug('f')
  assert.deepEqual(texts(), ['DEBUG millrace.controller b', 'DEBUG millrace.log d', 'DEBUG millrace.controller e'])
})

test('root keeps a level; FATAL silences errors, TRACE lets everything through', () => {
  const { all, texts } = loggers()
  const log = all.get('millrace.log')
  all.setLevel('root', 'FATAL')
  log.error('a')
  all.setLevel('root', undefined)
  log.error('b')
  all.setLevel('root', 'TRACE')
  log.trace('c')
  assert.deepEqual(texts(), ['TRACE millrace.log c'])
  assert.equal(all.levels().get('millrace.log'), 'TRACE')
})

test('levels name every logger that was asked for, with the level in force', () => {
  const { all } = loggers('WARN')
  all.get('millrace.log')
  all.setLevel('millrace.log', 'DEBUG')
  all.get('millrace.log.cleaner')
  assert.deepEqual(Object.fromEntries(all.levels()), {
    root: 'WARN',
    'millrace.log': 'DEBUG',
    'millrace.log.cleaner': 'DEBUG',
  })
  assert.equal(all.has('millrace.logs'), false)
})

test('a level set before its logger exists holds for it', () => {
  const { all } = loggers()
  all.setLevel('millrace.group', 'ERROR')
  assert.equal(all.get('millrace.group').isEnabled('WARN'), false)
})

test('lines go on to a logger that knows no names', () => {
  const memory = new MemoryLogger()
  const log = Loggers.over(memory).get('millrace.log')
  log.error('a')
  log.warn('b')
  log.info('c')
  log.debug('d')
  assert.deepEqual(memory.lines, ['error a', 'warn b', 'info c'])
})

test('the same message again and again is counted and told once', async () => {
  const { time, all, entries } = loggers()
  const log = all.get('millrace.network')
  for (let i = 0; i < 1000; i++) log.warn('Connection closed', { address: `10.0.0.${i}` })
  assert.equal(entries.length, 10)
  log.warn('Something else')
  assert.equal(entries.length, 11)
  await time.advance(10_000)
  assert.equal(entries.length, 12)
  assert.equal(entries[11]?.message, 'Connection closed (many more of these were left out)')
  assert.deepEqual(entries[11]?.fields, { leftOut: 990, seconds: 10 })
  log.warn('Connection closed')
  assert.equal(entries.length, 13)
  await time.advance(60_000)
  assert.equal(entries.length, 13)
})

test('many different messages of one logger are bounded too, and so is what is remembered of them', async () => {
  const { time, all, entries } = loggers()
  for (let i = 0; i < 5000; i++) all.get('millrace.log').warn(`/data/topic-${i}: an append failed`)
  assert.equal(entries.length, 100)
  all.get('millrace.group').warn('of another logger')
  assert.equal(entries.length, 101)
  await time.advance(10_000)
  assert.equal(entries.length, 102)
  assert.deepEqual(entries[101]?.fields, { leftOut: 4900, seconds: 10 })
})

test('what was asked for is not bounded', () => {
  const { all, entries } = loggers()
  all.setLevel('root', 'DEBUG')
  for (let i = 0; i < 500; i++) all.get('millrace.request').debug('Request')
  assert.equal(entries.length, 500)
})

test('what was left out is told at the end, and by the first line of a later period', () => {
  const { time, all, entries } = loggers()
  const log = all.get('millrace.log')
  for (let i = 0; i < 20; i++) log.warn('again')
  time.pass(60_000)
  log.warn('again')
  assert.deepEqual(
    entries.slice(10).map(({ message }) => message),
    ['again (many more of these were left out)', 'again'],
  )
  for (let i = 0; i < 20; i++) log.warn('again')
  all.flush()
  assert.deepEqual(entries.at(-1)?.fields, { leftOut: 11, seconds: 1 })
})
