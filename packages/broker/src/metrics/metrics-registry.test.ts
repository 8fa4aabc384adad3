import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countOf, MetricsRegistry, seriesOf, singleValue } from './metrics-registry.js'

test('the exposition has a header for each metric, and escapes what stands in labels', () => {
  const registry = new MetricsRegistry()
  registry.add(
    singleValue('counter', 'a_total', 'Things.\nOf a kind.', () => 3),
    singleValue('gauge', 'unknown', 'Not known.', () => undefined),
    seriesOf('gauge', 'b', 'Parts.', () => [
      [{ name: 'back\\slash "quoted"\nbroken', part: 1 }, 0.5],
      undefined,
      [{}, Infinity],
    ]),
  )
  assert.equal(
    [...registry.lines()].join(''),
    [
      '# HELP a_total Things.\\nOf a kind.',
      '# TYPE a_total counter',
      'a_total 3',
      '# HELP unknown Not known.',
      '# TYPE unknown gauge',
      '# HELP b Parts.',
      '# TYPE b gauge',
      'b{name="back\\\\slash \\"quoted\\"\\nbroken",part="1"} 0.5',
      'b +Inf',
      '',
    ].join('\n'),
  )
})

test('a count walks with a place to pause at each item', () => {
  const lines = [
    ...countOf(
      'odd',
      'Odd ones.',
      () => [1, 2, 3],
      (n) => n % 2 === 1,
    ).lines(),
  ]
  assert.deepEqual(lines, ['', '', '', 'odd 2\n'])
})

test('a name is taken once, and must be one', () => {
  const registry = new MetricsRegistry()
  registry.add(singleValue('gauge', 'a', 'A.', () => 1))
  assert.throws(() => registry.add(singleValue('gauge', 'a', 'A.', () => 1)))
  assert.throws(() => registry.add(singleValue('gauge', 'a-b', 'A.', () => 1)))
})

test('a preparation that fails or hangs does not keep the scrape', async (t) => {
  // The registry's own timer does not keep the process alive.
  const keepAlive = setInterval(() => {}, 1000)
  t.after(() => clearInterval(keepAlive))
  const registry = new MetricsRegistry()
  let prepared = 0
  registry.prepareWith(() => Promise.reject(new Error('no')))
  registry.prepareWith(() => new Promise(() => {}))
  registry.prepareWith(() => {
    prepared += 1
    return Promise.resolve()
  })
  await registry.prepare()
  assert.equal(prepared, 1)
})
