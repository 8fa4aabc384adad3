import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logLevelsMistake, parseLogLevels } from './log-levels.js'

test('levels by logger', () => {
  assert.deepEqual(
    parseLogLevels(['root=WARN', 'millrace.log=debug']),
    new Map([
      ['root', 'WARN'],
      ['millrace.log', 'DEBUG'],
    ]),
  )
  assert.deepEqual(parseLogLevels([]), new Map())
})

for (const item of ['root', 'root=', '=INFO', 'root=LOUD', 'a b=INFO']) {
  test(`${item} is refused`, () => assert.match(logLevelsMistake([item]) ?? '', /name=LEVEL/))
}
