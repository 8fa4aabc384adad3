/** What the documentation names is there: the files that it links to, and the tests that the status page calls as witnesses. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { root } from './support/broker-process.js'

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs')).map((name) => join('docs', name)),
  ...readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'README.md')),
].filter((page) => page.endsWith('.md') && existsSync(join(root, page)))

for (const page of pages) {
  test(`what ${page} links to is there`, () => {
    const links = readFileSync(join(root, page), 'utf8').matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)
    const missing = Array.from(links, ([, target]) => target as string).filter(
      (target) => !existsSync(join(root, dirname(page), target)),
    )
    assert.deepEqual(missing, [])
  })
}

test('what the status page calls as a witness is there', () => {
  const missing: string[] = []
  for (const [, shownBy] of readFileSync(join(root, 'docs/STATUS.md'), 'utf8').matchAll(/^\|[^|]+\| (.*) \|$/gm)) {
    // A name without a folder lies where the one before it lies, or below the packages and folders named in the row.
    const folders: string[] = []
    for (const [, name] of (shownBy ?? '').matchAll(/`([^`\s]+\.(?:test|contract)\.ts|[\w.-]+\/[^`\s]+)`/g)) {
      const candidates = ['', ...folders].map((folder) => join(folder, name as string))
      const found = candidates.find(isThere)
      if (found === undefined) missing.push(name as string)
      else for (let folder = dirname(found); folder !== '.'; folder = dirname(folder)) folders.unshift(folder)
    }
  }
  assert.deepEqual(missing, [])
})

/** A last part with `*` stands for any file that matches. */
function isThere(path: string): boolean {
  if (!path.includes('*')) return existsSync(join(root, path))
  const folder = join(root, dirname(path))
  const [before = '', after = ''] = path.slice(dirname(path).length + 1).split('*')
  if (!existsSync(folder)) return false
  return readdirSync(folder).some((name) => name.startsWith(before) && name.endsWith(after))
}
