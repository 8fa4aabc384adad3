/**
 * What every way in to a ZooKeeper must do, seen by two clients of one server. Each implementation's test file calls
 * `zooKeeperContract` with a way to open sessions.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { CREATOR_ALL_ACL, type MultiOp, OPEN_ACL_UNSAFE, Perms, READ_ACL_UNSAFE } from './core/data-types.js'
import { ZooKeeperError, type ZooKeeperErrorName } from './errors.js'
import type { WatchedEvent, Watcher, ZooKeeper, ZooKeeperState } from './zookeeper.js'

/** A server and ways to it. */
export interface ZooKeeperHarness {
  connect(options?: { readonly chroot?: string }): Promise<ZooKeeper>
  /** Ends a session as its timeout would. */
  expireSession(sessionId: bigint): void
  /** Breaks the session's connection; the client comes back to it by itself. */
  dropConnection(sessionId: bigint): Promise<void>
  stop(): Promise<void>
}

async function rejectsWith(code: ZooKeeperErrorName, promise: Promise<unknown>): Promise<ZooKeeperError> {
  let caught: unknown
  try {
    await promise
  } catch (error) {
    caught = error
  }
  assert(caught instanceof ZooKeeperError, `expected ${code}, got ${String(caught)}`)
  assert.equal(caught.code, code)
  return caught
}

function recorder(): { readonly events: WatchedEvent[]; readonly watcher: Watcher } {
  const events: WatchedEvent[] = []
  return { events, watcher: (event) => events.push(event) }
}

function stateReached(client: ZooKeeper, state: ZooKeeperState): Promise<void> {
  if (client.state === state) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = client.onStateChange((reached) => {
      if (reached !== state) return
      stop()
      resolve()
    })
  })
}

const data = (text: string) => Buffer.from(text)

