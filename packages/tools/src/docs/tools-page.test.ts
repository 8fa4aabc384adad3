import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { toolNames } from '../index.js'
import { toolsPage } from './tools-page.js'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

test('docs/TOOLS.md is what the tables of options say: npm run docs', async () => {
  assert.equal(readFileSync(join(root, 'docs/TOOLS.md'), 'utf8'), await toolsPage())
})

test('every tool is in bin/ and after an installation, with and without .sh', () => {
  const inBin = readdirSync(join(root, 'bin'))
  const { bin } = JSON.parse(readFileSync(join(root, 'packages/tools/package.json'), 'utf8'))
  for (const name of toolNames) {
    assert.ok(inBin.includes(name) && inBin.includes(`${name}.sh`), `bin/${name}`)
    assert.equal(bin[name], './dist/main.js', name)
    assert.equal(bin[`${name}.sh`], './dist/main.js', name)
  }
})
