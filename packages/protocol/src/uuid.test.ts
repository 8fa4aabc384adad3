import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid, uuidFromBytes, uuidToBytes, ZERO_UUID } from './index.js'

test('the text form is that of Kafka: base64url without padding', () => {
  const bytes = Buffer.from('000102030405060708090a0b0c0d0e0ffb', 'hex')
  assert.equal(uuidFromBytes(bytes), 'AAECAwQFBgcICQoLDA0ODw')
  assert.equal(uuidFromBytes(bytes, 1), 'AQIDBAUGBwgJCgsMDQ4P-w')
  assert.deepEqual(uuidToBytes('AQIDBAUGBwgJCgsMDQ4P-w'), bytes.subarray(1))
  assert.deepEqual(uuidToBytes(ZERO_UUID), Buffer.alloc(16))
  assert.equal(uuidFromBytes(Buffer.alloc(16)), ZERO_UUID)
})

test('other texts are refused: too short, padded, other alphabet, bits beyond the 16 bytes', () => {
  for (const text of ['', 'AAAA', `${ZERO_UUID}==`, 'AQIDBAUGBwgJCgsMDQ4P+w', 'AAAAAAAAAAAAAAAAAAAAAB']) {
    assert.equal(isUuid(text), false, text)
    assert.throws(() => uuidToBytes(text), TypeError)
  }
})