export function zooKeeperContract(name: string, start: () => Promise<ZooKeeperHarness>): void {
  describe(`${name} as a ZooKeeper`, () => {
    let harness: ZooKeeperHarness
    let one: ZooKeeper
    let two: ZooKeeper

    beforeEach(async () => {
      harness = await start()
      one = await harness.connect()
      two = await harness.connect()
    })
    afterEach(async () => {
      await harness.stop()
    })

    test('a fresh tree has /zookeeper with quota and config, and a root with cversion -1', async () => {
      const root = await one.getChildren('/')
      assert.deepEqual(root.children, ['zookeeper'])
      assert.equal(root.stat.cversion, -1)
      assert.equal(root.stat.czxid, 0n)
      const system = await one.getChildren('/zookeeper')
      assert.deepEqual([...system.children].sort(), ['config', 'quota'])
      assert.equal(system.stat.cversion, -2)
      const config = await one.getAcl('/zookeeper/config')
      assert.deepEqual(config.acl, READ_ACL_UNSAFE)
      assert.equal(config.stat.aversion, -1)
      assert.equal((await one.getData('/zookeeper/quota')).data?.length, 0)
    })

    test('create, read, change and delete a node with the stats of ZooKeeper', async () => {
      const created = await one.create('/a', data('x'))
      assert.equal(created.path, '/a')
      const { czxid } = created.stat
      assert.deepEqual(
        { ...created.stat, ctime: 0, mtime: 0 },
        {
          czxid,
          mzxid: czxid,
          pzxid: czxid,
          ctime: 0,
          mtime: 0,
          version: 0,
          cversion: 0,
          aversion: 0,
          ephemeralOwner: 0n,
          dataLength: 1,
          numChildren: 0,
        },
      )
      const changed = await one.setData('/a', data('yes'), 0)
      assert.equal(changed.version, 1)
      assert.equal(changed.mzxid, czxid + 1n)
      assert.equal(changed.czxid, czxid)
      const read = await two.getData('/a')
      assert.equal(read.data?.toString(), 'yes')
      assert.deepEqual(read.stat, changed)
      await rejectsWith('BADVERSION', one.delete('/a', 0))
      await one.delete('/a', 1)
      assert.equal(await two.exists('/a'), null)
    })

    test('data may be null, empty, and null again', async () => {
      await one.create('/n', null)
      assert.equal((await one.getData('/n')).data, null)
      await one.setData('/n', Buffer.alloc(0), -1)
      assert.equal((await one.getData('/n')).data?.length, 0)
      await one.setData('/n', null, -1)
      assert.equal((await one.getData('/n')).data, null)
    })

    test("a parent's cversion and pzxid follow creations and deletions of children", async () => {
      await one.create('/p', null)
      const a = await one.create('/p/a', null)
      let parent = await one.exists('/p')
      assert.equal(parent?.cversion, 1)
      assert.equal(parent?.pzxid, a.stat.czxid)
      await one.create('/p/b', null)
      await one.delete('/p/a', -1)
      parent = await one.exists('/p')
      assert.equal(parent?.cversion, 3)
      assert.equal(parent?.numChildren, 1)
      assert.equal(parent?.pzxid, a.stat.czxid + 2n)
      assert.equal(parent?.version, 0)
    })

    test('sequential numbers count every child ever created and do not fall', async () => {
      await one.create('/s', null)
      assert.equal((await one.create('/s/n-', null, { mode: 'persistent-sequential' })).path, '/s/n-0000000000')
      await one.create('/s/other', null)
      await one.delete('/s/other', -1)
      assert.equal((await one.create('/s/n-', null, { mode: 'ephemeral-sequential' })).path, '/s/n-0000000002')
      assert.equal((await one.create('/s/', null, { mode: 'persistent-sequential' })).path, '/s/0000000003')
    })

    test('every write takes a zxid, refused ones too', async () => {
      const first = await one.create('/z1', null)
      await rejectsWith('NODEEXISTS', one.create('/z1', null))
      await rejectsWith('NONODE', one.setData('/none', null, -1))
      await rejectsWith('BADARGUMENTS', two.delete('/', -1))
      await rejectsWith(
        'BADVERSION',
        one.multi([
          { kind: 'create', path: '/z9', data: null },
          { kind: 'check', path: '/z1', version: 5 },
        ]),
      )
      const second = await one.create('/z2', null)
      assert.equal(second.stat.czxid, first.stat.czxid + 5n)
    })

    test('create refuses in the order of ZooKeeper', async () => {
      await one.create('/open', null)
      await one.create('/closed', null, { acl: READ_ACL_UNSAFE })
      await one.create('/eph', null, { mode: 'ephemeral' })
      await rejectsWith('BADARGUMENTS', one.create('no-slash', null))
      await rejectsWith('INVALIDACL', one.create('/none/x', null, { acl: [] }))
      await rejectsWith('INVALIDACL', one.create('/none/x', null, { acl: CREATOR_ALL_ACL }))
      await rejectsWith('INVALIDACL', one.create('/x', null, { acl: [{ perms: 31, scheme: 'moon', id: 'x' }] }))
      await rejectsWith('NONODE', one.create('/none/..', null))
      await rejectsWith('NOAUTH', one.create('/closed/..', null))
      await rejectsWith('BADARGUMENTS', one.create('/open/..', null))
      await rejectsWith('BADARGUMENTS', one.create('/open/', null))
      await rejectsWith('BADARGUMENTS', one.create('/open/a\u0001', null))
      await rejectsWith('NODEEXISTS', one.create('/', null))
      await rejectsWith('NODEEXISTS', one.create('/open', null))
      await rejectsWith('NOCHILDRENFOREPHEMERALS', one.create('/eph/x', null))
    })

    test('delete refuses in the order of ZooKeeper', async () => {
      await one.create('/d', null)
      await one.create('/d/c', null)
      await one.create('/locked', null)
      await one.create('/locked/c', null)
      await one.setAcl('/locked', READ_ACL_UNSAFE, -1)
      for (const path of ['d', '/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']) {
        await rejectsWith('BADARGUMENTS', one.delete(path, -1))
      }
      await rejectsWith('NONODE', one.delete('/none/x', -1))
      await rejectsWith('NOAUTH', one.delete('/locked/none', -1))
      await rejectsWith('NONODE', one.delete('/d/none', -1))
      await rejectsWith('BADVERSION', one.delete('/d', 7))
      await rejectsWith('NOTEMPTY', one.delete('/d', 0))
    })

    test('setData and setAcl refuse in the order of ZooKeeper', async () => {
      await one.create('/ro', null, { acl: READ_ACL_UNSAFE })
      await rejectsWith('BADARGUMENTS', one.setData('/a/', null, -1))
      await rejectsWith('NONODE', one.setData('/none', null, -1))
      await rejectsWith('NOAUTH', one.setData('/ro', null, 9))
      await one.create('/rw', null)
      await rejectsWith('BADVERSION', one.setData('/rw', null, 9))
      await rejectsWith('INVALIDACL', one.setAcl('/none', [], -1))
      await rejectsWith('NONODE', one.setAcl('/none', OPEN_ACL_UNSAFE, -1))
      await rejectsWith('NOAUTH', one.setAcl('/ro', OPEN_ACL_UNSAFE, 9))
      await rejectsWith('BADVERSION', one.setAcl('/rw', OPEN_ACL_UNSAFE, 9))
      assert.equal((await one.setAcl('/rw', READ_ACL_UNSAFE, 0)).aversion, 1)
      await rejectsWith('NOAUTH', one.setData('/rw', null, -1))
    })

    test('digest identities own what they create, and others see no hashes', async () => {
      await one.addAuth('digest', data('bob:secret'))
      const hash = createHash('sha1').update('bob:secret').digest('base64')
      await one.create('/mine', data('x'), { acl: CREATOR_ALL_ACL })
      await rejectsWith('NOAUTH', two.getData('/mine'))
      await rejectsWith('NOAUTH', two.getChildren('/mine'))
      await rejectsWith('NOAUTH', two.getAcl('/mine'))
      await rejectsWith('NOAUTH', two.exists('/mine'))
      assert.deepEqual((await one.getAcl('/mine')).acl, [{ perms: Perms.ALL, scheme: 'digest', id: `bob:${hash}` }])
      await one.setAcl('/mine', [...CREATOR_ALL_ACL, ...READ_ACL_UNSAFE], -1)
      assert.equal((await two.getData('/mine')).data?.toString(), 'x')
      const shown = (await two.getAcl('/mine')).acl
      assert.deepEqual(shown[0], { perms: Perms.ALL, scheme: 'digest', id: 'bob:x' })
      await two.addAuth('digest', data('bob:secret'))
      await two.setData('/mine', data('y'), -1)
    })

    test('an unknown scheme fails the authentication', async () => {
      await rejectsWith('AUTHFAILED', two.addAuth('moon', data('x')))
      assert.equal(two.state, 'closed')
    })

    test('data watches fire once, before any reply that shows the change', async () => {
      await one.create('/w', data('0'))
      const { events, watcher } = recorder()
      await two.getData('/w', watcher)
      await one.setData('/w', data('1'), -1)
      const seen: number[] = []
      const reply = two.getData('/w').then((read) => {
        seen.push(events.length)
        assert.equal(read.data?.toString(), '1')
      })
      await reply
      assert.deepEqual(seen, [1])
      assert.deepEqual(events, [{ type: 'NodeDataChanged', path: '/w' }])
      await one.setData('/w', data('2'), -1)
      await two.getData('/w')
      assert.equal(events.length, 1)
    })

    test('exists watches wait for a node; a failed getData sets none', async () => {
      const waiting = recorder()
      const failed = recorder()
      assert.equal(await two.exists('/later', waiting.watcher), null)
      await rejectsWith('NONODE', two.getData('/later', failed.watcher))
      await rejectsWith('NONODE', two.getChildren('/later', failed.watcher))
      await one.create('/later', null)
      await two.sync('/')
      assert.deepEqual(waiting.events, [{ type: 'NodeCreated', path: '/later' }])
      assert.deepEqual(failed.events, [])
    })

    test('child watches fire on creations and deletions of children and on the end of the node', async () => {
      await one.create('/c', null)
      const { events, watcher } = recorder()
      await two.getChildren('/c', watcher)
      await one.setData('/c', data('x'), -1)
      await one.create('/c/x', null)
      await two.getChildren('/c', watcher)
      await one.delete('/c/x', -1)
      await two.getChildren('/c', watcher)
      await one.delete('/c', -1)
      await two.sync('/')
      assert.deepEqual(events, [
        { type: 'NodeChildrenChanged', path: '/c' },
        { type: 'NodeChildrenChanged', path: '/c' },
        { type: 'NodeDeleted', path: '/c' },
      ])
    })

    test('a deletion is told once to a client with data and child watches of the node', async () => {
      await one.create('/both', null)
      const { events, watcher } = recorder()
      await two.getData('/both', watcher)
      await two.getChildren('/both', watcher)
      await one.delete('/both', -1)
      await two.sync('/')
      assert.deepEqual(events, [{ type: 'NodeDeleted', path: '/both' }])
    })

    test('who may not read a node hears nothing of it; the watch is used up all the same', async () => {
      const { events, watcher } = recorder()
      await one.addAuth('digest', data('bob:secret'))
      await two.exists('/secret', watcher)
      await one.create('/secret', null, { acl: CREATOR_ALL_ACL })
      await one.setAcl('/secret', OPEN_ACL_UNSAFE, -1)
      await one.setData('/secret', null, -1)
      await two.getData('/secret', watcher)
      await one.setAcl('/secret', CREATOR_ALL_ACL, -1)
      await one.delete('/secret', -1)
      await two.sync('/')
      assert.deepEqual(events, [])
    })

    test('setAcl fires nothing', async () => {
      await one.create('/acl', null)
      const { events, watcher } = recorder()
      await two.getData('/acl', watcher)
      await one.setAcl('/acl', READ_ACL_UNSAFE, -1)
      await two.sync('/')
      assert.deepEqual(events, [])
    })

    test('persistent watches stay, recursive ones tell of descendants but not of children lists', async () => {
      await one.create('/t', null)
      const plain = recorder()
      const recursive = recorder()
      await two.addWatch('/t', 'persistent', plain.watcher)
      await one.create('/t/a', null)
      await one.create('/t/a/b', null)
      await one.setData('/t', data('1'), -1)
      await one.setData('/t', data('2'), -1)
      await two.sync('/')
      assert.deepEqual(
        plain.events.map((event) => event.type),
        ['NodeChildrenChanged', 'NodeDataChanged', 'NodeDataChanged'],
      )
      await two.removeWatch('/t', plain.watcher)
      await rejectsWith('NOWATCHER', two.removeWatch('/t', plain.watcher))
      await two.addWatch('/t', 'persistent-recursive', recursive.watcher)
      await one.setData('/t/a/b', data('1'), -1)
      await one.delete('/t/a/b', -1)
      await one.create('/t/a/c', null)
      await two.sync('/')
      assert.deepEqual(recursive.events, [
        { type: 'NodeDataChanged', path: '/t/a/b' },
        { type: 'NodeDeleted', path: '/t/a/b' },
        { type: 'NodeCreated', path: '/t/a/c' },
      ])
      assert.equal(plain.events.length, 3)
    })

    test('multi: all or nothing, later operations see earlier ones, one zxid', async () => {
      const results = await one.multi([
        { kind: 'create', path: '/m', data: null, mode: 'ephemeral' },
        { kind: 'setData', path: '/m', data: data('v'), version: 0 },
        { kind: 'check', path: '/m', version: 1 },
        { kind: 'create', path: '/s-', data: null, mode: 'persistent-sequential' },
        { kind: 'delete', path: '/s-0000000001', version: 0 },
      ])
      assert.deepEqual(
        results.map((result) => result.kind),
        ['create', 'setData', 'check', 'create', 'delete'],
      )
      const [created, set] = results
      assert(created?.kind === 'create' && set?.kind === 'setData')
      assert.equal(created.stat.version, 0)
      assert.equal(set.stat.version, 1)
      assert.equal(set.stat.mzxid, created.stat.czxid)
      assert.equal((await two.getData('/m')).stat.version, 1)
    })

    test('multi: a refused one changes nothing and says which operation failed', async () => {
      await one.create('/guard', null)
      const before = await one.getChildren('/')
      const operations: readonly MultiOp[] = [
        { kind: 'create', path: '/new', data: null },
        { kind: 'setData', path: '/guard', data: data('no'), version: 0 },
        { kind: 'create', path: '/new/child', data: null },
        { kind: 'delete', path: '/guard', version: 1 },
        { kind: 'check', path: '/new', version: 4 },
        { kind: 'delete', path: '/new', version: -1 },
      ]
      const error = await rejectsWith('BADVERSION', one.multi(operations))
      assert.deepEqual(error.results, [0, 0, 0, 0, -103, -2])
      const after = await one.getChildren('/')
      assert.deepEqual([...after.children].sort(), [...before.children].sort())
      assert.deepEqual({ ...after.stat }, { ...before.stat })
      assert.equal((await one.getData('/guard')).data, null)
      const failedCheck = await rejectsWith(
        'BADVERSION',
        one.multi([
          { kind: 'check', path: '/guard', version: 3 },
          { kind: 'create', path: '/x', data: null },
        ]),
      )
      assert.deepEqual(failedCheck.results, [-103, -2])
    })

    test('ephemeral nodes go with the session that closes, and others are told', async () => {
      await one.create('/e', null, { mode: 'ephemeral' })
      assert.equal((await two.exists('/e'))?.ephemeralOwner, one.sessionId)
      const { events, watcher } = recorder()
      await two.exists('/e', watcher)
      await one.close()
      assert.equal(one.state, 'closed')
      assert.equal(await two.exists('/e'), null)
      assert.deepEqual(events, [{ type: 'NodeDeleted', path: '/e' }])
      await rejectsWith('CONNECTIONLOSS', one.exists('/'))
    })

    test('an expired session loses its ephemeral nodes, hears of it, and stays expired', async () => {
      await one.create('/e1', null, { mode: 'ephemeral' })
      await one.create('/e2', null, { mode: 'ephemeral' })
      await one.create('/stays', null)
      const parentBefore = await two.exists('/')
      harness.expireSession(one.sessionId)
      await stateReached(one, 'expired')
      assert.equal(await two.exists('/e1'), null)
      assert.equal(await two.exists('/e2'), null)
      assert.notEqual(await two.exists('/stays'), null)
      const parentAfter = await two.exists('/')
      assert.equal(parentAfter?.pzxid, (parentBefore?.pzxid ?? 0n) + 1n)
      await rejectsWith('SESSIONEXPIRED', one.getData('/stays'))
    })

    test('a dropped connection: unknown outcomes are told, the session, its nodes and watches live on', async () => {
      await one.create('/keep', data('0'), { mode: 'ephemeral' })
      await two.create('/other', null)
      const changed = recorder()
      const created = recorder()
      const quiet = recorder()
      await one.getData('/keep', changed.watcher)
      await one.exists('/born', created.watcher)
      await one.getChildren('/other', quiet.watcher)
      const sessionId = one.sessionId
      const dropped = harness.dropConnection(sessionId)
      const lost = one.setData('/other', data('?'), -1).then(
        () => 'answered',
        (error: unknown) => (error instanceof ZooKeeperError ? error.code : String(error)),
      )
      await dropped
      assert.equal(one.state, 'disconnected')
      assert.match(await lost, /CONNECTIONLOSS|answered/)
      await two.setData('/keep', data('1'), -1)
      await two.create('/born', null)
      await stateReached(one, 'connected')
      assert.equal((await one.getData('/keep')).data?.toString(), '1')
      assert.equal(one.sessionId, sessionId)
      assert.deepEqual(changed.events, [{ type: 'NodeDataChanged', path: '/keep' }])
      assert.deepEqual(created.events, [{ type: 'NodeCreated', path: '/born' }])
      assert.deepEqual(quiet.events, [])
      await two.create('/other/x', null)
      await one.sync('/')
      assert.deepEqual(quiet.events, [{ type: 'NodeChildrenChanged', path: '/other' }])
    })

    test('requests made while disconnected wait for the connection', async () => {
      await harness.dropConnection(one.sessionId)
      assert.equal(one.state, 'disconnected')
      assert.equal((await one.create('/queued', null)).path, '/queued')
    })

    test('replies come in the order of the requests', async () => {
      const order: number[] = []
      const requests = [
        one.create('/o', null),
        one.getData('/o'),
        one.setData('/o', data('1'), 0),
        one.exists('/none'),
        one.multi([{ kind: 'check', path: '/o', version: 1 }]),
        one.delete('/o', 1),
      ].map((request, index) => request.then(() => order.push(index)))
      await Promise.all(requests)
      assert.equal(order.length, 6)
    })

    test('a chroot is put before paths and taken off answers and events', async () => {
      await one.create('/base', null)
      const chrooted = await harness.connect({ chroot: '/base' })
      const { events, watcher } = recorder()
      assert.deepEqual((await chrooted.getChildren('/', watcher)).children, [])
      assert.equal((await chrooted.create('/in', data('x'))).path, '/in')
      const [result] = await chrooted.multi([{ kind: 'create', path: '/in/side', data: null }])
      assert(result?.kind === 'create')
      assert.equal(result.path, '/in/side')
      assert.deepEqual(events, [{ type: 'NodeChildrenChanged', path: '/' }])
      assert.equal((await one.getData('/base/in')).data?.toString(), 'x')
      const error = await rejectsWith('NONODE', chrooted.getData('/gone'))
      assert.equal(error.path, '/gone')
    })

    test('odd but allowed: data of the root, an empty multi, children of system nodes, an ACL that lets nobody in', async () => {
      assert.equal((await one.setData('/', data('x'), -1)).version, 1)
      assert.deepEqual(await one.multi([]), [])
      await one.create('/zookeeper/x', null)
      await rejectsWith('NOAUTH', one.setData('/zookeeper/config', null, -1))
      await one.create('/p0', null, { acl: [{ perms: 0, scheme: 'world', id: 'anyone' }] })
      await rejectsWith('NOAUTH', one.getAcl('/p0'))
      await one.delete('/p0', -1)
      await one.create('/twice', null, { acl: [...OPEN_ACL_UNSAFE, ...OPEN_ACL_UNSAFE] })
      assert.deepEqual((await one.getAcl('/twice')).acl, OPEN_ACL_UNSAFE)
    })

    test('reads take any path: the empty one is the root, and only exists minds a NUL', async () => {
      assert.deepEqual((await one.getChildren('')).children, ['zookeeper'])
      assert.notEqual(await one.exists(''), null)
      assert.equal(await one.exists('/none//x/'), null)
      await rejectsWith('BADARGUMENTS', one.exists('/a\0'))
      await rejectsWith('NONODE', one.getData('/a\0'))
      await one.create('/mine', null, { mode: 'ephemeral' })
      for (const prefix of ['', '/', ' / ', '/m']) assert.deepEqual(await one.getEphemerals(prefix), ['/mine'])
      assert.deepEqual(await one.getEphemerals('/n'), [])
    })

    test('containers and TTL nodes show no owner', async () => {
      const container = await one.create('/container', null, { mode: 'container' })
      assert.equal(container.stat.ephemeralOwner, 0n)
      assert.equal((await one.create('/container/c', null)).path, '/container/c')
    })

    test('the steps of a multi fire watches one after the other', async () => {
      await one.create('/w', null)
      const { events, watcher } = recorder()
      await two.getChildren('/w', watcher)
      await two.exists('/w/k', watcher)
      await one.multi([
        { kind: 'create', path: '/w/k', data: null },
        { kind: 'setData', path: '/w/k', data: null, version: -1 },
        { kind: 'delete', path: '/w/k', version: -1 },
      ])
      await two.sync('/')
      assert.deepEqual(events, [
        { type: 'NodeCreated', path: '/w/k' },
        { type: 'NodeChildrenChanged', path: '/w' },
      ])
    })

    test('close may be called twice', async () => {
      await two.close()
      await two.close()
    })
  })
}
