import assert from 'node:assert/strict'
import { test } from 'node:test'
import { javaDate, javaDouble, javaHex, javaSocketAddress } from './java-text.js'

// Right: what a JVM (Java 17) prints for Double.toString.
const doubles: readonly (readonly [number, string])[] = [
  [0, '0.0'],
  [1, '1.0'],
  [0.3333, '0.3333'],
  [12.5, '12.5'],
  [0.001, '0.001'],
  [0.0001, '1.0E-4'],
  [0.0002, '2.0E-4'],
  [0.00025, '2.5E-4'],
  [9_999_999, '9999999.0'],
  [12_345_678, '1.2345678E7'],
  [10_000_000, '1.0E7'],
  [-2, '-2.0'],
]

for (const [value, text] of doubles) test(`javaDouble: ${text}`, () => assert.equal(javaDouble(value), text))

const addresses: readonly (readonly [string, string])[] = [
  ['127.0.0.1', '/127.0.0.1:9'],
  ['::ffff:10.0.0.7', '/10.0.0.7:9'],
  ['::1', '/[0:0:0:0:0:0:0:1]:9'],
  ['::', '/[0:0:0:0:0:0:0:0]:9'],
  ['2001:db8::a:0:1', '/[2001:db8:0:0:0:a:0:1]:9'],
  ['fe80::1%eth0', '/[fe80:0:0:0:0:0:0:1%eth0]:9'],
  ['2001:0DB8:1:2:3:4:5:6', '/[2001:db8:1:2:3:4:5:6]:9'],
]

for (const [address, text] of addresses) {
  test(`javaSocketAddress: ${text}`, () => assert.equal(javaSocketAddress(address, 9), text))
}

test('javaHex: negative numbers are two complements', () => {
  assert.deepEqual(
    [javaHex(0n), javaHex(255), javaHex(-1n), javaHex(-(2n ** 63n))],
    ['0', 'ff', 'ffffffffffffffff', '8000000000000000'],
  )
})

test('javaDate: as Date.toString, in the zone that is named', () => {
  assert.equal(javaDate(Date.UTC(2026, 0, 3, 0, 5, 9), 'UTC'), 'Sat Jan 03 00:05:09 UTC 2026')
  assert.equal(javaDate(Date.UTC(2026, 6, 31, 23, 59, 59), 'America/New_York'), 'Fri Jul 31 19:59:59 EDT 2026')
})
