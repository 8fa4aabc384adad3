import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordHeaders } from './headers.js'
import { javaDeserializer, javaSerializer } from './java-serdes.js'
import { Serdes } from './serdes.js'

const none = new RecordHeaders()
const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

test('serdes encode as Java does', () => {
  const cases: readonly (readonly [string, Uint8Array | null, string | null])[] = [
    ['string', Serdes.string.serialize('t', 'añ€', none), '61c3b1e282ac'],
    ['empty string', Serdes.string.serialize('t', '', none), ''],
    ['int16', Serdes.int16.serialize('t', -2, none), 'fffe'],
    ['int32', Serdes.int32.serialize('t', 305_419_896, none), '12345678'],
    ['int64', Serdes.int64.serialize('t', -1n, none), 'ffffffffffffffff'],
    ['float', Serdes.float.serialize('t', 1.5, none), '3fc00000'],
    ['double', Serdes.double.serialize('t', -2.25, none), 'c002000000000000'],
    [
      'uuid',
      Serdes.uuid.serialize('t', '123E4567-e89b-12d3-a456-426614174000', none),
      Buffer.from('123e4567-e89b-12d3-a456-426614174000').toString('hex'),
    ],
  ]
  for (const [name, bytes, expected] of cases) assert.equal(hex(bytes), expected, name)
})

test('serdes: what is written is read', () => {
  const big = 9_223_372_036_854_775_807n
  assert.equal(Serdes.int64.deserialize('t', Serdes.int64.serialize('t', big, none), none), big)
  assert.equal(Serdes.double.deserialize('t', Serdes.double.serialize('t', Math.PI, none), none), Math.PI)
  assert.deepEqual(Serdes.json().deserialize('t', Serdes.json().serialize('t', { a: [1, null] }, none), none), {
    a: [1, null],
  })
})

test('serdes: null is null both ways', () => {
  for (const serde of [Serdes.string, Serdes.bytes, Serdes.int32, Serdes.uuid, Serdes.json()]) {
    assert.equal(serde.deserialize('t', null, none), null)
  }
})

test('serdes: what is not of the type is refused, with sizes', () => {
  assert.throws(() => Serdes.int32.deserialize('t', Buffer.alloc(3), none), /takes 4 bytes, not 3/)
  assert.throws(() => Serdes.int32.serialize('t', 2 ** 31, none), RangeError)
  assert.throws(() => Serdes.int32.serialize('t', 1.5, none), TypeError)
  assert.throws(() => Serdes.uuid.serialize('t', 'no', none), TypeError)
  assert.throws(
    () => Serdes.json().serialize('t', undefined, none) ?? Serdes.json().serialize('t', () => 1, none),
    TypeError,
  )
})

test('json with a schema: what is not valid is refused both ways, with its path', () => {
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) =>
        typeof (value as { n?: unknown }).n === 'number'
          ? { value: value as { n: number } }
          : { issues: [{ message: 'not a number', path: ['n'] }] },
    },
  }
  const serde = Serdes.json(schema)
  assert.deepEqual(serde.deserialize('t', Buffer.from('{"n":1}'), none), { n: 1 })
  assert.throws(() => serde.deserialize('t', Buffer.from('{"n":"1"}'), none), /n: not a number/)
  assert.throws(() => serde.serialize('t', { n: 'x' } as never, none), /n: not a number/)
})

test('Java class names of serializers and deserializers', () => {
  assert.equal(javaSerializer('org.apache.kafka.common.serialization.StringSerializer'), Serdes.string)
  assert.equal(javaSerializer('LongSerializer'), Serdes.int64)
  assert.equal(javaDeserializer('org.apache.kafka.common.serialization.UUIDDeserializer'), Serdes.uuid)
  assert.equal(javaSerializer('org.apache.kafka.common.serialization.StringDeserializer'), undefined)
  assert.equal(javaSerializer('com.example.Mine'), undefined)
})

test('headers: repeated keys, null values, removal, JSON', () => {
  const headers = new RecordHeaders({ a: ['1', null, '3'], b: Buffer.from([0]) })
  assert.deepEqual(headers.getAll('a').map(hex), ['31', null, '33'])
  assert.equal(headers.getString('a'), '3')
  assert.equal(headers.get('c'), undefined)
  headers.add('c', null)
  assert.equal(headers.get('c'), null)
  assert.equal(headers.getString('c'), null)
  assert.equal(headers.getString('d'), undefined)
  headers.remove('a')
  assert.equal(headers.size, 2)
  assert.equal(JSON.stringify(headers), '[["b","\\u0000"],["c",null]]')
  assert.deepEqual([...new RecordHeaders([['x', 'y']])], [['x', Buffer.from('y')]])
})

test('headers of a record that was read are decoded when somebody looks, once', () => {
  let decoded = 0
  const headers = RecordHeaders.lazily(() => {
    decoded++
    return [{ key: 'k', value: Buffer.from('v') }]
  })
  assert.equal(decoded, 0)
  assert.equal(headers.getString('k'), 'v')
  headers.add('k', 'w')
  assert.deepEqual(headers.getAll('k').map(hex), ['76', '77'])
  assert.equal(decoded, 1)
})
