import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseShellArguments } from './shell-options.js'

const usual = {
  connectString: 'h:1',
  timeoutMs: 30_000,
  waitsForConnection: false,
  tlsConfigFile: undefined,
  command: undefined,
}

const table: readonly (readonly [string, Partial<ReturnType<typeof parseShellArguments>>])[] = [
  ['h:1', {}],
  ['h:1/chroot ls /', { connectString: 'h:1/chroot', command: ['ls', '/'] }],
  ['h:1 -timeout 5000 ls -s /', { timeoutMs: 5000, command: ['ls', '-s', '/'] }],
  ['h:1 -waitforconnection -r quit', { waitsForConnection: true, command: ['quit'] }],
  ['h:1 -zk-tls-config-file tls.properties', { tlsConfigFile: 'tls.properties' }],
  ['-server h:2 ls /', { connectString: 'h:2', command: ['ls', '/'] }],
  ['-timeout 1', { connectString: 'localhost:2181', timeoutMs: 1 }],
]
for (const [line, expected] of table) {
  test(`zookeeper-shell ${line}`, () => {
    assert.deepEqual(parseShellArguments(line.split(' ')), { ...usual, ...expected })
  })
}

for (const [words, message] of [
  [[], /^USAGE: zookeeper-shell zookeeper_host:port/],
  [['h:1', '-timeout'], /^Error: no argument found for option -timeout$/],
  [['h:1', '-timeout', 'soon'], /^-timeout needs a number of milliseconds, not 'soon'/],
  [['h:1', '-frobnicate'], /^-frobnicate is not an option\.\nUSAGE/],
] as const) {
  test(`zookeeper-shell ${words.join(' ')}: refused`, () => {
    assert.throws(() => parseShellArguments(words), { name: 'CommandError', message })
  })
}
