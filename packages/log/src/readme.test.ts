import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

test('the example in the README runs, and prints what was appended', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1]
  assert.ok(example !== undefined, 'the README has an example')
  assert.match(example, /\/tmp\/millrace-example/)
  const folder = await mkdtemp(join(tmpdir(), 'millrace-readme-'))
  // Beside the compiled package, so that its name is found.
  const script = fileURLToPath(new URL(`./readme-example-${process.pid}.mjs`, import.meta.url))
  try {
    await writeFile(script, example.replace('/tmp/millrace-example', folder))
    const { stdout } = await promisify(execFile)(process.execPath, [script])
    assert.equal(stdout, '0 hello\n')
  } finally {
    await rm(script, { force: true })
    await rm(folder, { recursive: true, force: true })
  }
})
