import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MemoryStoreDirectory } from '@millrace/zookeeper'
import { type Logger, type Scheduler, systemScheduler } from '../../ports.js'
import { MemoryLogger } from '../../testing/memory-logger.js'
import { until } from '../../testing/test-peer.js'
import { InProcessStore } from './in-process-store.js'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

async function openStore(
  t: TestContext,
  folder: MemoryStoreDirectory,
  handed: { readonly logger?: Logger; readonly scheduler?: Scheduler } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'in-process-store-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const scheduler = { schedule: (_delayMs: number, task: () => void) => systemScheduler.schedule(10, task) }
  const ports = { scheduler, logger: quiet, ...handed }
  const store = await InProcessStore.open({ directory, folder, sessionTimeoutMs: 18_000, ...ports })
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

test('an outage of the disk is told once when it begins, and once when it is over', async (t) => {
  const folder = new MemoryStoreDirectory()
  const logger = new MemoryLogger()
  const scheduler = { schedule: (delayMs: number, task: () => void) => systemScheduler.schedule(delayMs / 50, task) }
  const store = await openStore(t, folder, { logger, scheduler })
  const zooKeeper = await store.connect()
  folder.failWith(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await assert.rejects(zooKeeper.create('/lost', null), { code: 'CONNECTIONLOSS' })
  }
  const told = () => logger.lines.filter((line) => line.includes('store of cluster metadata'))
  assert.deepEqual(told(), ['error The store of cluster metadata failed, and is started again until it works'])
  folder.heal()
  await zooKeeper.create('/after', null)
  await until(() => told().length === 2)
  assert.equal(told()[1], 'info The store of cluster metadata works again')
})
