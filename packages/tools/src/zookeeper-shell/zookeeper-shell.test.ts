/** The shell as a process, against a server on a port. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MemoryStoreDirectory, parseServerConfig, StandaloneServer } from '@millrace/zookeeper'

const main = fileURLToPath(new URL('../main.js', import.meta.url))

async function startServer(t: TestContext): Promise<string> {
  const properties = new Map([
    ['dataDir', '/nowhere'],
    ['clientPort', '0'],
    ['clientPortAddress', '127.0.0.1'],
    ['admin.enableServer', 'false'],
  ])
  const server = await StandaloneServer.start(parseServerConfig(properties), {
    directory: new MemoryStoreDirectory(),
    log: () => {},
    onFailure: (error) => assert.fail(String(error)),
  })
  t.after(() => server.close())
  return `127.0.0.1:${server.port}`
}

/** What a shell writes and how it ends, given these arguments and lines to read. */
function runShell(args: readonly string[], input = ''): Promise<{ out: string; err: string; code: number | null }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, 'zookeeper-shell', ...args], (_error, out, err) =>
      resolve({ out, err, code: child.exitCode }),
    )
    child.stdin?.end(input)
  })
}

test('zookeeper-shell: one command', async (t) => {
  const server = await startServer(t)
  const connected = `Connecting to ${server}\n\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n`
  assert.deepEqual(await runShell([server, 'ls', '/']), { out: `${connected}[zookeeper]\n`, err: '', code: 0 })
  const missing = { out: connected, err: 'Node does not exist: /nope\n', code: 1 }
  assert.deepEqual(await runShell([server, '-timeout', '5000', '-waitforconnection', 'get', '/nope']), missing)
})

test('zookeeper-shell: commands from a pipe, with the last error as the status', async (t) => {
  const server = await startServer(t)
  const { out, err, code } = await runShell([server], 'create /a x\nfrobnicate # no such command\nget /a\n')
  assert.equal(
    out,
    `Connecting to ${server}
Welcome to ZooKeeper!
JLine support is disabled

WATCHER::

WatchedEvent state:SyncConnected type:None path:null
x
`,
  )
  assert.match(err, /^Created \/a\nZooKeeper -server host:port .*\nCommand not found: Command not found frobnicate\n$/s)
  assert.equal(code, 127)
})

test('zookeeper-shell: a reader that is gone does not stop the commands', async (t) => {
  const server = await startServer(t)
  const child = execFile(process.execPath, [main, 'zookeeper-shell', server])
  child.stdout?.destroy()
  child.stdin?.end('ls /\nls /\ncreate /done\nls /\n')
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  assert.match((await runShell([server, 'ls', '/'])).out, /\[done, zookeeper\]/)
})

test('zookeeper-shell: wrong use and a server that is not there', async () => {
  const usage = await runShell([])
  assert.equal(usage.code, 1)
  assert.match(usage.err, /^USAGE: zookeeper-shell zookeeper_host:port/)
  const nonsense = await runShell(['host:port', 'ls', '/'])
  assert.deepEqual(nonsense, { out: '', err: 'host:port is not host:port\n', code: 1 })
  // Nobody listens on port 1.
  const refused = await runShell(['127.0.0.1:1', 'ls', '/'])
  assert.deepEqual(refused, {
    out: 'Connecting to 127.0.0.1:1\n',
    err: 'KeeperErrorCode = ConnectionLoss for /\n',
    code: 1,
  })
})
