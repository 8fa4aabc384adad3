import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boolean, double, int, list, long, parseConfig, short, string } from './config-key.js'

const right: readonly [string, Parameters<typeof parseConfig>[0], string, unknown][] = [
  ['boolean', boolean('true'), 'TRUE', true],
  ['boolean', boolean('true'), ' false ', false],
  ['int', int('0'), '2147483647', 2147483647],
  ['int', int('0'), '-2147483648', -2147483648],
  ['int', int('0'), '+5', 5],
  ['short', short('0'), '32767', 32767],
  ['long', long('0'), '9223372036854775807', 2 ** 63],
  ['long', long('0'), '+604800000', 604800000],
  ['long', long('0'), '-1', -1],
  ['double', double('0'), '1.7976931348623157E308', Number.MAX_VALUE],
  ['list', list(''), '', []],
  ['list', list(''), 'a , b,c', ['a', 'b', 'c']],
  ['string', string(''), '  text ', 'text'],
  ['int', int('0', { min: 1, max: 3 }), '3', 3],
  ['list', list('', { oneOf: ['compact', 'delete'] }), 'compact,delete', ['compact', 'delete']],
]

for (const [kind, key, text, value] of right) {
  test(`"${text}" is a ${kind}`, () => {
    assert.deepEqual(parseConfig(key, text), { value })
  })
}

const wrong: readonly [Parameters<typeof parseConfig>[0], string, string][] = [
  [boolean('true'), 'yes', 'must be true or false'],
  [boolean('true'), '', 'must be true or false'],
  [int('0'), '2147483648', 'must be a whole number (int)'],
  [int('0'), '1.5', 'must be a whole number (int)'],
  [int('0'), '1e3', 'must be a whole number (int)'],
  [int('0'), '0x10', 'must be a whole number (int)'],
  [int('0'), '', 'must be a whole number (int)'],
  [short('0'), '32768', 'must be a whole number (short)'],
  [long('0'), '9223372036854775808', 'must be a whole number (long)'],
  [long('0'), '-9223372036854775809', 'must be a whole number (long)'],
  [long('0'), '7 days', 'must be a whole number (long)'],
  [double('0'), 'half', 'must be a number'],
  [double('0'), '', 'must be a number'],
  [int('0', { min: 1 }), '0', 'must be at least 1'],
  [double('0.5', { max: 1 }), '1.1', 'must be at most 1'],
  [string('a', { oneOf: ['a', 'b'] }), 'c', 'must be one of a, b'],
  [list('a', { oneOf: ['a', 'b'] }), 'a,c', 'must be one of a, b'],
  [string('', { refuse: () => 'is not served' }), 'x', 'is not served'],
]

for (const [key, text, mistake] of wrong) {
  test(`"${text}" is refused: ${mistake} (${key.kind})`, () => {
    assert.deepEqual(parseConfig(key, text), { mistake })
  })
}
