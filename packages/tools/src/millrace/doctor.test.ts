import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { fill, runCommand, toolBroker } from '../testing/tool-fixture.js'
import { doctor } from './doctor.js'

test('millrace doctor', async (t) => {
  const { bootstrap, logDir } = await toolBroker(t)
  const examine = async (...args: readonly string[]) => {
    const { code, stdout } = await runCommand(doctor, ['--bootstrap-server', bootstrap, '--output', 'json', ...args])
    return { code, findings: JSON.parse(stdout) as { level: string; check: string; text: string }[] }
  }

  await t.test('a healthy broker: every check is fine', async () => {
    const { code, findings } = await examine()
    assert.deepEqual([...new Set(findings.map(({ level }) => level))], ['ok'])
    assert.deepEqual(
      [...new Set(findings.map(({ check }) => check))],
      [...['connect', 'listeners', 'versions', 'partitions', 'disk', 'clock']],
    )
    assert.ok(findings.some(({ text }) => text.includes(logDir)))
    assert.equal(code, 0)
  })

  await t.test('as text, one line for each finding', async () => {
    const { stdout } = await runCommand(doctor, ['--bootstrap-server', bootstrap])
    assert.match(stdout, /^ok {8}127\.0\.0\.1:\d+ answers\n/)
  })

  await t.test('clocks: compared by a record that is deleted again', async () => {
    const { findings } = await examine('--write')
    assert.match(findings.at(-1)?.text ?? '', /clock and this machine’s agree/)
  })

  await t.test('a record from the future is a warning, and no problem', async () => {
    await fill(bootstrap, 'tomorrow', 0, ['x'], Date.now() + 3_600_000)
    const { code, findings } = await examine()
    const [warning] = findings.filter(({ level }) => level === 'warning')
    assert.match(warning?.text ?? '', /from the future.*tomorrow-0/)
    assert.equal(code, 0)
  })

  await t.test('one address of two that nobody answers at is a problem; the other one is looked at', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const both = ['--bootstrap-server', `${bootstrap},127.0.0.1:${port}`, '--timeout-ms', '500']
    const { code, stdout } = await runCommand(doctor, both)
    assert.match(stdout, new RegExp(`PROBLEM {3}127\\.0\\.0\\.1:${port} does not answer: `))
    assert.match(stdout, /Broker 0 is reached at/)
    assert.equal(code, 1)
  })
})

test('a broker that advertises what nobody can reach', async (t) => {
  const { bootstrap } = await toolBroker(t, { 'advertised.listeners': 'PLAINTEXT://no-such-host.invalid:9092' })
  const { code, stdout } = await runCommand(doctor, ['--bootstrap-server', bootstrap, '--timeout-ms', '500'])
  assert.match(
    stdout,
    /PROBLEM {3}Broker 0 tells clients to connect to no-such-host\.invalid:9092 \(advertised\.listeners\)/,
  )
  assert.equal(code, 1)
})
