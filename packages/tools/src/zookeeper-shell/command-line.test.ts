import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { splitCommandLine } from './command-line.js'

const table: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  ['  \t ', []],
  ['ls /', ['ls', '/']],
  ['  ls\t/a  ', ['ls', '/a']],
  ['set /a "two words"', ['set', '/a', 'two words']],
  ['set /a \'it is "x"\'', ['set', '/a', 'it is "x"']],
  ['set /a ""', ['set', '/a', '']],
  // A quote within a word is a character, and one behind a quoted word begins another.
  ['set /a it\'s"so"', ['set', '/a', 'it\'s"so"']],
  ['"a"b"c"', ['a', 'b"c"']],
  // Never closed: left out.
  ['set /a "open end', ['set', '/a', 'open', 'end']],
  ['# a comment', []],
  ['ls / # a comment', ['ls', '/']],
  ['ls / #', ['ls', '/']],
  ['ls /#no comment', ['ls', '/#no', 'comment']],
  ['set /a "# no comment" # one', ['set', '/a', '# no comment']],
  ['set /a "x"#y', ['set', '/a', 'x', '#y']],
]

for (const [line, words] of table) {
  test(`command line ${JSON.stringify(line)}`, () => assert.deepEqual(splitCommandLine(line), words))
}

test('command line: words in quotes come back as they were', () => {
  const word = fc.string().filter((text) => !text.includes('"'))
  fc.assert(
    fc.property(fc.array(word), (words) => {
      assert.deepEqual(splitCommandLine(words.map((text) => `"${text}"`).join(' ')), words)
    }),
  )
})
