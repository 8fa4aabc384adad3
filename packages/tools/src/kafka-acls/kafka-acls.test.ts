/** Expected texts were recorded from kafka-acls of Apache Kafka 3.9.1, entries in the order in which brokers give them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from '../command-line/parse-options.js'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaAcls } from './kafka-acls.js'
import { type AclsInvocation, options } from './options.js'
import { entryText, plannedAcls, resourceText } from './planned-acls.js'

function planned(...args: readonly string[]): readonly string[] {
  const { values, given, occurrences } = parseOptions(options, args)
  const invocation = { options: values, given, occurrences } as unknown as AclsInvocation
  return plannedAcls(invocation).flatMap(({ resource, entries }) => [
    resourceText(resource),
    ...entries.map((entry) => entryText(entry)),
  ])
}

test('entries are made of principals, operations and hosts', () => {
  assert.deepEqual(
    planned(
      '--topic',
      'orders',
      '--allow-principal',
      'User:alice',
      '--operation',
      'Read',
      '--operation',
      'DESCRIBE_CONFIGS',
    ),
    [
      'ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)',
      '(principal=User:alice, host=*, operation=READ, permissionType=ALLOW)',
      '(principal=User:alice, host=*, operation=DESCRIBE_CONFIGS, permissionType=ALLOW)',
    ],
  )
  const prefixed = ['--topic', 'pre', '--resource-pattern-type', 'prefixed', '--deny-principal', 'User:eve']
  assert.deepEqual(planned(...prefixed, '--deny-host', '10.0.0.1'), [
    'ResourcePattern(resourceType=TOPIC, name=pre, patternType=PREFIXED)',
    '(principal=User:eve, host=10.0.0.1, operation=ALL, permissionType=DENY)',
  ])
})

test('what producers and consumers need', () => {
  const producer = ['--producer', '--idempotent', '--allow-principal', 'User:bob', '--topic', 'orders']
  const ofBob = (operation: string) => `(principal=User:bob, host=*, operation=${operation}, permissionType=ALLOW)`
  assert.deepEqual(planned(...producer), [
    'ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)',
    ...['WRITE', 'DESCRIBE', 'CREATE'].map(ofBob),
    'ResourcePattern(resourceType=CLUSTER, name=kafka-cluster, patternType=LITERAL)',
    ofBob('IDEMPOTENT_WRITE'),
  ])
  const consumer = ['--consumer', '--allow-principal', 'User:bob', '--topic', 'orders', '--group', 'g']
  assert.deepEqual(planned(...consumer), [
    'ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)',
    ...['READ', 'DESCRIBE'].map(ofBob),
    'ResourcePattern(resourceType=GROUP, name=g, patternType=LITERAL)',
    ofBob('READ'),
  ])
  assert.deepEqual(planned('--producer', ...consumer).slice(1, 5), ['READ', 'DESCRIBE', 'WRITE', 'CREATE'].map(ofBob))
})

test('an operation that a resource does not know is refused', () => {
  const args = ['--topic', 'x', '--allow-principal', 'User:a', '--operation', 'ClusterAction']
  assert.throws(() => planned(...args), /ResourceType TOPIC only supports operations Read, Write, Create/)
  assert.throws(() => planned('--topic', 'x', '--allow-principal', 'bad'), /expected a string in format principalType:/)
})

test('a broker without access control is told of', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const { code, stdout } = await runCommand(kafkaAcls, ['--bootstrap-server', bootstrap, '--list'])
  assert.equal(code, 1)
  assert.match(stdout, /^Error while executing ACL command: The brokers do not support this: .*DescribeAcls/)
})

test('removing asks first, and does nothing without a yes', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const args = ['--bootstrap-server', bootstrap, '--remove', '--cluster']
  const question =
    'Are you sure you want to delete all ACLs for resource filter `ResourcePattern(resourceType=CLUSTER, name=kafka-cluster, patternType=LITERAL)`? (y/n)\n'
  assert.deepEqual(await runCommand(kafkaAcls, args, { stdin: 'n\n' }), { code: 0, stdout: question, stderr: '' })
  assert.deepEqual(await runCommand(kafkaAcls, args), { code: 0, stdout: question, stderr: '' })
  const { code } = await runCommand(kafkaAcls, args, { stdin: 'Y\n' })
  assert.equal(code, 1)
})

test('options that do not go together are refused', async () => {
  const refused: [message: string, ...args: string[]][] = [
    ['Command must include exactly one action: --list, --add, --remove. ', '--add', '--list'],
    ['Option "[list]" can\'t be used with option "[producer]"', '--list', '--producer'],
    ['With --producer you must specify a --topic', '--add', '--producer', '--allow-principal', 'User:a'],
    ['The --principal option is only available if --list is set', '--add', '--principal', 'User:a', '--topic', 'x'],
    ['The --idempotent option is only available if --producer is set', '--add', '--topic', 'x', '--idempotent'],
    [
      'You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.',
      ...['--add', '--topic', 'x'],
    ],
    [
      "A '--resource-pattern-type' value of 'MATCH' is not valid when adding acls.",
      ...['--add', '--topic', 'x', '--allow-principal', 'User:a', '--resource-pattern-type', 'match'],
    ],
  ]
  for (const [message, ...args] of refused) {
    const { code, stdout, stderr } = await runCommand(kafkaAcls, ['--bootstrap-server', '127.0.0.1:1', ...args])
    assert.deepEqual({ code, stdout, first: stderr.split('\n')[0] }, { code: 1, stdout: '', first: message })
  }
})
