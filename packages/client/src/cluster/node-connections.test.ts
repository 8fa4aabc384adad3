import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apis } from '@millrace/protocol'
import { faultyProxy } from '../testing/faulty-proxy.js'
import { rawCluster } from '../testing/raw-requests.js'
import { testBroker } from '../testing/temporary-broker.js'

test('a connection that was retired gets its answers, but does not outlive close()', async (t) => {
  const { bootstrap } = await testBroker(t)
  const proxy = await faultyProxy(t, bootstrap)
  const cluster = rawCluster(proxy.bootstrap)
  await cluster.metadata.update()
  const [nodeId = 0] = cluster.snapshot.nodes.keys()
  const list = () => cluster.ask(nodeId, apis.ListGroups, {}, { timeoutMs: 60_000 })
  await list()

  const answered = list()
  while (cluster.connections.peek(nodeId)?.inFlight !== 1) await new Promise((resolve) => setImmediate(resolve))
  cluster.connections.retire(nodeId)
  assert.equal((await answered).errorCode, 0)

  proxy.onRequest = ({ api }) => (api === 'ListGroups' ? 'silence' : 'pass')
  const hanging = list()
  while (cluster.connections.peek(nodeId)?.inFlight !== 1) await new Promise((resolve) => setImmediate(resolve))
  cluster.connections.retire(nodeId)
  assert.equal(cluster.connections.peek(nodeId), undefined)
  cluster.close()
  const startMs = performance.now()
  await assert.rejects(hanging, { code: 'CLOSED' })
  assert.ok(performance.now() - startMs < 5000)
})
