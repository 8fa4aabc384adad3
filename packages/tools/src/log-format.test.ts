import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogEntry } from '@millrace/broker'
import { logFormats } from './log-format.js'

const entry: LogEntry = {
  timeMs: Date.UTC(2026, 0, 31, 12, 0, 0, 123),
  level: 'WARN',
  logger: 'millrace.log',
  message: 'A disk is slow',
  fields: { directory: '/data', tookMs: 700, nothing: undefined },
}

test("a line for people is Kafka's", () => {
  const line = logFormats.text(entry)
  assert.match(
    line,
    /^\[2026-0[12]-\d\d \d\d:\d\d:00,123\] WARN A disk is slow \(directory=\/data, tookMs=700\) \(millrace\.log\)\n$/,
  )
})

test('what a client sends can neither forge a line nor steer the terminal', () => {
  const fields = { client: 'x\n[2026-01-31 12:00:00,000] ERROR forged\x1b[2J' }
  const line = logFormats.text({ ...entry, fields })
  assert.equal(line.indexOf('\n'), line.length - 1)
  assert.ok(!line.includes('\x1b'))
  assert.ok(line.includes('x\\u000a['))
})

test('an error brings its stack', () => {
  const error = new Error('boom')
  assert.ok(logFormats.text({ ...entry, fields: { error } }).includes(error.stack as string))
})

test('a line for programs is one JSON object', () => {
  const error = Object.assign(new Error('boom'), { code: 'EIO' })
  const fields = { directory: '/da\nta', message: 'mine', size: 10n, error, at: ['a'] }
  const line = logFormats.json({ ...entry, fields })
  assert.equal(line.indexOf('\n'), line.length - 1)
  const { error: told, ...rest } = JSON.parse(line) as { error: { message: string; code: string; stack: string } }
  assert.deepEqual(rest, {
    time: '2026-01-31T12:00:00.123Z',
    level: 'WARN',
    logger: 'millrace.log',
    message: 'A disk is slow',
    directory: '/da\nta',
    message_: 'mine',
    size: '10',
    at: 'a',
  })
  assert.deepEqual([told.message, told.code], ['boom', 'EIO'])
})
