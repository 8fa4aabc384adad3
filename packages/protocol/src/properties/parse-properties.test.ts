import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseProperties } from './parse-properties.js'

/** What java.util.Properties makes of a text; values without the whitespace around them. */
const table: readonly { what: string; text: string; entries: Record<string, string> }[] = [
  {
    what: 'an equals sign, a colon or whitespace ends a key',
    text: 'a=1\nb:2\nc 3\nd\t4\n',
    entries: { a: '1', b: '2', c: '3', d: '4' },
  },
  {
    what: 'whitespace around the separator is dropped',
    text: '  a  =  1\nb : 2\nc   3',
    entries: { a: '1', b: '2', c: '3' },
  },
  {
    what: 'only the first separator counts',
    text: 'a==1\nb=:2\nc:=3\nd = e=f',
    entries: { a: '=1', b: ':2', c: '=3', d: 'e=f' },
  },
  { what: 'a key may have no value', text: 'a\nb=\nc:', entries: { a: '', b: '', c: '' } },
  {
    what: 'comments and blank lines are skipped',
    text: '# a=1\n  ! b=2\n\n \t\nc=3 # not a comment',
    entries: { c: '3 # not a comment' },
  },
  { what: 'a backslash in a comment continues nothing', text: '# a \\\nb=2', entries: { b: '2' } },
  {
    what: 'a line that ends with a backslash goes on, without leading whitespace',
    text: 'a=1,\\\n   2,\\\n\t3',
    entries: { a: '1,2,3' },
  },
  { what: 'an even number of backslashes ends the line', text: 'a=1\\\\\nb=2', entries: { a: '1\\', b: '2' } },
  { what: 'three backslashes continue it', text: 'a=1\\\\\\\n2', entries: { a: '1\\2' } },
  { what: 'a continued line is no comment', text: 'a=1\\\n#2', entries: { a: '1#2' } },
  { what: 'a blank line ends a continuation', text: 'a=1\\\n\nb=2', entries: { a: '1', b: '2' } },
  {
    what: 'after a line of nothing but a backslash, a comment is a comment',
    text: '\\\n# c\na=1',
    entries: { a: '1' },
  },
  { what: 'a backslash at the end of the file is dropped', text: 'a=1\\', entries: { a: '1' } },
  {
    what: 'line ends may be those of Unix, Windows or an old Mac',
    text: 'a=1\r\nb=2\rc=3\nd=4\\\r\n5',
    entries: { a: '1', b: '2', c: '3', d: '45' },
  },
  {
    what: 'separators in keys are escaped',
    text: 'a\\=b=1\nc\\:d=2\ne\\ f=3',
    entries: { 'a=b': '1', 'c:d': '2', 'e f': '3' },
  },
  { what: 'escapes of whitespace', text: 'a=x\\ty\\nz\\fw\\rv', entries: { a: 'x\ty\nz\fw\rv' } },
  { what: 'escapes of Unicode', text: 'a=\\u00e9\\u20AC\nb\\u002Ec=1', entries: { a: 'é€', 'b.c': '1' } },
  { what: 'a surrogate pair in two escapes', text: 'a=\\ud83d\\ude00', entries: { a: '😀' } },
  { what: 'a backslash before any other character is dropped', text: 'a=\\q\\"\\z', entries: { a: 'q"z' } },
  { what: 'the last of a repeated key counts', text: 'a=1\na=2', entries: { a: '2' } },
  {
    what: 'keys named like properties of objects are keys',
    text: 'constructor=1\n__proto__=2',
    entries: { constructor: '1', ['__proto__']: '2' },
  },
]

for (const { what, text, entries } of table) {
  test(`properties: ${what}`, () => {
    assert.deepEqual([...parseProperties(text)], Object.entries(entries))
  })
}

test('properties: a file as people write it', () => {
  const text = `
############################# Server Basics #############################
broker.id=0

#listeners=PLAINTEXT://:9092
log.dirs = /tmp/kafka-logs
log.retention.hours=168
`
  assert.deepEqual(
    [...parseProperties(text)],
    [
      ['broker.id', '0'],
      ['log.dirs', '/tmp/kafka-logs'],
      ['log.retention.hours', '168'],
    ],
  )
})
