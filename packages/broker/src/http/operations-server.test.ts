import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { MetricsRegistry, singleValue } from '../metrics/metrics-registry.js'
import { BindError } from '../network/socket-server.js'
import { MemoryLogger } from '../testing/memory-logger.js'
import type { HealthCheck } from './health.js'
import { OperationsServer } from './operations-server.js'

async function serve(t: TestContext, checks: { liveness?: HealthCheck[]; readiness?: HealthCheck[] } = {}) {
  const registry = new MetricsRegistry()
  registry.add(singleValue('gauge', 'one', 'The number one.', () => 1))
  const server = await OperationsServer.listen({
    host: '127.0.0.1',
    port: 0,
    registry,
    liveness: () => checks.liveness ?? [],
    readiness: () => checks.readiness ?? [],
    logger: new MemoryLogger(),
  })
  t.after(() => server.close())
  const { port } = server.address
  return { server, registry, get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init) }
}

test('metrics are text that Prometheus reads', async (t) => {
  const { get } = await serve(t)
  const response = await get('/metrics?name=one')
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  assert.equal(await response.text(), '# HELP one The number one.\n# TYPE one gauge\none 1\n')
})

test('what is well is 200, what is not is 503 with the reason', async (t) => {
  const readiness: HealthCheck[] = [
    { name: 'right', check: () => undefined },
    { name: 'wrong', check: () => Promise.resolve('the disk is gone') },
    { name: 'thrown', check: () => Promise.reject(new Error('boom')) },
  ]
  const { get } = await serve(t, { liveness: [{ name: 'loop', check: () => undefined }], readiness })
  const live = await get('/healthz')
  assert.deepEqual([live.status, await live.json()], [200, { status: 'ok', checks: { loop: 'ok' } }])
  const ready = await get('/readyz')
  assert.equal(ready.status, 503)
  assert.deepEqual(await ready.json(), {
    status: 'unavailable',
    checks: { right: 'ok', wrong: 'the disk is gone', thrown: 'Error: boom' },
  })
})

test('a check that hangs is wrong', async (t) => {
  const { get } = await serve(t, { readiness: [{ name: 'disk', check: () => new Promise(() => {}) }] })
  const ready = await get('/readyz')
  assert.equal(ready.status, 503)
  assert.match(await ready.text(), /no answer within \d+ ms/)
})

test('other paths and methods are refused; HEAD has no body', async (t) => {
  const { get } = await serve(t)
  assert.equal((await get('/')).status, 404)
  assert.equal((await get('/metrics/x')).status, 404)
  const post = await get('/metrics', { method: 'POST', body: 'x' })
  assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD'])
  const head = await get('/readyz', { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [200, ''])
})

test('scrapes at one time are bounded, and end', async (t) => {
  const { registry, get } = await serve(t)
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  let waiting = 0
  const allWait = new Promise<void>((resolve) => {
    registry.prepareWith(() => {
      waiting += 1
      if (waiting === 4) resolve()
      return gate
    })
  })
  const scrapes = Array.from({ length: 4 }, () => get('/metrics'))
  await allWait
  assert.equal((await get('/metrics')).status, 503)
  release()
  assert.deepEqual(
    (await Promise.all(scrapes)).map(({ status }) => status),
    [200, 200, 200, 200],
  )
  assert.equal((await get('/metrics')).status, 200)
})

test('a port that is taken is a BindError', async (t) => {
  const { server } = await serve(t)
  const { port } = server.address
  const again = OperationsServer.listen({
    host: '127.0.0.1',
    port,
    registry: new MetricsRegistry(),
    liveness: () => [],
    readiness: () => [],
    logger: new MemoryLogger(),
  })
  await assert.rejects(
    again,
    (error) => error instanceof BindError && error.code === 'EADDRINUSE' && error.port === port,
  )
})
