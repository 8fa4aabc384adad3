/** Expected texts were recorded from kafka-features of Apache Kafka 3.9.1, those of the last two commands from 4.x. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaFeatures } from './kafka-features.js'

test('what comes with a release, and what features need', async () => {
  const mapping = await runCommand(kafkaFeatures, ['version-mapping', '--release-version', '4.1-IV0'])
  assert.equal(
    mapping.stdout,
    'metadata.version=26 (4.1-IV0)\nkraft.version=1\ntransaction.version=2\ngroup.version=1\neligible.leader.replicas.version=1\nshare.version=0\nstreams.version=0\n',
  )
  const args = ['--feature', 'metadata.version=7', '--feature', 'eligible.leader.replicas.version=1']
  const needs = await runCommand(kafkaFeatures, ['feature-dependencies', ...args])
  assert.equal(
    needs.stdout,
    'metadata.version=7 (3.3-IV3) has no dependencies.\neligible.leader.replicas.version=1 requires:\n    metadata.version=23 (4.0-IV1)\n',
  )
})

test('a broker without features shows none, and cannot change them', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const at = ['--bootstrap-server', bootstrap]
  assert.deepEqual(await runCommand(kafkaFeatures, [...at, 'describe']), { code: 0, stdout: '', stderr: '' })
  const upgraded = await runCommand(kafkaFeatures, [...at, 'upgrade', '--feature', 'metadata.version=21'])
  assert.equal(upgraded.code, 1)
  assert.match(upgraded.stdout, /^Could not upgrade metadata\.version to 21\. The brokers do not support this: /)
  assert.equal(upgraded.stderr, '1 out of 1 operation(s) failed.\n')
})

test('what is no feature and level is refused', async () => {
  const refused: [message: string, ...args: string[]][] = [
    ["Can't parse feature=level string x: equals sign not found.", 'upgrade', '--feature', 'x'],
    ["Can't parse feature=level string x=y: unable to parse y as a short.", 'upgrade', '--feature', 'x=y'],
    ['You must specify at least one feature to upgrade', 'upgrade'],
    ['Feature x was specified more than once.', 'disable', '--feature', 'x', '--feature', 'x'],
    ['Unknown feature: x', 'feature-dependencies', '--feature', 'x=1'],
    [
      'Can not specify `release-version` with other feature flags.',
      ...['downgrade', '--release-version', '3.9-IV0', '--feature', 'x=1'],
    ],
  ]
  for (const [message, ...args] of refused) {
    const result = await runCommand(kafkaFeatures, ['--bootstrap-server', '127.0.0.1:1', ...args])
    assert.deepEqual(result, { code: 1, stdout: '', stderr: `${message}\n` })
  }
})
