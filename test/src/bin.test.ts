/** The scripts in bin/, as somebody in a shell runs them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { canConnect, freePort, root } from './support/broker-process.js'
import { defer } from './support/defer.js'
import { eventually } from './support/eventually.js'

const run = promisify(execFile)

/** A folder to work in. Brokers that are started from it are noted in it, so that no others are stopped. */
function workplace(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-bin-'))
  defer(t, () => rmSync(dir, { recursive: true, force: true }))
  const env = { ...process.env, MILLRACE_RUN_DIR: dir, LOG_DIR: join(dir, 'logs') }
  const bin = async (tool: string, args: readonly string[]) =>
    await run(join(root, 'bin', tool), args, { cwd: dir, env, timeout: 60_000 })
  return { dir, bin }
}

test('kafka-server-start -daemon runs in the background until kafka-server-stop', async (t) => {
  const { dir, bin } = workplace(t)
  const port = await freePort()
  const overrides = [
    `listeners=PLAINTEXT://127.0.0.1:${port}`,
    `log.dirs=${join(dir, 'kafka-logs')}`,
    'zookeeper.connect=',
    'zookeeper.embedded.port=0',
  ]
  await bin('kafka-server-start', [
    '-daemon',
    join(root, 'etc', 'kafka', 'server.properties'),
    ...overrides.flatMap((override) => ['--override', override]),
  ])
  await eventually(() => assert.match(readFileSync(join(dir, 'logs', 'kafkaServer.out'), 'utf8'), /Broker started/))
  await bin('kafka-server-stop', [])
  await eventually(async () => assert.ok(!(await canConnect(port))))
  await assert.rejects(bin('kafka-server-stop', []), /No kafka server to stop/)
})

test('a tool that is used wrongly says how it is used, and exits with 1', async (t) => {
  const { bin } = workplace(t)
  await assert.rejects(bin('kafka-server-start', []), { code: 1, message: /USAGE: kafka-server-start/ })
  await assert.rejects(bin('kafka-server-start', ['no-such-file']), { code: 1, message: /no-such-file/ })
  await assert.rejects(bin('kafka-server-start', ['x', '--override', 'novalue']), {
    code: 1,
    message: /property=value/,
  })
})

test('millrace --help names its commands', async (t) => {
  const { bin } = workplace(t)
  assert.match((await bin('millrace', ['--help'])).stdout, /start/)
})
