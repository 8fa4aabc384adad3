// Command lines that need a broker with users: delegation tokens over SASL, and the spellings of 2.x by which ACLs and
// moves of partitions were reached through ZooKeeper. Apache's tools of 3.9 and ours on one Apache broker, line by line.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Tools } from '../apache-tools/tools.mjs'
import { startBroker, target } from '../lib/brokers.mjs'
import { freePort } from '../lib/network.mjs'
import { rootDir } from '../lib/paths.mjs'
import { runProgram, until } from '../lib/programs.mjs'

const kinds = target === 'millrace' ? ['apache-2.5', 'apache-3.9'] : [target]
const passwords = { alice: 'alice-secret', bob: 'bob-secret' }

const folder = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

for (const kind of kinds) {
  test(kind, async (t) => {
    const saslPort = await freePort()
    const broker = await startBroker({
      kind,
      properties: propertiesOf(kind),
      listeners: { USERS: { protocol: 'SASL_PLAINTEXT', port: saslPort } },
      heapMb: 320,
    })
    t.after(() => broker.dispose())
    const tools = await Tools.of('kafka-3.9')
    t.after(() => tools.close())
    const sides = {
      Apache: (tool, args) => tools.run(tool, args),
      ours: (tool, args) => runProgram(join(rootDir, 'bin', tool), args),
    }
    const zookeeper = /^zookeeper\.connect=(.*)$/m.exec(readFileSync(join(broker.home, 'server.properties'), 'utf8'))[1]
    await tokenCases(t, sides, `127.0.0.1:${saslPort}`)
    await aclCases(t, sides, ['--bootstrap-server', broker.bootstrap])
    await aclCases(t, sides, ['--authorizer-properties', `zookeeper.connect=${zookeeper}`])
    await t.test('kafka-reassign-partitions --zookeeper moves what is there', () =>
      reassign(sides.ours, { broker, zookeeper }),
    )
  })
}

function propertiesOf(kind) {
  const users = Object.entries(passwords).map(([user, password]) => `user_${user}="${password}"`)
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule'
  return {
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.users.plain.sasl.jaas.config': `${login} required ${users.join(' ')};`,
    'delegation.token.master.key': 'what signs tokens',
    'authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer',
    'super.users': 'User:ANONYMOUS;User:alice',
    ...(kind === 'apache-2.5' ? {} : { 'delegation.token.secret.key': 'what signs tokens' }),
  }
}

async function tokenCases(t, sides, address) {
  const config = configOf('alice')
  /** Of each side, what it says; with its own token's HMAC behind `--hmac`. */
  const both = async (args, hmacs = {}) => {
    const said = {}
    for (const [name, run] of Object.entries(sides)) {
      const secret = name in hmacs ? ['--hmac', hmacs[name]] : []
      const where = ['--bootstrap-server', address, '--command-config', config]
      const { code, stdout, stderr } = await run('kafka-delegation-tokens', [...where, ...args, ...secret])
      said[name] = { code, stdout, stderr }
    }
    assert.deepEqual(masked(said.ours), masked(said.Apache))
    return said
  }
  /** Without an owner: Apache's tool asks for those of nobody then. The broker hears of tokens from ZooKeeper, a moment later. */
  const seen = (count) =>
    until(
      async () => {
        const where = ['--bootstrap-server', address, '--command-config', config]
        const { stdout } = await sides.ours('kafka-delegation-tokens', [...where, '--describe'])
        return stdout.includes(`Total number of tokens : ${count}\n`)
      },
      { what: `${count} tokens`, timeoutMs: 10_000 },
    )
  const hmacs = {}
  await t.test('kafka-delegation-tokens --create', async () => {
    const said = await both(['--create', '--max-life-time-period', '-1', '--renewer-principal', 'User:bob'])
    for (const [name, { code, stdout }] of Object.entries(said)) {
      assert.equal(code, 0)
      hmacs[name] = /^\S{22} +(\S{88}) +User:alice/m.exec(stdout)?.[1]
      assert.ok(hmacs[name], stdout)
    }
  })
  await t.test('kafka-delegation-tokens --describe', async () => {
    await seen(2)
    await both(['--describe', '--owner-principal', 'User:alice'])
    await both(['--describe', '--owner-principal', 'User:bob'])
  })
  await t.test('kafka-delegation-tokens --renew', async () => {
    const said = await both(['--renew', '--renew-time-period', '-1'], hmacs)
    assert.match(said.ours.stdout, /Completed renew operation\. New expiry date : \d{4}-/)
  })
  await t.test('kafka-delegation-tokens --renew: a token that is not there', async () => {
    const hmac = Buffer.from('no token').toString('base64')
    const said = await both(['--renew', '--renew-time-period', '-1', '--hmac', hmac])
    assert.equal(said.ours.code, 1)
  })
  await t.test('kafka-delegation-tokens --expire', async () => {
    const said = await both(['--expire', '--expiry-time-period', '-1'], hmacs)
    assert.match(said.ours.stdout, /Completed expire operation\. New expiry date : \d{4}-/)
    await seen(0)
    await both(['--describe', '--owner-principal', 'User:alice'])
  })
}

