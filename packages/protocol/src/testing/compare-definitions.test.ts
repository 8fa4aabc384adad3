import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, int16, int64, string, struct } from '../schema/fields.js'
import { message } from '../schema/message.js'
import { compareDefinition, parseDefinition } from './compare-definitions.js'

const ours = message({
  name: 'SampleRequest',
  versions: '1-4',
  flexible: '3+',
  schema: struct({
    name: string({ versions: '1-3', nullable: '2+', default: null, ignorable: true }),
    entries: array(struct({ key: string({ mapKey: true }), size: int64({ default: 16 }) })),
    level: int16({ tag: 0, taggedVersions: '3+' }),
  }),
})

/** A definition that agrees with `ours`, apart from what a test changes in it. */
function definition(change: (text: string) => string = (text) => text): string {
  return change(`{
  // A comment, and "http://not.one" below.
  "name": "SampleRequest", "about": "http://not.one", "validVersions": "0-4", "flexibleVersions": "3+",
  "fields": [
    { "name": "Name", "type": "string", "versions": "0-3", "nullableVersions": "2+", "default": "null", "ignorable": true },
    { "name": "Dropped", "type": "int8", "versions": "0" },
    { "name": "Entries", "type": "[]Entry", "versions": "0+" },
    { "name": "Level", "type": "int16", "versions": "3+", "tag": 0, "taggedVersions": "3+" }
  ],
  "commonStructs": [
    { "name": "Entry", "versions": "0+", "fields": [
      { "name": "Key", "type": "string", "versions": "0+", "mapKey": true },
      { "name": "Size", "type": "int64", "versions": "0+", "default": "0x10" }
    ]}
  ]}`)
}

function differences(change?: (text: string) => string): string[] {
  return compareDefinition(ours, parseDefinition(definition(change))).map(
    ({ path, property, ours: our, theirs }) => `${path} ${property}: ${our} ${theirs}`,
  )
}

test('a schema that agrees in the versions that both have differs in nothing', () => {
  assert.deepEqual(differences(), [])
})

test('every property of a field is compared', () => {
  const replace = (from: string, to: string) => differences((text) => text.replace(from, to))
  assert.deepEqual(replace('"flexibleVersions": "3+"', '"flexibleVersions": "4+"'), [' flexible: 3-4 4'])
  assert.deepEqual(replace('"type": "int64"', '"type": "int32"'), ['entries.size type: int64 int32'])
  assert.deepEqual(replace('[]Entry', 'Entry'), ['entries type: []struct struct'])
  assert.deepEqual(replace('"versions": "0-3"', '"versions": "2-3"'), ['name versions: 1-3 2-3'])
  assert.deepEqual(replace('"nullableVersions": "2+"', '"nullableVersions": "1+"'), ['name nullable: 2-3 1-3'])
  assert.deepEqual(replace('"default": "null", ', ''), ['name default: null '])
  assert.deepEqual(replace('0x10', '0x11'), ['entries.size default: 16 17'])
  assert.deepEqual(replace(', "ignorable": true', ''), ['name ignorable: true false'])
  assert.deepEqual(replace('"tag": 0', '"tag": 1'), ['level tag: 0 1'])
  assert.deepEqual(replace('"mapKey": true', '"flexibleVersions": "none", "mapKey": true'), [
    'entries.key flexible: default none',
  ])
  assert.deepEqual(replace('"Level"', '"Layer"'), ['level presence: present absent', 'layer presence: absent present'])
  assert.deepEqual(
    replace('"name": "Key", "type": "string", "versions": "0+"', '"name": "Key", "type": "string", "versions": "9+"'),
    ['entries.key presence: present absent'],
  )
})

test('fields in another order are a difference', () => {
  const swap = (text: string) => text.replace('"Key", "type": "string"', '"Size", "type": "int64"')
  assert.match(
    differences((text) =>
      swap(text).replace(
        '"Size", "type": "int64", "versions": "0+", "default": "0x10"',
        '"Key", "type": "string", "versions": "0+"',
      ),
    ).join('\n'),
    /entries order: key size size key/,
  )
})
