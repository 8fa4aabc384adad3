// Our client on an ensemble of three of Apache's, whose leader is killed: the session, its ephemeral nodes and its watches
// live on, writes that were acknowledged are there, and the gap in which nothing is written is short.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectZooKeeper, isZooKeeperError } from '../../packages/zookeeper/dist/index.js'
import { until } from '../lib/programs.mjs'
import { startEnsemble } from './servers.mjs'

/** Of which an election of this ensemble takes most. */
const gapLimitMs = 15_000

test('an ensemble loses its leader', async (t) => {
  const ensemble = await startEnsemble()
  const { connectString } = ensemble
  const clients = []
  try {
    const connect = async () => {
      const client = await connectZooKeeper({ connectString, sessionTimeoutMs: 20_000 })
      clients.push(client)
      return client
    }
    const [one, two, writer] = [await connect(), await connect(), await connect()]
    const sessions = clients.map(({ sessionId }) => sessionId)
    await one.create('/changed', null)
    await one.create('/folder', null)
    await one.create('/quiet', null)
    await one.create('/mine', null, { mode: 'ephemeral' })
    await two.sync('/')
    const events = []
    const heard = ({ type, path }) => events.push(`${type} ${path}`)
    await one.getData('/changed', heard)
    await one.exists('/born', heard)
    await one.getChildren('/folder', heard)
    await one.getData('/quiet', heard)
    await one.addWatch('/tree', 'persistent-recursive', heard)

    const writes = startWriter(writer)
    await until(() => writes.acknowledged.size > 50)
    const leader = await ensemble.leader()
    writes.gapMs = 0
    await leader.kill()
    await repeated(() => two.setData('/changed', Buffer.from('x'), -1))
    await repeated(() => two.create('/born', null))
    await repeated(() => two.create('/folder/child', null))
    // A persistent watch tells nothing of what has happened meanwhile.
    await repeated(() => one.sync('/'))
    await repeated(() => two.create('/tree', null))
    const after = writes.acknowledged.size
    await until(() => writes.acknowledged.size > after + 50)
    await writes.stop()
    t.diagnostic(`${writes.acknowledged.size} writes; none for ${writes.gapMs.toFixed(0)} ms`)

    await one.sync('/')
    assert.deepEqual(
      clients.map(({ sessionId }) => sessionId),
      sessions,
    )
    assert.equal((await two.exists('/mine'))?.ephemeralOwner, one.sessionId)
    const expected = [
      'NodeChildrenChanged /folder',
      'NodeCreated /born',
      'NodeCreated /tree',
      'NodeDataChanged /changed',
    ]
    await until(() => events.length >= expected.length, { what: `all of ${expected}, not only ${events}` })
    // Used up: a second change is told by the persistent watch alone.
    await two.setData('/changed', Buffer.from('y'), -1)
    await two.setData('/tree', Buffer.from('y'), -1)
    await until(() => events.includes('NodeDataChanged /tree'))
    assert.deepEqual([...events].sort(), [...expected, 'NodeDataChanged /tree'].sort())
    const { children } = await one.getChildren('/writes')
    const lost = [...writes.acknowledged].filter((name) => !children.includes(name))
    assert.deepEqual(lost, [])
    assert.ok(writes.gapMs < gapLimitMs, `nothing was written for ${writes.gapMs} ms`)
  } finally {
    await Promise.all(clients.map((client) => client.close()))
    await ensemble.dispose()
  }
})

/** One node after the other. A write of unknown outcome is made again, and may then be there. */
function startWriter(client) {
  const writes = { acknowledged: new Set(), gapMs: 0, stop }
  let running = true
  const done = run()
  async function run() {
    await repeated(() => client.create('/writes', null))
    let lastMs = performance.now()
    for (let number = 0; running; number++) {
      await repeated(() => client.create(`/writes/${number}`, null))
      writes.acknowledged.add(`${number}`)
      const nowMs = performance.now()
      writes.gapMs = Math.max(writes.gapMs, nowMs - lastMs)
      lastMs = nowMs
    }
  }
  async function stop() {
    running = false
    await done
  }
  return writes
}

/** As Kafka does: again after a lost connection, when it is there again. */
async function repeated(write) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      if (attempt > 0 && isZooKeeperError(error, 'NODEEXISTS')) return undefined
      if (!isZooKeeperError(error, 'CONNECTIONLOSS')) throw error
    }
  }
}
