import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandWords } from './command-options.js'

const options = [{ letter: 's' }, { letter: 'w' }, { letter: 'v', takesValue: true }]

const table: readonly (readonly [string, { args: readonly string[]; found: string; version?: string }])[] = [
  ['/a', { args: ['/a'], found: '' }],
  ['-s /a -w', { args: ['/a'], found: 'sw' }],
  ['-sw /a', { args: ['/a'], found: 'sw' }],
  ['-v 3 /a', { args: ['/a'], found: 'v', version: '3' }],
  ['-v3 /a', { args: ['/a'], found: 'v', version: '3' }],
  ['-v=3 /a', { args: ['/a'], found: 'v', version: '3' }],
  ['-sv 3 /a', { args: ['/a'], found: 'sv', version: '3' }],
  // A number below zero is no option.
  ['-v -1 /a', { args: ['/a'], found: 'v', version: '-1' }],
  // The first one counts.
  ['-v 1 -v 2 /a', { args: ['/a'], found: 'v', version: '1' }],
  ['/a -- -s', { args: ['/a', '-s'], found: '' }],
  ['/a -', { args: ['/a', '-'], found: '' }],
]

for (const [line, expected] of table) {
  test(`options of ${line}`, () => {
    const words = parseCommandWords(line.split(' '), options)
    assert.deepEqual(words.args, expected.args)
    assert.equal(['s', 'w', 'v'].filter((letter) => words.has(letter)).join(''), expected.found)
    assert.equal(words.value('v'), expected.version)
  })
}

for (const [line, message] of [
  ['-z /a', 'Unrecognized option: -z'],
  ['-sz /a', 'Unrecognized option: -sz'],
  ['/a -5', 'Unrecognized option: -5'],
  ['/a -v', 'Missing argument for option: v'],
  ['-v -s /a', 'Missing argument for option: v'],
] as const) {
  test(`options of ${line}: ${message}`, () => {
    assert.throws(() => parseCommandWords(line.split(' '), options), { name: 'CommandError', message })
  })
}
