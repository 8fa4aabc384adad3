// The producer and the consumer of @millrace/client: their own tests, against brokers in processes of their own. Against ours,
// and, unless another one is asked for, against Apache's oldest and newest, which have transactions too.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBroker, target } from '../lib/brokers.mjs'
import { rootDir } from '../lib/paths.mjs'
import { runProgram } from '../lib/programs.mjs'
import { readsOldFormats } from './old-formats.mjs'

const everywhere = [
  'producer/kafka-producer',
  'producer/producer-metrics',
  'producer/faults',
  'producer/leader-hints',
  'consumer/kafka-consumer',
  'consumer/group',
  'consumer/run',
  'consumer/interceptors',
  'consumer/consumer-metrics',
  'consumer/leader-hints',
  'consumer/lifetime',
]
const withTransactions = ['consumer/reading', 'producer/transactions', 'consumer/exactly-once']
const kinds = target === 'millrace' ? ['millrace', 'apache-2.5', 'apache-4.x'] : [target]

for (const kind of kinds) {
  test(`the tests of producer and consumer against ${kind}`, async (t) => {
    // Sessions in these tests are short.
    const properties = { 'group.min.session.timeout.ms': 100, 'group.initial.rebalance.delay.ms': 0 }
    const broker = await startBroker({ kind, properties })
    t.after(() => broker.dispose())
    const names = kind === 'millrace' ? everywhere : [...everywhere, ...withTransactions]
    const files = names.map((name) => join(rootDir, 'packages/client/dist', `${name}.test.js`))
    // Not as a part of this run: Node would skip them.
    const env = { MILLRACE_TEST_BOOTSTRAP: broker.bootstrap, NODE_TEST_CONTEXT: undefined }
    const { stdout, stderr } = await runProgram('node', ['--test', '--test-concurrency=2', ...files], {
      env,
      timeoutMs: 240_000,
    })
    assert.match(stdout, /^# fail 0$/m, stdout + stderr)
    assert.doesNotMatch(stdout, /^# pass 0$/m)
    t.diagnostic(stdout.match(/^# pass \d+$/m)?.[0] ?? '')
    if (kind === 'apache-2.5')
      await t.test('messages of the formats before batches', () => readsOldFormats(broker.bootstrap))
  })
}
