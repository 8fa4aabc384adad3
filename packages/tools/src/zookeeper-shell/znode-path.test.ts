import assert from 'node:assert/strict'
import { test } from 'node:test'
import { childOf, pathMistake } from './znode-path.js'

const invalid = (path: string, reason: string) => `Invalid path string "${path}" caused by ${reason}`

const mistakes: readonly (readonly [string, string | undefined])[] = [
  ['/', undefined],
  ['/a/b', undefined],
  ['/a/..b/.c/d..', undefined],
  ['/a b/ü/\u3042', undefined],
  ['', 'Path length must be > 0'],
  ['a', 'Path must start with / character'],
  ['/a/', 'Path must not end with / character'],
  ['//', 'Path must not end with / character'],
  ['/a//b', invalid('/a//b', 'empty node name specified @3')],
  ['//a', invalid('//a', 'empty node name specified @1')],
  ['/./a', invalid('/./a', 'relative paths not allowed @1')],
  ['/a/.', invalid('/a/.', 'relative paths not allowed @3')],
  ['/a/../b', invalid('/a/../b', 'relative paths not allowed @4')],
  ['/a\0', invalid('/a\0', 'null character not allowed @2')],
  ['/a\u0001b', invalid('/a\u0001b', 'invalid character @2')],
  ['/a/b\ud83d\ude00', invalid('/a/b\ud83d\ude00', 'invalid character @4')],
]

for (const [path, mistake] of mistakes) {
  test(`path ${JSON.stringify(path)}: ${mistake ?? 'fine'}`, () => assert.equal(pathMistake(path), mistake))
}

test('the root has children without two slashes', () => {
  assert.equal(childOf('/', 'a'), '/a')
  assert.equal(childOf('/a', 'b'), '/a/b')
})
