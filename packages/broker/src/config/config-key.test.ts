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
  [boolean('true'), 'yes', 'Expected value to be either true or false'],
  [boolean('true'), '', 'Expected value to be either true or false'],
  [int('0'), '2147483648', 'Not a number of type INT'],
  [int('0'), '1.5', 'Not a number of type INT'],
  [int('0'), '1e3', 'Not a number of type INT'],
  [int('0'), '0x10', 'Not a number of type INT'],
  [int('0'), '', 'Not a number of type INT'],
  [short('0'), '32768', 'Not a number of type SHORT'],
  [long('0'), '9223372036854775808', 'Not a number of type LONG'],
  [long('0'), '-9223372036854775809', 'Not a number of type LONG'],
  [long('0'), '7 days', 'Not a number of type LONG'],
  [double('0'), 'half', 'Not a number of type DOUBLE'],
  [double('0'), '', 'Not a number of type DOUBLE'],
  [int('0', { min: 1 }), '0', 'Value must be at least 1'],
  [double('0.5', { max: 1 }), '1.1', 'Value must be no more than 1'],
  [string('a', { oneOf: ['a', 'b'] }), 'c', 'String must be one of: a, b'],
  [list('a', { oneOf: ['a', 'b'] }), 'a,c', 'String must be one of: a, b'],
  [string('', { refuse: () => 'is not served' }), 'x', 'is not served'],
]

for (const [key, text, mistake] of wrong) {
  test(`"${text}" is refused: ${mistake} (${key.kind})`, () => {
    assert.deepEqual(parseConfig(key, text), { mistake })
  })
}
