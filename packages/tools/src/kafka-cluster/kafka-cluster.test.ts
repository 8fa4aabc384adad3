/** Expected texts were recorded from kafka-cluster of Apache Kafka 3.9.1, those of list-endpoints from 4.x. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand, toolBroker } from '../testing/tool-fixture.js'
import { kafkaCluster } from './kafka-cluster.js'

test('the id and the endpoints of the cluster, and a broker that is forgotten', async (t) => {
  const { bootstrap } = await toolBroker(t)
  const [host = '', port = ''] = bootstrap.split(':')
  const id = await runCommand(kafkaCluster, ['cluster-id', '--bootstrap-server', bootstrap])
  assert.match(id.stdout, /^Cluster ID: [\w-]{22}\n$/)
  const short = await runCommand(kafkaCluster, ['cluster-id', '-b', bootstrap, '--output', 'json'])
  assert.equal(`Cluster ID: ${JSON.parse(short.stdout).clusterId}\n`, id.stdout)
  const endpoints = await runCommand(kafkaCluster, ['list-endpoints', '--bootstrap-server', bootstrap])
  assert.equal(
    endpoints.stdout,
    `ID         HOST      PORT       RACK       STATE      ENDPOINT_TYPE  \n0          ${host} ${port.padEnd(10)} null       unfenced   broker         \n`,
  )
  assert.deepEqual(await runCommand(kafkaCluster, ['unregister', '--bootstrap-server', bootstrap, '--id', '7']), {
    code: 0,
    stdout: 'The target cluster does not support the broker unregistration API.\n',
    stderr: '',
  })
})

test('what is missing is told', async () => {
  const nowhere = await runCommand(kafkaCluster, ['cluster-id', '--output', 'text'])
  assert.match(nowhere.stderr, /one of the arguments --bootstrap-server\/-b --bootstrap-controller\/-C is required/)
  const nobody = await runCommand(kafkaCluster, ['unregister', '--bootstrap-server', '127.0.0.1:1'])
  assert.match(nobody.stderr, /argument --id\/-i is required/)
})
