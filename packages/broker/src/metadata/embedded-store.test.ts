import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MemoryStoreDirectory } from '@millrace/zookeeper'
import { systemScheduler } from '../ports.js'
import { EmbeddedStore } from './embedded-store.js'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

async function openStore(t: TestContext, folder: MemoryStoreDirectory) {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-store-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const scheduler = { schedule: (_delayMs: number, task: () => void) => systemScheduler.schedule(10, task) }
  const store = await EmbeddedStore.open({ directory, folder, sessionTimeoutMs: 18_000, scheduler, logger: quiet })
  t.after(() => store.close())
  // The timers of store and client do not keep the process alive.
  const keepAlive = setInterval(() => {}, 60_000)
  t.after(() => clearInterval(keepAlive))
  return store
}

test('after a failure of its disk the store goes on, with the same sessions, and does what was asked meanwhile', async (t) => {
  const folder = new MemoryStoreDirectory()
  const store = await openStore(t, folder)
  const zooKeeper = await store.connect()
  await zooKeeper.create('/before', null, { mode: 'ephemeral' })
  const { sessionId } = zooKeeper

  folder.failWith(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
  await assert.rejects(zooKeeper.create('/lost', null), { code: 'CONNECTIONLOSS' })
  const asked = zooKeeper.create('/after', null)
  folder.heal()
  await asked
  assert.equal(zooKeeper.sessionId, sessionId)
  assert.equal(zooKeeper.state, 'connected')
  assert.equal((await zooKeeper.exists('/before'))?.ephemeralOwner, sessionId)
})

test('a store that is closed while its disk fails does not start again', async (t) => {
  const folder = new MemoryStoreDirectory()
  const store = await openStore(t, folder)
  const zooKeeper = await store.connect()
  folder.failWith(Object.assign(new Error('the disk is gone'), { code: 'EIO' }))
  await assert.rejects(zooKeeper.create('/lost', null), { code: 'CONNECTIONLOSS' })
  await store.close()
})
