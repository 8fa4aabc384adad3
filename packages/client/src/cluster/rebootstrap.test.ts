/** When the brokers that were known have gone, or say so, the cluster is found again by bootstrap.servers (KIP-899, KIP-1102). */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ErrorCode, type MetadataResponse } from '@millrace/protocol'
import { clusterOptions } from '../config/cluster-options.js'
import { commonConfigs } from '../config/common-configs.js'
import { parseConfig } from '../config/parse-config.js'
import { systemClientPorts } from '../ports.js'
import { type Fault, faultyProxy } from '../testing/faulty-proxy.js'
import { testBroker } from '../testing/temporary-broker.js'
import { Cluster } from './cluster.js'

const IMPATIENT = { 'retry.backoff.ms': 10, 'reconnect.backoff.ms': 10, 'request.timeout.ms': 500 } as const

/** Its broker is known by the first of two bootstrap servers. */
async function clusterOf(t: TestContext, config: object = {}) {
  const { bootstrap } = await testBroker(t)
  const [first, second] = [await faultyProxy(t, bootstrap), await faultyProxy(t, bootstrap)]
  const servers = `${first.bootstrap},${second.bootstrap}`
  const values = parseConfig(commonConfigs, { ...IMPATIENT, ...config, 'bootstrap.servers': servers })
  // In the order in which they are named.
  const cluster = new Cluster(clusterOptions(values, { ports: { ...systemClientPorts, random: () => 0 } }, false))
  t.after(() => cluster.close())
  const port = () => cluster.snapshot.nodes.get(0)?.port
  await cluster.metadata.update()
  assert.equal(port(), portOf(first.bootstrap))
  return { cluster, first, second, port }
}

const portOf = (address: string) => Number(address.split(':')[1])

test('brokers that cannot be reached: bootstrap.servers are asked', async (t) => {
  const { cluster, first, second, port } = await clusterOf(t)
  first.close()
  await cluster.metadata.update(AbortSignal.timeout(10_000))
  assert.equal(port(), portOf(second.bootstrap))
})

test('metadata.recovery.strategy=none: they are not', async (t) => {
  const { cluster, first, port } = await clusterOf(t, { 'metadata.recovery.strategy': 'none' })
  first.close()
  await assert.rejects(cluster.metadata.update(AbortSignal.timeout(300)))
  assert.equal(port(), portOf(first.bootstrap))
})

test('brokers that take connections and tell nothing: bootstrap.servers alone are asked after a while', async (t) => {
  const { cluster, first } = await clusterOf(t, { 'metadata.recovery.rebootstrap.trigger.ms': 100 })
  let known = cluster.snapshot.nodes.size
  first.onRequest = ({ api }) => {
    known = Math.min(known, cluster.snapshot.nodes.size)
    return api === 'Metadata' && known > 0 ? 'reset' : 'pass'
  }
  await cluster.metadata.update(AbortSignal.timeout(10_000))
  assert.equal(known, 0)
  assert.equal(cluster.snapshot.nodes.size, 1)
})

test('a broker that asks for it', async (t) => {
  const { cluster, first } = await clusterOf(t)
  const refusal = ((response: MetadataResponse) => {
    response.errorCode = ErrorCode.REBOOTSTRAP_REQUIRED
    return response
  }) as Fault
  let versions: number[] = []
  let known = cluster.snapshot.nodes.size
  first.onRequest = ({ api, version }) => {
    if (api !== 'Metadata') return 'pass'
    versions = [...versions, version]
    known = Math.min(known, cluster.snapshot.nodes.size)
    return versions.length === 1 ? refusal : 'pass'
  }
  await cluster.metadata.update(AbortSignal.timeout(10_000))
  if ((versions[0] ?? 0) < 13) return t.skip(`the broker has Metadata ${versions[0]}, which cannot say so`)
  assert.equal(known, 0)
  assert.equal(cluster.snapshot.nodes.size, 1)
})
