/** `bootstrap.controllers`: controllers of a KRaft cluster are asked, and no broker (KIP-919). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribeClusterRequest } from '@millrace/protocol'
import { KafkaAdminClient } from '../admin/kafka-admin-client.js'
import { faultyProxy } from '../testing/faulty-proxy.js'
import { testBroker } from '../testing/temporary-broker.js'

test('they tell about themselves by DescribeCluster', async (t) => {
  const { bootstrap } = await testBroker(t)
  const proxy = await faultyProxy(t, bootstrap)
  const asked: string[] = []
  proxy.onRequest = ({ api, version, body }) => {
    asked.push(api)
    if (api !== 'DescribeCluster') return 'pass'
    assert.deepEqual([version >= 1, (body as DescribeClusterRequest).endpointType], [true, 2])
    const [host = '', port] = proxy.bootstrap.split(':')
    const brokers = [{ brokerId: 3000, host, port: Number(port), rack: null, isFenced: false }]
    return { instead: { errorCode: 0, endpointType: 2, clusterId: 'kraft', controllerId: 3000, brokers } }
  }
  await using admin = new KafkaAdminClient({ 'bootstrap.controllers': proxy.bootstrap })
  const { clusterId, controller, nodes } = await admin.describeCluster()
  assert.deepEqual([clusterId, controller?.id, nodes.map(({ id }) => id)], ['kraft', 3000, [3000]])
  assert.ok(!asked.includes('Metadata'))
})

test('a broker in their place is MISMATCHED_ENDPOINT_TYPE', async (t) => {
  const { bootstrap } = await testBroker(t)
  await using admin = new KafkaAdminClient({ 'bootstrap.controllers': bootstrap })
  await assert.rejects(admin.describeCluster(), { code: 'MISMATCHED_ENDPOINT_TYPE' })
})

test('either brokers or controllers are named', () => {
  const both = { 'bootstrap.servers': 'a:1', 'bootstrap.controllers': 'b:1' }
  assert.throws(() => new KafkaAdminClient(both), { code: 'INVALID_CONFIG', message: /exclude each other/ })
  assert.throws(
    () => new KafkaAdminClient({ 'bootstrap.controllers': 'b' }),
    /bootstrap.controllers: b is not host:port/,
  )
})
