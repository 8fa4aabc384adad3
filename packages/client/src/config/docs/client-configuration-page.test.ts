import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { clientConfigurationPage } from './client-configuration-page.js'

test('docs/CLIENT-CONFIGURATION.md is what the tables of configs say (else: npm run docs)', () => {
  const page = readFileSync(new URL('../../../../../docs/CLIENT-CONFIGURATION.md', import.meta.url), 'utf8')
  assert.ok(page === clientConfigurationPage(), 'the page is stale')
})

test('every key has a row with a meaning', () => {
  for (const line of clientConfigurationPage().split('\n')) {
    if (line.startsWith('| `')) assert.match(line.split(' | ').at(-1) ?? '', /\S.*\|$/, line)
  }
})
