import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_ARRAY_ELEMENTS, Reader } from './reader.js'

function reader(hex: string): Reader {
  return new Reader(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0, 'test')
}

function refused(hex: string, read: (reader: Reader) => unknown): string {
  try {
    return `read ${String(read(reader(hex)))}`
  } catch (error) {
    return (error as { reason?: string }).reason ?? String(error)
  }
}

test('integers at the ends of their ranges', () => {
  assert.deepEqual([reader('80').int8(), reader('7f').int8()], [-128, 127])
  assert.deepEqual([reader('8000').int16(), reader('ffff').uint16()], [-32768, 65535])
  assert.deepEqual([reader('80000000').int32(), reader('ffffffff').uint32()], [-(2 ** 31), 2 ** 32 - 1])
  assert.equal(reader('001fffffffffffff').int64(), Number.MAX_SAFE_INTEGER)
  assert.equal(reader('ffe0000000000001').int64(), Number.MIN_SAFE_INTEGER)
  assert.equal(reader('3ff8000000000000').float64(), 1.5)
})

test('int64: what is not a safe integer is refused; wideInt64 takes the nearest double', () => {
  for (const hex of ['0020000000000000', 'ffe0000000000000', '7fffffffffffffff', '8000000000000000']) {
    assert.equal(
      refused(hex, (from) => from.int64()),
      'unsafe-integer',
    )
  }
  assert.equal(reader('7fffffffffffffff').wideInt64(), 2 ** 63)
  assert.equal(reader('8000000000000000').wideInt64(), -(2 ** 63))
  assert.equal(reader('0020000000000001').wideInt64(), 2 ** 53)
})

test('varints: up to 32 bits, whatever their length; more is refused', () => {
  for (const [hex, value] of [
    ['00', 0],
    ['7f', 127],
    ['8001', 128],
    ['8000', 0],
    ['ffffffff07', 2 ** 31 - 1],
    ['ffffffff0f', 2 ** 32 - 1],
  ] as const) {
    assert.equal(reader(hex).uvarint(), value)
  }
  for (const hex of ['ffffffff10', 'ffffffff8f00', '808080808000']) {
    assert.equal(
      refused(hex, (from) => from.uvarint()),
      'varint-overflow',
    )
  }
  for (const hex of ['', '80', 'ffffffff'])
    assert.equal(
      refused(hex, (from) => from.uvarint()),
      'truncated',
    )
})

test('strings: null where it may be, and never past the end', () => {
  assert.equal(reader('0002 c3a9').string(), 'é')
  assert.equal(reader('ffff').nullableString(), null)
  assert.equal(reader('03 c3a9').compactString(), 'é')
  assert.equal(reader('00').compactNullableString(), null)
  assert.equal(
    refused('ffff', (from) => from.string()),
    'unexpected-null',
  )
  assert.equal(
    refused('00', (from) => from.compactString()),
    'unexpected-null',
  )
  assert.equal(
    refused('fffe', (from) => from.nullableString()),
    'negative-length',
  )
  assert.equal(
    refused('0003 6161', (from) => from.string()),
    'truncated',
  )
  assert.equal(
    refused('818002', (from) => from.compactString()),
    'string-too-long',
  )
  assert.equal(
    refused('ffffffff0f', (from) => from.compactString()),
    'string-too-long',
  )
})

test('strings: what is not UTF-8 is refused, the replacement character itself is not', () => {
  assert.equal(reader('0003 efbfbd').string(), '\ufffd')
  for (const hex of ['0001 ff', '0002 c328', '0003 eda080', '0004 efbfbdff', '0002 c080']) {
    assert.equal(
      refused(hex, (from) => from.string()),
      'invalid-utf8',
      hex,
    )
  }
})

test('bytes are views', () => {
  const buffer = Buffer.from('00000002 6162'.replace(' ', ''), 'hex')
  const view = new Reader(buffer, 0, 'test').bytes()
  buffer[4] = 0x63
  assert.equal(view.toString(), 'cb')
  assert.equal(
    refused('ffffffff', (from) => from.bytes()),
    'unexpected-null',
  )
  assert.equal(
    refused('fffffffe', (from) => from.nullableBytes()),
    'negative-length',
  )
  assert.equal(
    refused('7fffffff', (from) => from.bytes()),
    'truncated',
  )
  assert.equal(reader('ffffffff').nullableBytes(), null)
  assert.equal(reader('00').compactNullableBytes(), null)
})

test('array counts are checked against what is left, and against the limit, before anything is made of them', () => {
  assert.equal(reader('00000002 0000').arrayLength(1), 2)
  assert.equal(
    refused('00000002 0000', (from) => from.arrayLength(2)),
    'too-many-elements',
  )
  assert.equal(
    refused('7fffffff', (from) => from.arrayLength(1)),
    'too-many-elements',
  )
  assert.equal(
    refused('ffffffff0f', (from) => from.compactArrayLength(1)),
    'too-many-elements',
  )
  assert.equal(
    refused('ffffffff', (from) => from.arrayLength(1)),
    'unexpected-null',
  )
  assert.equal(
    refused('00', (from) => from.compactArrayLength(1)),
    'unexpected-null',
  )
  assert.equal(
    refused('fffffffe', (from) => from.nullableArrayLength(1)),
    'negative-length',
  )
  assert.equal(reader('ffffffff').nullableArrayLength(1), -1)
  assert.equal(reader('00').compactNullableArrayLength(1), -1)

  const long = Buffer.alloc(4 + MAX_ARRAY_ELEMENTS + 1)
  long.writeInt32BE(MAX_ARRAY_ELEMENTS)
  assert.equal(new Reader(long, 0, 'test').arrayLength(1), MAX_ARRAY_ELEMENTS)
  long.writeInt32BE(MAX_ARRAY_ELEMENTS + 1)
  assert.throws(() => new Reader(long, 0, 'test').arrayLength(1), { reason: 'too-many-elements' })
})

test('tagged fields are limited in number, and cannot end after the message', () => {
  assert.equal(
    refused('02 0000', (from) => from.tagCount()),
    'too-many-tags',
  )
  assert.equal(
    refused(`914e ${'0000'.repeat(10_001)}`, (from) => from.tagCount()),
    'too-many-tags',
  )
  assert.equal(reader(`904e ${'0000'.repeat(10_000)}`).tagCount(), 10_000)
  assert.equal(
    refused('05 00', (from) => from.tagEnd()),
    'truncated',
  )
})
