import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { filePayloads, monotonicPayloads, randomPayloads } from './payloads.js'
import { ProducerStats, type Report, reportText } from './producer-stats.js'

test('stats: a window ends with the first record after five seconds, all of it is counted once', () => {
  const windows: Report[] = []
  const stats = new ProducerStats(100, 1000, (window) => windows.push(window))
  for (let at = 0; at < 100; at++) stats.record(at, 1024 * 1024, 1000 + at * 100)
  assert.deepEqual(
    windows.map(({ records, maxLatencyMs }) => [records, maxLatencyMs]),
    [[51, 50]],
  )
  assert.equal(
    reportText(windows[0]!),
    '51 records sent, 10.2 records/sec (10.20 MB/sec), 25.0 ms avg latency, 50.0 ms max latency.',
  )
  assert.equal(
    reportText(stats.total(11_000)),
    '100 records sent, 10.000000 records/sec (10.00 MB/sec), 49.50 ms avg latency, 99.00 ms max latency, 50 ms 50th, 95 ms 95th, 99 ms 99th, 99 ms 99.9th.',
  )
})

test('stats: without a record they are those of Java', () => {
  const stats = new ProducerStats(2, 0, () => {})
  assert.equal(
    reportText(stats.total(10)),
    '0 records sent, 0.000000 records/sec (0.00 MB/sec), NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th.',
  )
})

test('stats: of more than half a million records every second one is sampled', () => {
  const stats = new ProducerStats(1_000_000, 0, () => {})
  for (let at = 0; at < 1_000_000; at++) stats.record(at % 2, 1, 0)
  assert.deepEqual(stats.total(1).percentilesMs, [0, 0, 0, 0])
})

test('random payloads: letters, used again only when they are free', () => {
  const payloads = randomPayloads(1000)
  const first = payloads(0, false)
  assert.match(first.toString(), /^[A-Z]{1000}$/)
  assert.equal(new Set(first.toString()).size, 26)
  const before = first.toString()
  assert.equal(payloads(1, true), first)
  assert.notEqual(first.toString(), before)
  assert.notEqual(payloads(2, false), first)
  assert.equal(randomPayloads(0)(0, true).length, 0)
})

test('payloads of a file: its parts by a regular expression, without empty ones at the end', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-payloads-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const file = join(dir, 'payloads')
  writeFileSync(file, 'a\n\nb\n\n')
  const lines: string[] = []
  const payloads = filePayloads(file, '\\n', (line) => lines.push(line))
  assert.deepEqual(lines, [`Reading payloads from: ${file}`, 'Number of messages read: 3'])
  const seen = new Set(Array.from({ length: 200 }, (_, at) => payloads(at, true).toString()))
  assert.deepEqual([...seen].sort(), ['', 'a', 'b'])
  const silent = () => {}
  assert.throws(() => filePayloads(join(dir, 'none'), ',', silent), {
    message: 'File does not exist or empty file provided.',
  })
  assert.throws(() => filePayloads(file, '(', silent), /no regular expression/)
  assert.throws(() => filePayloads(file, '[ab\n]', silent), /nothing but delimiters/)
  assert.equal(monotonicPayloads(12, true).toString(), '12')
})
