import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainAddress } from './addresses.js'

for (const [shown, plain] of [
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['10.0.0.1', '10.0.0.1'],
  ['::1', '::1'],
  ['fe80::1', 'fe80::1'],
  ['::ffff:a00:1', '::ffff:a00:1'],
  ['', ''],
]) {
  test(`the address ${shown} is told as ${plain}`, () => {
    assert.equal(plainAddress(shown as string), plain)
  })
}
