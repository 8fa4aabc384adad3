/** The JavaScript in the packages' READMEs runs, each block alone, and prints what its comments say. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './support/broker-process.js'
import { defer } from './support/defer.js'

for (const name of readdirSync(join(root, 'packages'))) {
  test(`the examples in the README of ${name}`, (t) => {
    const readme = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')
    const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code as string)
    assert.ok(examples.length > 0, 'a README has an example')
    for (const code of examples) {
      const dir = mkdtempSync(join(tmpdir(), 'millrace-readme-'))
      defer(t, () => rmSync(dir, { recursive: true, force: true }))
      symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
        cwd: dir,
        encoding: 'utf8',
        timeout: 60_000,
      })
      assert.equal(status, 0, stderr)
      for (const [, expected] of code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)) {
        assert.ok(stdout.split('\n').includes(expected as string), `${expected} in ${stdout}`)
      }
    }
  })
}
