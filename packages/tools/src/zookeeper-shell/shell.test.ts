import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle, startShell } from '../testing/shell-fixture.js'

test('shell: an unknown command lists all, and has its own exit code; help lists them too', async (t) => {
  const { shell, written } = await startShell(t)
  await shell.connected()
  written.length = 0
  await shell.runLine('frobnicate /')
  assert.equal(written[0], '! ZooKeeper -server host:port [-zk-tls-config-file <file>] cmd args')
  assert.ok(written.includes('! \tcreate [-s] [-e] [-c] [-t ttl] path [data] [acl]'))
  assert.equal(written.at(-1), '! Command not found: Command not found frobnicate')
  assert.equal(shell.lastExitCode, 127)
  const listed = written.splice(0).slice(0, -1)
  await shell.runLine('help')
  assert.deepEqual(
    written.map((line) => `! ${line}`.trimEnd()),
    listed,
  )
  assert.equal(shell.lastExitCode, 0)
})

test('shell: the status is that of the last command, and the last error is remembered', async (t) => {
  const { shell } = await startShell(t)
  await shell.runLine('ls /nope')
  assert.equal(shell.lastExitCode, 1)
  await shell.runLine('ls /')
  assert.deepEqual([shell.lastExitCode, shell.lastErrorExitCode], [0, 1])
  await shell.runLine('frobnicate')
  await shell.runLine('quit')
  assert.deepEqual([shell.isOver, shell.lastExitCode, shell.lastErrorExitCode], [true, 127, 127])
})

test('shell: one command from words, which are not split again', async (t) => {
  const { shell, written } = await startShell(t)
  await shell.runWords(['create', '/a b', '# no comment'])
  await shell.runWords(['get', '/a b'])
  assert.deepEqual(written.slice(-2), ['! Created /a b', '# no comment'])
  await shell.runWords(['history'])
  assert.equal(written.at(-1), '0 - null')
})

test('shell: a refused connection is an error of each command that needs it, and the next one tries again', async (t) => {
  // The shell tries by itself at once.
  const { shell, written } = await startShell(t, { refusals: 3 })
  await settle()
  assert.match(shell.prompt, /\(CONNECTING\) 0\] $/)
  await shell.runLine('ls /')
  await shell.runLine('whoami')
  assert.deepEqual(written, [
    'Connecting to localhost:2181',
    '! KeeperErrorCode = ConnectionLoss for /',
    '! KeeperErrorCode = ConnectionLoss',
  ])
  await shell.runLine('ls /')
  assert.equal(written.at(-1), '[zookeeper]')
})

test('shell: a chroot is taken off paths and errors', async (t) => {
  const { shell, written, other } = await startShell(t, { connectString: 'localhost:2181/app' })
  const session = await other()
  await session.create('/app', null)
  await shell.runLine('create /a x')
  await shell.runLine('get /nope')
  assert.deepEqual(written.slice(-2), ['! Created /a', '! Node does not exist: /nope'])
  assert.equal((await session.getData('/app/a')).data?.toString(), 'x')
})

test('shell: a lost connection and an expired session are told; the prompt knows', async (t) => {
  let changes = 0
  const { shell, server, ports, written, other } = await startShell(t, { onStateChange: () => changes++ })
  await shell.connected()
  assert.equal(shell.prompt, '[zk: localhost:2181(CONNECTED) 0] ')
  await shell.runLine('create -e /e')
  written.length = 0
  const owner = (await (await other()).exists('/e'))?.ephemeralOwner ?? 0n
  const told = async (expected: string) => {
    await settle()
    assert.deepEqual(written.splice(0), ['', 'WATCHER::', '', `WatchedEvent state:${expected} type:None path:null`])
  }
  server.dropConnection(owner)
  await told('Disconnected')
  assert.equal(shell.prompt, '[zk: localhost:2181(CONNECTING) 1] ')
  ports.advance(1000)
  await told('SyncConnected')
  server.expireSession(owner)
  await told('Expired')
  assert.equal(shell.prompt, '[zk: localhost:2181(CLOSED) 1] ')
  assert.equal(changes, 4)
  await shell.runLine('ls /')
  assert.deepEqual(written, ['Not connected'])
})

test('shell: a command that waits for a connection can be interrupted', async (t) => {
  const { shell, server, written, other } = await startShell(t)
  await shell.runLine('create -e /e')
  const owner = (await (await other()).exists('/e'))?.ephemeralOwner ?? 0n
  server.dropConnection(owner)
  await settle()
  const done = shell.runLine('ls /')
  await settle()
  shell.interrupt()
  await done
  assert.equal(written.at(-1), '! Interrupted')
})

test('shell: a command gives up when the connection is away for the session timeout', async (t) => {
  const { shell, server, written, other } = await startShell(t)
  await shell.runLine('create -e /e')
  const owner = (await (await other()).exists('/e'))?.ephemeralOwner ?? 0n
  t.mock.timers.enable({ apis: ['setTimeout'] })
  server.dropConnection(owner)
  await settle()
  const done = shell.runLine('ls /')
  await settle()
  t.mock.timers.tick(17_999)
  await settle()
  assert.notEqual(written.at(-1), '! KeeperErrorCode = ConnectionLoss for /')
  t.mock.timers.tick(1)
  await done
  assert.equal(written.at(-1), '! KeeperErrorCode = ConnectionLoss for /')
})

test('shell: the end of the shell ends its session, silently', async (t) => {
  const { shell, written, other } = await startShell(t)
  await shell.runLine('create -e /e')
  written.length = 0
  await shell.end()
  assert.equal(await (await other()).exists('/e'), null)
  assert.deepEqual(written, [])
})

test('completion: commands, then paths by the children of their parent', async (t) => {
  const { shell } = await startShell(t)
  for (const line of ['create /app', 'create /apple', 'create /app/b', 'create /app/a']) await shell.runLine(line)
  assert.deepEqual(await shell.complete('get'), [['get ', 'getAcl ', 'getAllChildrenNumber ', 'getEphemerals '], 'get'])
  assert.deepEqual(await shell.complete('ls /ap'), [['/app', '/apple'], '/ap'])
  assert.deepEqual(await shell.complete('ls -s /app/'), [['/app/a', '/app/b'], '/app/'])
  assert.deepEqual(await shell.complete('ls /nope/x'), [[], '/nope/x'])
  assert.deepEqual(await shell.complete('ls -'), [[], '-'])
  await shell.runLine('close')
  assert.deepEqual(await shell.complete('ls /ap'), [[], '/ap'])
})
