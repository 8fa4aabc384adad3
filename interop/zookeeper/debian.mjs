// ZooKeeper 3.8.0 as Debian 12 ships it: our client on its server, its zkCli.sh on ours.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CREATOR_ALL_ACL, connectZooKeeper } from '../../packages/zookeeper/dist/index.js'
import { mustRun, until } from '../lib/programs.mjs'
import { startServer } from './servers.mjs'

const zkCli = '/usr/share/zookeeper/bin/zkCli.sh'

let ours
let theirs
before(async () => {
  ours = await startServer('millrace')
  theirs = await startServer('debian')
})
after(() => Promise.all([ours?.dispose(), theirs?.dispose()]))

test("our client on Debian's server", async () => {
  const clients = await Promise.all([1, 2].map(() => connectZooKeeper({ connectString: theirs.address })))
  const [one, two] = clients
  try {
    await one.addAuth('digest', Buffer.from('alice:secret'))
    await one.create('/mine', Buffer.from('x'), { acl: CREATOR_ALL_ACL })
    await assert.rejects(two.getData('/mine'), { code: 'NOAUTH' })
    await one.create('/held', null, { mode: 'ephemeral' })
    const events = []
    await two.addWatch('/', 'persistent-recursive', ({ type, path }) => events.push(`${type} ${path}`))
    const [created] = await one.multi([
      { kind: 'create', path: '/folder', data: null },
      { kind: 'create', path: '/folder/n-', data: null, mode: 'persistent-sequential' },
      { kind: 'check', path: '/mine', version: 0 },
    ])
    assert.equal(created.path, '/folder')
    await one.close()
    await until(() => events.length === 3)
    assert.deepEqual(events, ['NodeCreated /folder', 'NodeCreated /folder/n-0000000000', 'NodeDeleted /held'])
  } finally {
    await Promise.all(clients.map((client) => client.close()))
  }
})

test("Debian's zkCli.sh on our server", async () => {
  const input =
    'create /from-debian data\nget -s /from-debian\nls /\nset /from-debian more\ndeleteall /from-debian\nls /\nquit\n'
  const output = await mustRun(zkCli, ['-server', ours.address], { input })
  assert.match(output, /^data\ncZxid = 0x2$/m)
  assert.deepEqual(output.match(/^\[.*\]$/gm), ['[from-debian, zookeeper]', '[zookeeper]'])
})
