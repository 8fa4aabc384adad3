/** The JavaScript in the READMEs runs, each block alone, and prints what its comments say. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { root } from './support/broker-process.js'
import { defer } from './support/defer.js'
import { temporaryBroker } from './support/temporary-broker.js'

const run = promisify(execFile)
/** Where an example finds its broker. */
const usualPort = 9092

for (const folder of ['', ...readdirSync(join(root, 'packages')).map((name) => join('packages', name))]) {
  const page = join(folder, 'README.md')
  test(`the examples in ${page}`, async (t) => {
    const readme = readFileSync(join(root, page), 'utf8')
    const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code as string)
    assert.ok(examples.length > 0, 'a README has an example')
    for (const example of examples) {
      const dir = mkdtempSync(join(tmpdir(), 'millrace-readme-'))
      defer(t, () => rmSync(dir, { recursive: true, force: true }))
      symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
      let code = example
      if (example.includes(`localhost:${usualPort}`) || example.includes(`port: ${usualPort},\n  clientId`)) {
        const { broker } = await temporaryBroker(t)
        code = example.replaceAll(String(usualPort), String(broker.listeners[0]?.port))
      }
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
        cwd: dir,
        timeout: 60_000,
      })
      for (const [, expected] of example.matchAll(/console\.log\(.*\/\/ (.*)$/gm)) {
        assert.ok(stdout.split('\n').includes(expected as string), `${expected} in ${stdout}`)
      }
    }
  })
}
