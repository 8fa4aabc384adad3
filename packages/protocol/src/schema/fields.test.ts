import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnencodableMessageError } from './errors.js'
import {
  array,
  bool,
  bytes,
  type Infer,
  type InferInput,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
  wideInt64,
} from './fields.js'
import { message } from './message.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

/** A message that has something of everything: classic in 0 to 1, flexible from 2 on. */
const schema = struct({
  id: int32(),
  name: string({ nullable: '1+' }),
  note: string({ versions: '1+', nullable: '1+', default: null }),
  hint: string({ versions: '1+', ignorable: true }),
  old: int16({ versions: '0', default: 7 }),
  cursor: struct({ offset: int64() }, { versions: '1+', nullable: true, default: null }),
  owner: struct({ nodeId: int32({ default: -1 }), epoch: int32() }, { versions: '1+' }),
  list: array(struct({ key: string(), from: int8({ versions: '2+', default: -1 }) })),
  extra: bytes({ tag: 1, taggedVersions: '2+' }),
  limit: wideInt64({ tag: 3, taggedVersions: '2+', default: 2 ** 63, ignorable: true }),
})
const example = message({ name: 'Example', versions: '0-2', flexible: '2+', schema })

type Example = Infer<typeof schema>
type ExampleInput = InferInput<typeof schema>

const MINIMAL: ExampleInput = { id: 1, name: 'n', list: [] }
const DEFAULTS: Example = {
  id: 1,
  name: 'n',
  note: null,
  hint: '',
  old: 7,
  cursor: null,
  owner: { nodeId: -1, epoch: 0 },
  list: [],
  extra: Buffer.alloc(0),
  limit: 2 ** 63,
}

function encode(value: ExampleInput, version: number): Buffer {
  const writer = new Writer()
  writer.begin(`Example v${version}`)
  example.codec(version).write(writer, value)
  return Buffer.concat(writer.finish())
}

function decode(bytes: Buffer, version: number): Example {
  return example.codec(version).read(new Reader(bytes, 0, 'Example')) as Example
}

function refusal(value: unknown, version: number): string {
  try {
    encode(value as ExampleInput, version)
  } catch (error) {
    assert.ok(error instanceof UnencodableMessageError)
    return `${error.field}: ${error.reason}`
  }
  return 'accepted'
}

test('types: decoding gives every field; encoding needs those without a default that every version has', () => {
  const decoded: Example = decode(encode(MINIMAL, 2), 2)
  const asInput: ExampleInput = decoded
  assert.deepEqual(asInput, DEFAULTS)
  const readOnly: ExampleInput = { ...MINIMAL, list: [{ key: 'k' }] as const }
  assert.equal(refusal(readOnly, 2), 'accepted')
  // @ts-expect-error id is needed
  const withoutId: ExampleInput = { name: 'n', list: [] }
  assert.equal(refusal(withoutId, 2), 'id: wrong-type')
  // @ts-expect-error id cannot be null
  const nullId: ExampleInput = { ...MINIMAL, id: null }
  assert.equal(refusal(nullId, 2), 'id: wrong-type')
})

test('fields that are left out, and fields that a version lacks, are at their defaults', () => {
  for (const version of [0, 1, 2]) assert.deepEqual(decode(encode(MINIMAL, version), version), DEFAULTS)
  assert.equal(encode(MINIMAL, 0).toString('hex'), '00000001' + '00016e' + '0007' + '00000000')
  assert.equal(
    encode(MINIMAL, 1).toString('hex'),
    '00000001' + '00016e' + 'ffff' + '0000' + 'ff' + 'ffffffff00000000' + '00000000',
  )
  assert.equal(
    encode(MINIMAL, 2).toString('hex'),
    '00000001' + '026e' + '00' + '01' + 'ff' + 'ffffffff0000000000' + '0100',
  )
})

test('a value in a version that lacks the field: refused, unless it is the default or may be dropped', () => {
  const element = { key: 'k', from: 3 }
  const refused: [ExampleInput, number, string][] = [
    [{ ...MINIMAL, note: 'x' }, 0, 'note'],
    [{ ...MINIMAL, old: 8 }, 1, 'old'],
    [{ ...MINIMAL, cursor: { offset: 0 } }, 0, 'cursor'],
    [{ ...MINIMAL, owner: { nodeId: 2, epoch: 0 } }, 0, 'owner'],
    [{ ...MINIMAL, list: [element] }, 1, 'from'],
    [{ ...MINIMAL, extra: Buffer.from('x') }, 1, 'extra'],
  ]
  for (const [value, version, field] of refused) assert.equal(refusal(value, version), `${field}: field-not-in-version`)
  const accepted: [ExampleInput, number][] = [
    [{ ...MINIMAL, note: null, cursor: null, owner: { epoch: 0 }, extra: Buffer.alloc(0) }, 0],
    [{ ...MINIMAL, old: 7, list: [{ ...element, from: -1 }] }, 1],
    [{ ...MINIMAL, hint: 'dropped', limit: 4 }, 0],
  ]
  for (const [value, version] of accepted) assert.equal(refusal(value, version), 'accepted')
})

