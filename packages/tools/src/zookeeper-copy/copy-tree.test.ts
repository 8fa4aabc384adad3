import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  connectLocal,
  ManualPorts,
  MemoryStoreDirectory,
  Perms,
  type ZooKeeper,
  ZooKeeperServer,
} from '@millrace/zookeeper'
import { copyTree, TargetNotEmptyError } from './copy-tree.js'

async function connect(t: TestContext): Promise<ZooKeeper> {
  const ports = new ManualPorts()
  const server = await ZooKeeperServer.start({ directory: new MemoryStoreDirectory(), ports })
  t.after(() => server.close())
  return await connectLocal(server, { sessionTimeoutMs: 18_000, timers: ports.timers })
}

test('data, null data and ACLs are copied; ephemeral nodes are counted; the rest of the tree is as it was', async (t) => {
  const [from, to] = [await connect(t), await connect(t)]
  const acl = [
    { perms: Perms.READ, scheme: 'digest', id: 'user:hash=' },
    { perms: Perms.ALL, scheme: 'world', id: 'anyone' },
  ]
  await from.create('/brokers', null)
  await from.create('/brokers/topics', Buffer.from('x'), { acl })
  await from.create('/brokers/ids', Buffer.alloc(0))
  await from.create('/brokers/ids/0', Buffer.from('me'), { mode: 'ephemeral' })
  await from.setData('/', Buffer.from('root'), -1)
  assert.deepEqual(await copyTree(from, to), { copied: 4, ephemeralsLeft: 1 })
  assert.equal((await to.getData('/brokers')).data, null)
  assert.equal((await to.getData('/')).data?.toString(), 'root')
  assert.equal((await to.getData('/brokers/topics')).data?.toString(), 'x')
  assert.deepEqual((await to.getAcl('/brokers/topics')).acl, (await from.getAcl('/brokers/topics')).acl)
  assert.deepEqual((await to.getChildren('/brokers/ids')).children, [])
})

test('numbers of sequential nodes go on where they were', async (t) => {
  const [from, to] = [await connect(t), await connect(t)]
  await from.create('/changes', null)
  for (let count = 0; count < 1200; count++) {
    const { path } = await from.create('/changes/change_', null, { mode: 'persistent-sequential' })
    if (count !== 1199) await from.delete(path, -1)
  }
  await copyTree(from, to)
  assert.deepEqual((await to.getChildren('/changes')).children, ['change_0000001199'])
  const { path } = await to.create('/changes/change_', null, { mode: 'persistent-sequential' })
  assert.equal(path, '/changes/change_0000001200')
})

test('a tree that has nodes already is left alone', async (t) => {
  const [from, to] = [await connect(t), await connect(t)]
  await from.create('/a', null)
  await to.create('/mine', null)
  await assert.rejects(copyTree(from, to), TargetNotEmptyError)
  assert.equal(await to.exists('/a'), null)
})
