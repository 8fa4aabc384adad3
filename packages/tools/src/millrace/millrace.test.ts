import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { kafkaRunClass } from '../kafka-run-class.js'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { completion } from './completion.js'
import { millrace } from './millrace.js'
import { umbrellaNames } from './umbrella-names.js'

async function run(...args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const stdin = new PassThrough().end()
  const io = { stdin, stdout, stderr, env: {}, interruption: () => new AbortController().signal }
  const code = await millrace(args, io)
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') }
}

test('the short names, and any other command line without its kafka-', async (t) => {
  const names = umbrellaNames()
  assert.equal(names.get('topics'), 'kafka-topics')
  assert.equal(names.get('produce'), 'kafka-console-producer')
  assert.equal(names.get('consume'), 'kafka-console-consumer')
  assert.equal(names.get('groups'), 'kafka-consumer-groups')
  assert.equal(names.get('dump-log'), 'kafka-dump-log')
  const { bootstrap } = await toolBroker(t)
  assert.equal(
    (await run('topics', '--bootstrap-server', bootstrap, '--create', '--topic', 'x')).stdout,
    'Created topic x.\n',
  )
  assert.equal((await run('kafka-topics', '--bootstrap-server', bootstrap, '--list')).stdout, 'x\n')
})

test('help names the commands; a misspelt one gets its nearest', async () => {
  const help = await run('--help')
  assert.match(help.stdout, /^ {2}start .*$/m)
  assert.match(help.stdout, /^ {2}consume +kafka-console-consumer$/m)
  assert.equal(help.code, 0)
  const nothing = await run()
  assert.deepEqual([nothing.code, nothing.stderr], [1, help.stdout])
  const wrong = await run('topcs', '--list')
  assert.deepEqual([wrong.code, wrong.stderr], [1, 'millrace has no command topcs. Did you mean topics?\n'])
  assert.match((await run('topics', '--help')).stdout, /Usage: millrace topics \[options\]/)
})

test('completion: bash offers commands, options and the values of options', async () => {
  const { stdout } = await runCommand(completion, ['bash'])
  const complete = (...words: readonly string[]) => {
    const script = `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _millrace ${words[0]}; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout: offered, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
    assert.equal(stderr, '')
    return offered.trim().split('\n')
  }
  assert.deepEqual(complete('millrace', 'top'), ['topics'])
  assert.deepEqual(complete('kafka-topics.sh', '--under-r'), ['--under-replicated-partitions'])
  assert.deepEqual(complete('millrace', 'topics', '--cre'), ['--create'])
  assert.match((await runCommand(completion, ['fish'])).stdout, /^complete -c kafka-topics -l partitions -r -d '/m)
  const refused = await runCommand(completion, ['tcsh'])
  assert.equal(refused.code, 1)
})

test('kafka-run-class: the tool behind a Java class of any version', async () => {
  const called: unknown[] = []
  const tool = async (name: string, args: readonly string[]) => void called.push([name, ...args])
  await kafkaRunClass(['kafka.tools.GetOffsetShell', '--topic', 't'], tool)
  await kafkaRunClass(['-name', 'x', '-loggc', 'org.apache.kafka.tools.TopicCommand', '--list'], tool)
  assert.deepEqual(called, [
    ['kafka-get-offsets', '--topic', 't'],
    ['kafka-topics', '--list'],
  ])
})
