import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaDelegationTokens } from './kafka-delegation-tokens.js'

test('a broker without tokens is told of', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const at = ['--bootstrap-server', bootstrap, '--command-config', '/dev/null']
  const described = await runCommand(kafkaDelegationTokens, [...at, '--describe', '--owner-principal', 'User:a'])
  assert.equal(described.code, 1)
  assert.equal(described.stdout, 'Calling describe token operation for owners: [User:a]\n')
  assert.match(described.stderr, /^The brokers do not support this: .*DescribeDelegationToken/)
  const created = await runCommand(kafkaDelegationTokens, [...at, '--create', '--max-life-time-period', '-1'])
  assert.equal(created.stdout, 'Calling create token operation with renewers :[] , max-life-time-period :-1\n')
})

test('options that do not go together are refused, in the words of Kafka 3.9.1', async () => {
  const refused: [message: string, ...args: string[]][] = [
    ['Missing required argument "[command-config]"', '--create'],
    ['Missing required argument "[max-life-time-period]"', '--create', '--command-config', 'x'],
    ['Command must include exactly one action: --create, --renew, --expire or --describe', '--create', '--describe'],
    [
      'Option "[renew]" can\'t be used with option "[max-life-time-period]"',
      ...['--renew', '--command-config', 'x', '--hmac', 'YWJj', '--renew-time-period', '-1'],
      ...['--max-life-time-period', '1'],
    ],
  ]
  for (const [message, ...args] of refused) {
    const { code, stderr } = await runCommand(kafkaDelegationTokens, ['--bootstrap-server', '127.0.0.1:1', ...args])
    assert.deepEqual({ code, first: stderr.split('\n')[0] }, { code: 1, first: message })
  }
})
