import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readNamedBytes, seededRandom } from '../testing/test-data.js'
import { expectError } from './codec.contract.js'
import { codecFor } from './codecs.js'
import { boundContent } from './zstd-frame.js'

const frame = readNamedBytes('reference-frames.txt')
const lines = Array.from({ length: 6000 }, (_, i) => `line ${i} of some text, ${i * 7}\n`)
const content = Buffer.from(lines.join('')).subarray(0, 70_000)
const LIMIT = 1024 * 1024

const lz4Codecs = [codecFor('lz4', 'portable'), codecFor('lz4')]
const snappyCodecs = [codecFor('snappy', 'portable'), codecFor('snappy')]
const zstdCodecs = [codecFor('zstd', 'portable'), codecFor('zstd')]

test('lz4: reads linked blocks, checksums of blocks and content, and the content size', () => {
  for (const codec of lz4Codecs) {
    assert(codec.decompress(frame('lz4-linked'), LIMIT).equals(content))
    assert(codec.decompress(frame('lz4-all-options'), LIMIT).equals(content))
    const both = Buffer.concat([frame('lz4-linked'), frame('lz4-all-options')])
    assert(codec.decompress(both, LIMIT).equals(Buffer.concat([content, content])))
  }
})

test('lz4: skips a skippable frame', () => {
  const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
  for (const codec of lz4Codecs) {
    const compressed = codec.compress(Buffer.from('content'))
    assert.equal(codec.decompress(Buffer.concat([skippable, compressed]), LIMIT).toString(), 'content')
  }
})

test('lz4: a wrong checksum of the header, a block or the content is CORRUPT_MESSAGE', () => {
  const original = frame('lz4-all-options')
  const firstBlockLength = original.readUInt32LE(15)
  for (const at of [14, 19 + firstBlockLength, original.length - 1]) {
    const damaged = Buffer.from(original)
    damaged[at] = damaged[at]! ^ 1
    for (const codec of lz4Codecs) expectError('CORRUPT_MESSAGE', () => codec.decompress(damaged, LIMIT))
  }
})

test('lz4: writes what Java insists on: version 1, independent blocks of 64 KiB, no checksums', () => {
  for (const codec of lz4Codecs) {
    const compressed = codec.compress(content)
    assert.equal(compressed.subarray(0, 7).toString('hex'), '04224d18604082')
    assert.equal(compressed.readUInt32LE(compressed.length - 4), 0)
  }
})

test('lz4: bytes that do not compress are stored', () => {
  const random = seededRandom(3)
  const noise = Buffer.from(Array.from({ length: 1000 }, () => Math.floor(random() * 256)))
  for (const codec of lz4Codecs) {
    const compressed = codec.compress(noise)
    assert.equal(compressed.readUInt32LE(7), 0x8000_0000 + 1000)
    assert(codec.decompress(compressed, LIMIT).equals(noise))
  }
})

test('snappy: reads a raw block, Java framing, and joined framings', () => {
  // A literal of 10 bytes, then a copy of 30 bytes from 10 back.
  const raw = Buffer.concat([Buffer.from([40, (10 - 1) << 2]), Buffer.from('0123456789'), Buffer.from([0x76, 10, 0])])
  const expected = '0123456789'.repeat(4)
  for (const codec of snappyCodecs) {
    assert.equal(codec.decompress(raw, LIMIT).toString(), expected)
    const framed = codec.compress(Buffer.from(expected))
    assert.equal(framed.subarray(0, 16).toString('hex'), '82534e41505059000000000100000001')
    assert.equal(codec.decompress(Buffer.concat([framed, framed]), LIMIT).toString(), expected + expected)
  }
})

test('snappy: framing of a later, incompatible version is refused', () => {
  const framed = Buffer.from(codecFor('snappy').compress(Buffer.from('x')))
  framed.writeInt32BE(2, 12)
  for (const codec of snappyCodecs) expectError('CORRUPT_MESSAGE', () => codec.decompress(framed, LIMIT))
})

test('snappy: a block that claims more than its size can hold allocates nothing', () => {
  const claim = Buffer.from([0xff, 0xff, 0xff, 0x7f, 0, 0x61])
  for (const codec of snappyCodecs) expectError('CORRUPT_MESSAGE', () => codec.decompress(claim, 2 ** 40))
})

test('zstd: reads frames without content size, with checksum, several, and skippable ones', () => {
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9])
  for (const codec of zstdCodecs) {
    assert(codec.decompress(frame('zstd-no-size-checksum'), LIMIT).equals(content))
    assert(codec.decompress(frame('zstd-sized'), LIMIT).equals(content))
    const several = Buffer.concat([frame('zstd-no-size-checksum'), skippable, frame('zstd-sized')])
    assert(codec.decompress(several, LIMIT).equals(Buffer.concat([content, content])))
  }
})

test('zstd: what to allocate is known before anything is decompressed', () => {
  assert.deepEqual(boundContent(frame('zstd-sized'), LIMIT), {
    bytes: content.length,
    isCapped: false,
    isSingleFrame: true,
  })
  const unsized = frame('zstd-no-size-checksum')
  assert.deepEqual(boundContent(unsized, LIMIT), { bytes: 128 * 1024, isCapped: false, isSingleFrame: true })
  assert.deepEqual(boundContent(unsized, 1000), { bytes: 1000, isCapped: true, isSingleFrame: true })
  const twice = boundContent(Buffer.concat([unsized, unsized]), LIMIT)
  assert.deepEqual(twice, { bytes: 256 * 1024, isCapped: false, isSingleFrame: false })
  expectError('MESSAGE_TOO_LARGE', () => boundContent(frame('zstd-sized'), content.length - 1))
})
