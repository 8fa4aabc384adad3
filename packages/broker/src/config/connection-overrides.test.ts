import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConnectionOverrides } from './connection-overrides.js'

for (const [text, entries] of [
  ['', []],
  ['127.0.0.1:100', [['127.0.0.1', 100]]],
  [
    'client.example.com:5, 10.0.0.1:0',
    [
      ['client.example.com', 5],
      ['10.0.0.1', 0],
    ],
  ],
  ['::1:7', [['::1', 7]]],
  ['[2001:db8::1]:7', [['2001:db8::1', 7]]],
] as const) {
  test(`max.connections.per.ip.overrides "${text}" is read`, () => {
    assert.deepEqual([...(parseConnectionOverrides(text) ?? [])], entries)
  })
}

for (const text of ['127.0.0.1', '127.0.0.1:many', '127.0.0.1:-1', ':5']) {
  test(`max.connections.per.ip.overrides "${text}" is refused`, () => {
    assert.equal(parseConnectionOverrides(text), undefined)
  })
}
