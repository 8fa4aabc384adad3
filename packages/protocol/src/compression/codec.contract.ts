import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RecordBatchError, type RecordBatchErrorCode } from '../records/record-batch-error.js'
import { seededRandom } from '../testing/test-data.js'
import type { Codec } from './codec.js'

const LIMIT = 16 * 1024 * 1024

/** What every codec must do. `peer` is another implementation of the same format, or the same one. */
export function testCodec(codec: Codec, peer: Codec): void {
  const name = `${codec.type} (${codec.variant})`

  test(`${name}: round trip of any bytes, to itself and to the other implementation`, () => {
    fc.assert(
      fc.property(someBytes(), (bytes) => {
        const compressed = codec.compress(bytes)
        assert(codec.decompress(compressed, bytes.length).equals(bytes))
        assert(peer.decompress(compressed, bytes.length).equals(bytes))
      }),
    )
  })

  test(`${name}: round trip of sizes around blocks, compressible and not`, () => {
    const random = seededRandom(11)
    const noise = Buffer.from(Array.from({ length: 300_000 }, () => Math.floor(random() * 256)))
    const text = Buffer.from('the quick brown fox jumps over the lazy dog. '.repeat(7000))
    for (const size of [0, 1, 3, 4, 12, 13, 16, 32767, 32768, 32769, 65535, 65536, 65537, 131072, 300_000]) {
      for (const source of [noise, text, Buffer.alloc(size)]) {
        const bytes = source.subarray(0, size)
        const compressed = codec.compress(bytes)
        assert(peer.decompress(compressed, LIMIT).equals(bytes), `${size} bytes`)
        assert(codec.decompress(compressed, LIMIT).equals(bytes), `${size} bytes`)
      }
    }
  })

  test(`${name}: several buffers count as one`, () => {
    const compressed = codec.compress([Buffer.from('one, '), Buffer.from('two, '), Buffer.alloc(0)])
    assert.equal(codec.decompress(compressed, LIMIT).toString(), 'one, two, ')
    assert.equal(codec.decompress(codec.compress([]), LIMIT).length, 0)
  })

  test(`${name}: output over the limit is MESSAGE_TOO_LARGE, also if it is a bomb`, () => {
    const megabytes = codec.compress(Buffer.alloc(8 * 1024 * 1024))
    for (const limit of [0, 1, 1000, 64 * 1024, 8 * 1024 * 1024 - 1]) {
      expectError('MESSAGE_TOO_LARGE', () => codec.decompress(megabytes, limit))
    }
    assert.equal(codec.decompress(megabytes, 8 * 1024 * 1024).length, 8 * 1024 * 1024)
  })

  test(`${name}: every truncation is CORRUPT_MESSAGE, or shorter where the format cannot tell`, () => {
    const bytes = Buffer.from('a record, and another record, and one more record')
    const compressed = codec.compress(bytes)
    for (let length = 0; length < compressed.length; length++) {
      let output: Buffer
      try {
        output = codec.decompress(compressed.subarray(0, length), LIMIT)
      } catch (error) {
        assertRecordBatchError(error, 'CORRUPT_MESSAGE')
        continue
      }
      assert.equal(codec.type, 'snappy', 'only snappy framing has no end mark')
      assert.equal(output.length, 0)
    }
  })

  test(`${name}: random damage gives typed errors only, and the codec works after it`, () => {
    const random = seededRandom(5)
    const bytes = Buffer.from('a record, and another record, and one more record'.repeat(20))
    const compressed = codec.compress(bytes)
    for (let i = 0; i < 2000; i++) {
      const damaged = Buffer.from(compressed)
      for (let flips = 1 + Math.floor(random() * 3); flips > 0; flips--) {
        damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256)
      }
      try {
        const output = codec.decompress(damaged, 100_000)
        assert(output.length <= 100_000)
      } catch (error) {
        assertRecordBatchError(error)
      }
    }
    assert(codec.decompress(compressed, bytes.length).equals(bytes))
  })
}

/** Runs `action`, which must throw a `RecordBatchError` with that code. */
export function expectError(code: RecordBatchErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => {
    assertRecordBatchError(error, code)
    return true
  })
}

function assertRecordBatchError(error: unknown, code?: RecordBatchErrorCode): void {
  if (!(error instanceof RecordBatchError)) throw error
  if (code !== undefined) assert.equal(error.code, code, error.message)
}

/** Bytes as records have them: a few words again and again, or anything. */
function someBytes(): fc.Arbitrary<Buffer> {
  const words = fc.array(fc.constantFrom('key', 'value', '{"id":', 'aaaaaaaaaaaaaaaa', '\0\0\0', 'é'), {
    maxLength: 500,
  })
  return fc.oneof(
    fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
    words.map((parts) => Buffer.from(parts.join(''))),
  )
}