/** A client's file of a user. */
function configOf(user) {
  const file = join(folder, `${user}.properties`)
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule'
  const lines = [
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=PLAIN',
    `sasl.jaas.config=${login} required username="${user}" password="${passwords[user]}";`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

async function aclCases(t, sides, where) {
  const steps = [
    ['--add', '--allow-principal', 'User:bob', '--operation', 'Read', '--topic', 'orders'],
    ['--list', '--topic', 'orders'],
    ['--remove', '--force', '--allow-principal', 'User:bob', '--operation', 'Read', '--topic', 'orders'],
    ['--list'],
  ]
  await t.test(`kafka-acls ${where[0]}`, async () => {
    const said = {}
    for (const [name, run] of Object.entries(sides)) {
      said[name] = []
      for (const step of steps) said[name].push(await run('kafka-acls', [...where, ...step]))
    }
    for (const [at, step] of steps.entries()) {
      const [ours, apache] = [masked(said.ours[at]), masked(said.Apache[at])]
      // Ours says that --zookeeper is the old way.
      assert.deepEqual([ours.code, ours.stdout], [apache.code, apache.stdout], step.join(' '))
    }
    assert.match(said.ours[1].stdout, /principal=User:bob.*operation=READ/)
  })
}

async function reassign(run, { broker, zookeeper }) {
  const must = async (tool, ...args) => {
    const { code, stdout, stderr } = await run(tool, args)
    assert.equal(code, 0, stdout + stderr)
    return stdout
  }
  await must(
    'kafka-topics',
    '--bootstrap-server',
    broker.bootstrap,
    '--create',
    '--topic',
    'moved',
    '--partitions',
    '2',
  )
  const topics = join(folder, 'topics.json')
  const plan = join(folder, 'plan.json')
  writeFileSync(topics, JSON.stringify({ version: 1, topics: [{ topic: 'moved' }] }))
  const move = (...args) => must('kafka-reassign-partitions', '--zookeeper', zookeeper, ...args)
  const generated = await move('--generate', '--topics-to-move-json-file', topics, '--broker-list', '0')
  const proposed = generated.trimEnd().split('\n').at(-1)
  assert.deepEqual(
    JSON.parse(proposed).partitions.map(({ topic, partition, replicas }) => [topic, partition, replicas]),
    [
      ['moved', 0, [0]],
      ['moved', 1, [0]],
    ],
  )
  writeFileSync(plan, proposed)
  assert.match(
    await move('--execute', '--reassignment-json-file', plan),
    /Successfully started partition reassignments for moved-0,moved-1/,
  )
  assert.match(
    await move('--verify', '--reassignment-json-file', plan),
    /Reassignment of partition moved-0 is completed\./,
  )
}

/** Without what differs from token to token, and without Java's log and stack traces. */
function masked({ code, stdout, stderr }) {
  const mask = (text) =>
    text
      .replace(/(?<![\w-])[\w-]{22}(?![\w-])/g, (id) => 'I'.repeat(id.length))
      .replace(/[\w+/]{86}==/g, 'HMAC')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d/g, 'DATE')
      // Brokers before 3.3 do not tell who asked: nobody's name of nobody's kind in Java.
      .replace(/(?<=User:alice) {6}: {15}(?=\[)/g, ' '.repeat(22))
  // Java names the error's class first.
  const said = firstLine(stderr).replace(/^org\.apache\.kafka\.common\.errors\.\w+: /, '')
  return { code, stdout: mask(stdout).trimEnd(), stderr: mask(said) }
}

function firstLine(stderr) {
  const isLog = (line) => /^(\[?\d{4}-\d\d-\d\d|SLF4J|log4j)/i.test(line)
  return stderr.split('\n').filter((line) => !isLog(line))[0]
}
