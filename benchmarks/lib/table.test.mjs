import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatNumber, formatTable, toRows } from './table.mjs'

const results = [
  {
    workload: 'produce-1k',
    title: 'produce',
    goals: { cpuUs: 0.5 },
    values: {
      millrace: { cpuUs: [2, 3, 2], perSecond: [80_000] },
      'apache-3.9': { cpuUs: [8, 6, 8] },
    },
  },
]

test('a row for each metric that somebody has; the ratio is that of the medians', () => {
  const rows = toRows(results)
  assert.deepEqual(
    rows.map(({ metric, goal }) => [metric, goal]),
    [
      ['CPU', 0.5],
      ['rate', undefined],
    ],
  )
  assert.deepEqual(rows[0].cells['apache-3.9'], { median: 8, spread: 0.125, ratio: 0.25 })
  assert.equal(rows[1].cells.millrace.median, 80)
  assert.equal(rows[1].cells['apache-3.9'], undefined)
})

test('the table is Markdown, its columns are aligned, and what was not measured stays empty', () => {
  const [head, rule, cpu, rate] = formatTable(toRows(results), ['millrace', 'apache-3.9']).split('\n')
  assert.match(head, /^\| workload \| metric +\| +millrace \| +apache-3.9 \| +ratio \| +goal \|$/)
  assert.match(rule, /^\|[-:|]+\|$/)
  assert.match(cpu, /2\.00 ±25 % \| +8\.00 ±13 % \| +0\.25 × \| +≤ 0\.5 × \|$/)
  assert.match(rate, /80\.0 ±0 % \| +\| +\| +\|$/)
  assert.equal(new Set([head, rule, cpu, rate].map(({ length }) => length)).size, 1)
})

test('numbers show what is significant', () => {
  assert.deepEqual([1234.5, 12.345, 1.2345, Number.NaN].map(formatNumber), ['1235', '12.3', '1.23', '–'])
})
