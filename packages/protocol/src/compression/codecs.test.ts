import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testCodec } from './codec.contract.js'
import type { CodecType } from './codec.js'
import { codecFor } from './codecs.js'

for (const type of ['gzip', 'snappy', 'lz4', 'zstd'] satisfies CodecType[]) {
  const portable = codecFor(type, 'portable')
  const native = codecFor(type, 'native')
  testCodec(portable, native ?? portable)
  if (native !== undefined) testCodec(native, portable)

  test(`${type}: the native codec is the default where it loads, the portable one elsewhere`, () => {
    assert.equal(codecFor(type).variant, native === undefined ? 'portable' : 'native')
    assert.equal(codecFor(type), codecFor(type))
  })
}

test('gzip and zstd: a higher level compresses better', () => {
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => `${i * 7919},`).join(''))
  for (const [type, low, high] of [
    ['gzip', 1, 9],
    ['zstd', 1, 19],
  ] as const) {
    const codec = codecFor(type, 'portable')
    assert(codec.compress(bytes, high).length < codec.compress(bytes, low).length)
    assert(codec.decompress(codec.compress(bytes, high), bytes.length).equals(bytes))
  }
})

test('zstd (portable): works on after a batch so large that its instance is dropped', () => {
  const codec = codecFor('zstd', 'portable')
  const large = Buffer.alloc(40 * 1024 * 1024, 'abc')
  assert(codec.decompress(codec.compress(large), large.length).equals(large))
  assert.equal(codec.decompress(codec.compress(Buffer.from('next')), 100).toString(), 'next')
})
