import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { adminView } from '../../testing/admin-views.js'
import { AdminServer } from './admin-server.js'

const config = { isEnabled: true, port: 0, address: '127.0.0.1', commandUrl: '/commands', idleTimeoutMs: 30_000 }

async function started(t: TestContext, given: Partial<typeof config> = {}) {
  const server = await AdminServer.start({ ...config, ...given }, adminView())
  t.after(() => server.close())
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
  }
  return { server, ask }
}

test('admin server: a command is answered with JSON, also an unknown one', async (t) => {
  const { ask } = await started(t)
  assert.deepEqual(await ask('/commands/ruok?x=y'), {
    status: 200,
    type: 'application/json',
    text: '{\n  "command" : "ruok",\n  "error" : null\n}',
  })
  assert.match((await ask('/commands/no%22thing')).text, /"Unknown command: no%22thing"/)
})

test('admin server: without a command, links to all of them', async (t) => {
  const { ask } = await started(t)
  for (const path of ['/commands', '/commands/']) {
    const { status, text } = await ask(path)
    assert.equal(status, 200)
    assert.match(text, /^<a href="\/commands\/configuration">configuration<\/a>\n<br\/>\n/)
    assert.match(text, /"\/commands\/stats"/)
  }
})

test('admin server: other paths are not found, other methods not allowed', async (t) => {
  const { ask } = await started(t, { commandUrl: '/admin' })
  assert.equal((await ask('/admin/ruok')).status, 200)
  assert.equal((await ask('/admin/ruok', 'HEAD')).status, 200)
  for (const path of ['/', '/commands/ruok', '/administrator']) assert.equal((await ask(path)).status, 404)
  assert.equal((await ask('/admin/stat_reset', 'POST')).status, 405)
})

test('admin server: a taken port is an error with code and port', async (t) => {
  const { server } = await started(t)
  const { port } = server
  await assert.rejects(AdminServer.start({ ...config, port }, adminView()), { code: 'EADDRINUSE', port })
})
