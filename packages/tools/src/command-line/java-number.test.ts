import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doubleText } from './java-number.js'

test("numbers are written as by Java's Double", () => {
  const texts: readonly [number, string][] = [
    [1024, '1024.0'],
    [0, '0.0'],
    [0.5, '0.5'],
    [9_999_999, '9999999.0'],
    [10_000_000, '1.0E7'],
    [10_485_760, '1.048576E7'],
    [0.0001, '1.0E-4'],
    [-2, '-2.0'],
  ]
  for (const [value, text] of texts) assert.equal(doubleText(value), text)
})