test('null: read and written where the version allows it, refused elsewhere', () => {
  assert.equal(refusal({ ...MINIMAL, name: null }, 0), 'name: null-not-allowed')
  for (const version of [1, 2]) {
    const value = { ...MINIMAL, name: null, cursor: { offset: 5 } }
    const decoded = decode(encode(value, version), version)
    assert.deepEqual([decoded.name, decoded.cursor], [null, { offset: 5 }])
  }
  assert.equal(refusal({ ...MINIMAL, list: null }, 1), 'list: null-not-allowed')
  assert.equal(refusal({ ...MINIMAL, owner: null }, 1), 'owner: null-not-allowed')
  assert.equal(refusal({ ...MINIMAL, extra: null }, 2), 'extra: null-not-allowed')
})

test('tagged fields: known ones only if not at their default, unknown ones between them, by ascending tag', () => {
  const unknown = (tag: number) => ({ tag, data: Buffer.from([tag]) })
  const value = {
    ...MINIMAL,
    extra: Buffer.from('e'),
    limit: 5,
    unknownTaggedFields: [unknown(9), unknown(2), unknown(0)],
  }
  const tags = '05' + '000100' + '0102' + '0265' + '020102' + '0308' + '0000000000000005' + '090109'
  assert.equal(encode(value, 2).subarray(-24).toString('hex'), tags)
  assert.deepEqual(decode(encode(value, 2), 2).unknownTaggedFields, [unknown(0), unknown(2), unknown(9)])
  assert.equal('unknownTaggedFields' in decode(encode(MINIMAL, 2), 2), false)
})

test('unknown tagged fields: refused twice, under a known tag, and in a version without tags', () => {
  const withTags = (...tags: number[]) => ({
    ...MINIMAL,
    unknownTaggedFields: tags.map((tag) => ({ tag, data: Buffer.alloc(0) })),
  })
  assert.equal(refusal(withTags(5, 5), 2), 'unknownTaggedFields: bad-tag')
  assert.equal(refusal(withTags(3), 2), 'unknownTaggedFields: bad-tag')
  assert.equal(refusal(withTags(-1), 2), 'unknownTaggedFields: bad-tag')
  assert.equal(refusal(withTags(5), 1), 'unknownTaggedFields: bad-tag')
  assert.equal(refusal(withTags(), 1), 'accepted')
})

test('a large tagged field is moved to make room for its size', () => {
  for (const length of [126, 127, 128, 16383, 16384, 70_000]) {
    const value = { ...MINIMAL, extra: Buffer.alloc(length, 'x'), limit: 1 }
    assert.deepEqual(decode(encode(value, 2), 2), { ...DEFAULTS, extra: value.extra, limit: 1 })
  }
})

test('a known tagged field that is longer or shorter than its size says is malformed', () => {
  const bytes = encode({ ...MINIMAL, limit: 5 }, 2)
  const sizeAt = bytes.length - 9
  assert.equal(bytes[sizeAt], 8)
  for (const size of [7, 9]) {
    const changed = Buffer.concat([bytes, Buffer.alloc(1)])
    changed[sizeAt] = size
    assert.throws(() => decode(changed, 2), { reason: 'tag-size-mismatch' })
  }
})

test('numbers outside the range of their type are refused', () => {
  const numbers = message({
    name: 'Numbers',
    versions: '0',
    flexible: 'none',
    schema: struct({ a: int8(), b: int16(), c: uint16(), d: int32(), e: uint32(), f: int64(), g: wideInt64() }),
  })
  const zero = { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0 }
  const bad = {
    a: [128, -129, 0.5, Number.NaN],
    b: [0x8000, -0x8001],
    c: [-1, 0x10000],
    d: [2 ** 31, -(2 ** 31) - 1, 0.5],
    e: [-1, 2 ** 32],
    f: [2 ** 53, -(2 ** 53), 0.5, Number.POSITIVE_INFINITY],
    g: [2 ** 64, -(2 ** 64), 0.5, Number.NaN],
  }
  for (const [field, values] of Object.entries(bad)) {
    for (const value of values) {
      const writer = new Writer()
      writer.begin('Numbers')
      assert.throws(() => numbers.codec(0).write(writer, { ...zero, [field]: value }), {
        field,
        reason: 'out-of-range',
      })
    }
  }
})

test('names of fields cannot be anything but names', () => {
  for (const name of ['a-b', 'A', '', "x'", '__proto__', 'unknownTaggedFields']) {
    const named = message({ name: 'Named', versions: '0', flexible: 'none', schema: struct({ [name]: bool() }) })
    assert.throws(() => named.codec(0), /not a name for a field/)
  }
  assert.throws(() => uuid({ tag: 1 }), /a tag needs taggedVersions/)
  const tagged = message({
    name: 'Tagged',
    versions: '0',
    flexible: '0+',
    schema: struct({ batch: records({ tag: 0, taggedVersions: '0+' }) }),
  })
  assert.throws(() => tagged.codec(0), /cannot be records/)
})
