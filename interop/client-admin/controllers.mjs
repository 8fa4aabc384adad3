// An admin client that knows the controllers of a KRaft cluster, and no broker (KIP-919).
import assert from 'node:assert/strict'
import { KafkaAdminClient } from '../../packages/client/dist/index.js'

export async function controllers(t, { broker, controller, hasCode }) {
  const admin = new KafkaAdminClient({ 'bootstrap.controllers': controller, 'default.api.timeout.ms': 20_000 })
  t.after(() => admin.close())
  const port = Number(controller.split(':')[1])
  const { controller: active, nodes } = await admin.describeCluster()
  assert.deepEqual([active?.id, nodes.map((node) => [node.id, node.port])], [0, [[0, port]]])
  const { leaderId, voters } = await admin.describeMetadataQuorum()
  assert.deepEqual([leaderId, voters.map(({ replicaId }) => replicaId)], [0, [0]])
  const resource = { type: 'BROKER', name: '0' }
  await admin.incrementalAlterConfigs([{ resource, ops: [{ name: 'log.cleaner.threads', value: '1', op: 'SET' }] }])
  const configs = (await admin.describeConfigs([resource])).get('0')
  assert.equal(configs.get('log.cleaner.threads')?.value, '1')
  await assert.rejects(async () => await admin.listTopics(), hasCode('UNSUPPORTED_ENDPOINT_TYPE'))
  await assert.rejects(async () => await admin.describeTopics(['t']), hasCode('UNSUPPORTED_ENDPOINT_TYPE'))

  const mistaken = new KafkaAdminClient({ 'bootstrap.controllers': broker, 'default.api.timeout.ms': 20_000 })
  t.after(() => mistaken.close())
  await assert.rejects(async () => await mistaken.describeCluster(), hasCode('MISMATCHED_ENDPOINT_TYPE'))
}
