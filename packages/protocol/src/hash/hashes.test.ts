import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTestData } from '../testing/test-data.js'
import { javaStringHash, kafkaAbs } from './java-string-hash.js'
import { murmur2, toPositive } from './murmur2.js'
import { xxhash32 } from './xxhash32.js'

test('murmur2 and javaStringHash: what Java computes', () => {
  for (const [base64, murmur, javaHash] of readTestData('java-hashes.txt')) {
    const bytes = Buffer.from(base64 ?? '', 'base64')
    assert.equal(murmur2(bytes), Number(murmur))
    assert.equal(javaStringHash(bytes.toString()), Number(javaHash))
  }
})

test('toPositive clears the sign bit, kafkaAbs takes the absolute value and makes 0 of −2³¹', () => {
  assert.equal(toPositive(-1), 0x7fffffff)
  assert.equal(toPositive(-(2 ** 31)), 0)
  assert.equal(kafkaAbs(-1), 1)
  assert.equal(kafkaAbs(7), 7)
  assert.equal(kafkaAbs(2 ** 31 - 1), 2 ** 31 - 1)
  assert.equal(kafkaAbs(-(2 ** 31)), 0)
})

test('coordinator partition: a group id whose hash is −2³¹ lives in partition 0', () => {
  assert.equal(javaStringHash('polygenelubricants'), -(2 ** 31))
  assert.equal(kafkaAbs(javaStringHash('polygenelubricants')) % 50, 0)
})

test('xxhash32: the values of the reference implementation', () => {
  const expected: [string, number][] = [
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ]
  for (const [text, hash] of expected) {
    const bytes = Buffer.from(`--${text}--`)
    assert.equal(xxhash32(bytes, 2, bytes.length - 2), hash, text)
  }
})
