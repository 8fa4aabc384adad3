import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaMetadataQuorum } from './kafka-metadata-quorum.js'

test('a cluster without controllers of its own is told of', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const { code, stderr } = await runCommand(kafkaMetadataQuorum, [
    '--bootstrap-server',
    bootstrap,
    'describe',
    '--status',
  ])
  assert.equal(code, 1)
  assert.match(stderr, /^The brokers do not support this: .*DescribeQuorum/)
})

test('options that do not go together are refused, in the words of Kafka 3.9.1', async () => {
  const refused: [message: string, ...args: string[]][] = [
    ['One of --status or --replication must be specified with describe sub-command', 'describe'],
    [
      'Only one of --status or --replication should be specified with describe sub-command',
      ...['describe', '--status', '--replication'],
    ],
    [
      'You must supply the configuration file of the controller you are adding when using add-controller.',
      'add-controller',
    ],
    [
      'Failed to parse --controller-directory-id: Input string `abc` decoded as 2 bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID',
      ...['remove-controller', '--controller-id', '1', '--controller-directory-id', 'abc'],
    ],
  ]
  for (const [message, ...args] of refused) {
    const result = await runCommand(kafkaMetadataQuorum, ['--bootstrap-server', '127.0.0.1:1', ...args])
    assert.deepEqual(result, { code: 1, stdout: '', stderr: `${message}\n` })
  }
})

test('a controller that joins is told from its own files', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-tools-test-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  await writeFile(join(dir, 'meta.properties'), 'directory.id=MkU3OEVBNTcwNTJENDM2Qg\n')
  const file = join(dir, 'controller.properties')
  const lines = ['process.roles=controller', 'node.id=7', `log.dirs=${dir}`, 'controller.listener.names=CONTROLLER']
  await writeFile(file, [...lines, 'listeners=CONTROLLER://:9093,OTHER://h:1', ''].join('\n'))
  const args = ['--bootstrap-server', '127.0.0.1:1', '--command-config', file, 'add-controller', '--dry-run']
  assert.deepEqual(await runCommand(kafkaMetadataQuorum, args), {
    code: 0,
    stdout:
      'DRY RUN of adding controller 7 with directory id MkU3OEVBNTcwNTJENDM2Qg and endpoints: CONTROLLER://localhost:9093\n',
    stderr: '',
  })
  await writeFile(file, lines.slice(1).join('\n'))
  const { stderr } = await runCommand(kafkaMetadataQuorum, args)
  assert.match(stderr, /^process\.roles did not contain 'controller' in configuration file\./)
})
