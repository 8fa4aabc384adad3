import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { connectLocal, MemoryStoreDirectory, ZooKeeperServer } from '@millrace/zookeeper'
import { startShell } from '../testing/shell-fixture.js'
import { runLines, Terminal } from './line-front.js'
import { Shell } from './shell.js'

test('lines from a pipe: all are run, in order, with the last error as the status', async (t) => {
  const { shell, written } = await startShell(t)
  const input = new PassThrough()
  input.end('create /a 1\r\nget /nope # a comment\n\nget /a')
  await runLines(shell, input)
  assert.deepEqual(written.slice(-3), ['! Created /a', '! Node does not exist: /nope', '1'])
  assert.equal(shell.lastErrorExitCode, 1)
})

test('lines from a pipe: nothing is run behind quit', async (t) => {
  const { shell, written } = await startShell(t)
  const input = new PassThrough()
  input.write('quit\nls /\n')
  await runLines(shell, input)
  assert.equal(written.at(-1), 'WatchedEvent state:Closed type:None path:null')
})

/** A shell at a terminal: what is typed, and what stands on the screen. */
async function sitDown(t: TestContext) {
  const server = await ZooKeeperServer.start({ directory: new MemoryStoreDirectory() })
  const keyboard = new PassThrough()
  const screen = new PassThrough()
  let text = ''
  let seen = 0
  const waiting: (() => void)[] = []
  screen.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    for (const wake of waiting.splice(0)) wake()
  })
  const terminal = new Terminal(keyboard, screen)
  const shell = await Shell.start({
    connectString: 'localhost:2181',
    connect: () => connectLocal(server, { sessionTimeoutMs: 18_000 }),
    output: terminal.output,
    onStateChange: () => terminal.refresh(),
  })
  await shell.connected()
  const ended = terminal.run(shell)
  t.after(async () => {
    await shell.end()
    await server.close()
  })
  /** What came on the screen up to `end`, since the last time. */
  const until = async (end: string): Promise<string> => {
    while (!text.includes(end, seen)) await new Promise<void>((resolve) => waiting.push(resolve))
    const at = text.indexOf(end, seen) + end.length
    const part = text.slice(seen, at)
    seen = at
    return part
  }
  return { server, shell, type: (keys: string) => void keyboard.write(keys), until, ended }
}

test('terminal: prompt, commands, completion, the line before by the arrow key', async (t) => {
  const { type, until, ended, shell } = await sitDown(t)
  await until('[zk: localhost:2181(CONNECTED) 0] ')
  type('create /apple x\r')
  await until('Created /apple')
  await until('(CONNECTED) 1] ')
  type('get /ap\t')
  await until('get /apple')
  type('\r')
  await until('x\n')
  await until('(CONNECTED) 2] ')
  type('\u001b[A')
  await until('get /apple')
  type('\r')
  await until('x\n')
  type('get /nope\r')
  await until('Node does not exist: /nope')
  type('quit\r')
  await ended
  assert.equal(shell.lastExitCode, 1)
})

test('terminal: what happens while somebody types goes above the line, which stays', async (t) => {
  const { server, type, until, ended } = await sitDown(t)
  type('stat -w /new\r')
  await until('(CONNECTED) 1] ')
  type('get /ne')
  await until('get /ne')
  const other = await connectLocal(server, { sessionTimeoutMs: 18_000 })
  await other.create('/new', Buffer.from('content'))
  await until('WatchedEvent state:SyncConnected type:NodeCreated path:/new\n')
  await until('(CONNECTED) 1] get /ne')
  type('w\r')
  await until('content\n')
  // Control-D.
  type('\u0004')
  await ended
})

test('terminal: control-C at the prompt ends the shell', async (t) => {
  const { type, until, ended } = await sitDown(t)
  await until('(CONNECTED) 0] ')
  type('half a comm\u0003')
  await ended
})
