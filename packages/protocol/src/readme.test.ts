import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { execPath } from 'node:process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!)

test('the examples in the README run, and print what they say', () => {
  assert.ok(examples.length > 0)
  for (const code of examples) {
    const { status, stdout, stderr } = spawnSync(execPath, ['--input-type=module', '--eval', code], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    for (const [, expected] of code.matchAll(/^console\.log\(.*\/\/ (.*)$/gm)) {
      assert.ok(stdout.split('\n').includes(expected!), `${expected} in ${stdout}`)
    }
  }
})
