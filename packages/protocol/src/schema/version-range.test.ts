import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatVersionRange, includesVersion, parseVersionRange } from './version-range.js'

test("Kafka's notation for versions is read and written", () => {
  for (const text of ['none', '4', '3+', '0-12']) assert.equal(formatVersionRange(parseVersionRange(text)), text)
  for (const text of ['', '3-', '-3', '5-4', '3+4', 'all']) assert.throws(() => parseVersionRange(text), text)
})

test('both ends of a range belong to it', () => {
  const included = (text: string) =>
    [0, 2, 3, 4, 5].filter((version) => includesVersion(parseVersionRange(text), version))
  assert.deepEqual(included('3-4'), [3, 4])
  assert.deepEqual(included('3+'), [3, 4, 5])
  assert.deepEqual(included('none'), [])
})
