import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTable, toRows } from './client-table.mjs'

const results = [
  {
    title: 'stream 1 KB',
    shown: ['perSecond', 'cpuUs'],
    goals: { perSecond: { atLeast: 330 }, cpuUs: { atMost: 3 } },
    values: {
      ours: { perSecond: [350_000, 340_000, 360_000], cpuUs: [3.5] },
      kafkajs: { perSecond: [70_000], cpuUs: [14] },
      java: { perSecond: [100_000] },
    },
  },
]

test('medians beside goals, and the ratio of ours to each other client', () => {
  const [rate, cpu] = toRows(results)
  assert.deepEqual([rate.isMet, cpu.isMet], [true, false])
  assert.equal(rate.cells.ours.median, 350)
  assert.equal(rate.cells.kafkajs.ratio, 5)
  assert.equal(cpu.cells.kafkajs.ratio, 0.25)
  assert.equal(cpu.cells.java, undefined)
})

test('a goal that was not measured is neither met nor missed', () => {
  const [rate] = toRows([{ ...results[0], values: { kafkajs: { perSecond: [70_000] } } }])
  assert.equal(rate.isMet, undefined)
  assert.equal(rate.cells.kafkajs.ratio, undefined)
})

test('the table says what is met', () => {
  const clients = ['ours', 'kafkajs', 'java'].map((name) => ({ name, title: name }))
  const [head, , rate, cpu] = formatTable(toRows(results), clients).split('\n')
  assert.match(head, /^\| workload +\| metric +\| +ours \| +goal \| +\| +kafkajs \| +java \|$/)
  assert.match(rate, /\| +350 ±3 % \| ≥ 330 \| +met \| 70\.0 \(5\.00 ×\) \| +100 \(3\.50 ×\) \|$/)
  assert.match(cpu, /\| +3\.50 ±0 % \| +≤ 3 \| missed \| +14\.0 \(0\.25 ×\) \| +\|$/)
})
