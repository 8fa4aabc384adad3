import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineParser } from './line-parser.js'

const parse = (line: string, properties: Record<string, string> = {}) =>
  new LineParser(new Map(Object.entries(properties))).parse(line)

test('a line is a value', () => {
  assert.deepEqual(parse('a\tb'), { key: null, value: 'a\tb', headers: [] })
  assert.deepEqual(parse(''), { key: null, value: '', headers: [] })
})

test('a key before the first separator', () => {
  const on = { 'parse.key': 'true', 'key.separator': '-' }
  assert.deepEqual(parse('Pangyo-23-4', on), { key: 'Pangyo', value: '23-4', headers: [] })
  assert.deepEqual(parse('-23', on), { key: '', value: '23', headers: [] })
  assert.deepEqual(parse('k\tv', { 'parse.key': 'TRUE ' }), { key: 'k', value: 'v', headers: [] })
  assert.throws(() => parse('23', on), /^ToolError: No key separator found on line number 1: '23'$/)
  assert.deepEqual(parse('23', { ...on, 'ignore.error': 'true' }), { key: null, value: '23', headers: [] })
})

test('headers before the key', () => {
  const on = { 'parse.headers': 'true', 'parse.key': 'true' }
  const headers = [
    ['h1', 'v1'],
    ['h2', 'v:2'],
    ['h1', ''],
  ]
  assert.deepEqual(parse('h1:v1,h2:v:2,h1:\tk\tv', on), { key: 'k', value: 'v', headers })
  assert.throws(() => parse('h1\tk\tv', on), /No header key separator found in pair 'h1' on line number 1/)
  assert.deepEqual(parse('h1\tk\tv', { ...on, 'ignore.error': 'true' }).headers, [['h1', null]])
})

test('what equals the null marker is null, and no name of a header', () => {
  const on = { 'parse.headers': 'true', 'parse.key': 'true', 'null.marker': 'NULL' }
  assert.deepEqual(parse('h:NULL\tNULL\tNULL', on), { key: null, value: null, headers: [['h', null]] })
  assert.deepEqual(parse('NULL\tk\tv', on), { key: 'k', value: 'v', headers: [] })
  assert.throws(() => parse('NULL:x\tk\tv', on), /Header keys should not be equal to the null marker/)
})

test('separators that cannot be told apart are refused', () => {
  assert.throws(
    () => parse('', { 'headers.separator': ':' }),
    /headers.separator and headers.key.separator may not be equal/,
  )
  assert.throws(() => parse('', { 'null.marker': '\t' }), /null.marker and headers.delimiter may not be equal/)
  assert.throws(() => parse('', { 'key.separator': '' }), /key.separator must not be empty/)
})

test('lines are counted', () => {
  const parser = new LineParser(new Map([['parse.key', 'true']]))
  parser.parse('a\tb')
  assert.throws(() => parser.parse('c'), /line number 2/)
})
