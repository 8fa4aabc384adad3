import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateTimeMs, durationMs } from './java-time.js'

test('dates have milliseconds, and are UTC unless they say otherwise', () => {
  assert.equal(dateTimeMs('2023-11-14T22:13:30.000'), 1_700_000_010_000)
  assert.equal(dateTimeMs('2023-11-14T22:13:30.000Z'), 1_700_000_010_000)
  assert.equal(dateTimeMs('2023-11-15T00:13:30.000+02'), 1_700_000_010_000)
  assert.equal(dateTimeMs('2023-11-14T20:43:30.000-01:30'), 1_700_000_010_000)
  assert.equal(dateTimeMs('2023-11-14T20:43:30.000-0130'), 1_700_000_010_000)
})

test('what is no date is told', () => {
  assert.throws(() => dateTimeMs('2023-11-14'), /does not contain a 'T'/)
  assert.throws(() => dateTimeMs('2023-11-14T22:13:30'), /Unparseable date/)
  assert.throws(() => dateTimeMs('2023-02-30T22:13:30.000'), /Unparseable date/)
  assert.throws(() => dateTimeMs('2023-02-20T24:13:30.000'), /Unparseable date/)
})

test("durations are those of Java's Duration", () => {
  assert.equal(durationMs('P1D'), 86_400_000)
  assert.equal(durationMs('PT1H30M'), 5_400_000)
  assert.equal(durationMs('P1DT0.5S'), 86_400_500)
  assert.equal(durationMs('-PT1S'), -1000)
  assert.equal(durationMs('PT-0.5S'), -500)
  for (const bad of ['bad', 'P', 'PT', 'P1DT', '1D', 'P1H']) assert.throws(() => durationMs(bad), /Duration/)
})
