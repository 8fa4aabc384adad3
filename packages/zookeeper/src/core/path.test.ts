import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isValidPath, parentPath, pathAndParents, sequentialSuffix } from './path.js'

test('paths that may name a node', () => {
  for (const path of ['/', '/a', '/a/b.c', '/a/..b', '/a/b..', '/é/€', '/a b', '/<default>', '/\uffef']) {
    assert.equal(isValidPath(path), true, path)
  }
})

test('paths that may not', () => {
  const bad = ['', 'a', 'a/b', '/a/', '//', '/a//b', '/.', '/..', '/a/./b', '/a/../b', '/a/.', '/a/..']
  const characters = [
    '\0',
    '\u0001',
    '\u001f',
    '\u007f',
    '\u009f',
    '\ud800',
    '\ud83d\ude00',
    '\ue000',
    '\uf8ff',
    '\ufff0',
    '\uffff',
  ]
  for (const path of [...bad, ...characters.map((character) => `/a${character}b`)]) {
    assert.equal(isValidPath(path), false, JSON.stringify(path))
  }
})

test('parents', () => {
  assert.equal(parentPath('/a'), '/')
  assert.equal(parentPath('/a/b'), '/a')
  assert.equal(parentPath('a'), undefined)
  assert.equal(parentPath('/a\0/b'), undefined)
  assert.deepEqual([...pathAndParents('/a/b')], ['/a/b', '/a', '/'])
})

test('sequential numbers have ten digits and wrap as int32', () => {
  assert.equal(sequentialSuffix(7), '0000000007')
  assert.equal(sequentialSuffix(2 ** 31 - 1), '2147483647')
  assert.equal(sequentialSuffix(2 ** 31), '-2147483648')
  assert.equal(sequentialSuffix(-1), '-000000001')
})
