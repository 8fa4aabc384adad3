/** `zookeeper-server-start` and `zookeeper-server-stop`, as somebody in a shell runs them. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseProperties } from '@millrace/protocol'
import { connectZooKeeper, parseServerConfig } from '@millrace/zookeeper'
import { runTool } from '../index.js'
import { type ToolProcess, type Workplace, workplace } from '../testing/tool-process.js'

/** Writes a zookeeper.properties: data in the workplace, any free port. */
function properties({ dir }: Workplace, name: string, given: Readonly<Record<string, string>> = {}): string {
  const entries = {
    dataDir: join(dir, 'data'),
    clientPort: '0',
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': 'false',
    ...given,
  }
  const file = join(dir, name)
  const lines = Object.entries(entries).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(file, lines.join(''))
  return file
}

async function startedPort(server: ToolProcess): Promise<string> {
  const [, port = ''] = await server.printed(/ZooKeeper server started \(port=(\d+)/)
  return port
}

test('a server runs until zookeeper-server-stop, and the next one has its nodes', async (t) => {
  const place = workplace(t)
  const file = properties(place, 'zookeeper.properties')
  const first = place.run('zookeeper-server-start', file)
  const before = await connectZooKeeper({ connectString: `127.0.0.1:${await startedPort(first)}` })
  await before.create('/kept', Buffer.from('here'))
  await before.close()

  // It is no broker.
  const brokers = place.run('kafka-server-stop')
  assert.equal(await brokers.exited, 1)
  assert.match(brokers.output, /^No kafka server to stop$/m)

  assert.equal(await place.run('zookeeper-server-stop').exited, 0)
  assert.equal(await first.exited, 0)
  assert.match(first.output, /ZooKeeper server stopped/)
  const again = place.run('zookeeper-server-stop')
  assert.equal(await again.exited, 1)
  assert.match(again.output, /^No zookeeper server to stop$/m)

  const second = place.run('zookeeper-server-start', file)
  const after = await connectZooKeeper({ connectString: `127.0.0.1:${await startedPort(second)}` })
  assert.equal((await after.getData('/kept')).data?.toString(), 'here')
  await after.close()
})

test('a second server on the same data or the same port is refused with one sentence', async (t) => {
  const place = workplace(t)
  const first = place.run('zookeeper-server-start', properties(place, 'first.properties'))
  const port = await startedPort(first)
  const sameData = place.run('zookeeper-server-start', properties(place, 'same-data.properties'))
  const other = { dataDir: join(place.dir, 'other'), clientPort: port }
  const samePort = place.run('zookeeper-server-start', properties(place, 'same-port.properties', other))
  assert.equal(await sameData.exited, 1)
  assert.match(sameData.output, new RegExp(`data is in use by the process ${first.pid}: stop that`))
  assert.equal(await samePort.exited, 1)
  assert.match(samePort.output, new RegExp(`^Port ${port} is taken by .*\\(pid ${first.pid}\\): stop it`, 'm'))
  assert.doesNotMatch(samePort.output, /\n {4}at /)

  // Neither has taken anything with it.
  first.kill('SIGINT')
  assert.equal(await first.exited, 0)
})

test('-daemon runs in the background, its output in zookeeper.out', { timeout: 30_000 }, async (t) => {
  const place = workplace(t)
  const file = properties(place, 'zookeeper.properties')
  assert.equal(await place.run('zookeeper-server-start', '-daemon', file).exited, 0)
  const output = join(place.dir, 'logs', 'zookeeper.out')
  try {
    await outputMatches(t, output, /ZooKeeper server started/)
  } finally {
    // Nothing else ends it.
    assert.equal(await place.run('zookeeper-server-stop').exited, 0)
  }
  await outputMatches(t, output, /ZooKeeper server stopped/)
})

async function outputMatches(t: TestContext, file: string, pattern: RegExp): Promise<void> {
  while (!pattern.test(readFileSync(file, 'utf8'))) await delay(20, undefined, { signal: t.signal })
}

/** Runs a tool that is to refuse at once, in this process. */
async function refusal(t: TestContext, ...args: readonly string[]): Promise<string> {
  const said = t.mock.method(console, 'error', () => {})
  try {
    await runTool('zookeeper-server-start', args)
    assert.equal(process.exitCode, 1)
  } finally {
    process.exitCode = 0
    said.mock.restore()
  }
  return said.mock.calls.map(({ arguments: [text] }) => String(text)).join('\n')
}

test('used wrongly, it says how it is used', async (t) => {
  const usage = /^USAGE: zookeeper-server-start \[-daemon\] zookeeper\.properties$/m
  assert.match(await refusal(t), usage)
  assert.match(await refusal(t, '-daemon'), usage)
  assert.match(await refusal(t, 'a.properties', '--override', 'x=y'), usage)
  assert.match(await refusal(t, join(workplace(t).dir, 'no-such-file')), /^Cannot read .*no-such-file/)
})

test('all mistakes of the file are told at once', async (t) => {
  const file = properties(workplace(t), 'wrong.properties', { tickTime: 'fast', 'server.1': 'zk1:2888:3888' })
  const text = await refusal(t, file)
  assert.match(text, /wrong\.properties has 2 mistakes:$/m)
  assert.match(text, /^ {2}tickTime must be a whole number/m)
  assert.match(text, /^ {2}server\.1=.*Apache ZooKeeper/m)
})

test('config/zookeeper.properties can be used as it is', () => {
  const file = fileURLToPath(new URL('../../../../config/zookeeper.properties', import.meta.url))
  const config = parseServerConfig(parseProperties(readFileSync(file, 'utf8')))
  const { dataDir, clientPort, maxClientCnxns, admin, warnings } = config
  assert.deepEqual([dataDir, clientPort, maxClientCnxns, admin.isEnabled], ['/tmp/zookeeper', 2181, 0, false])
  assert.deepEqual(warnings, [])
})
