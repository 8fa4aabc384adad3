import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brokerConfigs } from '../broker-config.js'
import type { ConfigTable } from '../config-key.js'
import { topicConfigs } from '../keys/topic.js'
import { configurationPage } from './configuration-page.js'

test('docs/CONFIGURATION.md is what the tables of configs say (else: npm run docs)', () => {
  const page = readFileSync(new URL('../../../../../docs/CONFIGURATION.md', import.meta.url), 'utf8')
  assert.ok(page === configurationPage(), 'the page is stale')
})

test('every key has a row, and every key with an effect a meaning', () => {
  const rows = configurationPage().split('\n')
  const tables: ConfigTable = { ...brokerConfigs, ...topicConfigs }
  for (const name of Object.keys(tables)) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\` |`))
    const meaning = row?.split(' | ').at(-2) ?? ''
    assert.match(meaning, /\S/, name)
  }
})
