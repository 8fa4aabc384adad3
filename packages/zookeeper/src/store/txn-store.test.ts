/** The store alone: cuts at every byte, power cuts, snapshots, damage, a failing disk. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { OPEN_ACL_UNSAFE } from '../core/data-types.js'
import type { DatabaseCapture } from '../core/database.js'
import type { Change } from '../core/txn.js'
import { comparable } from '../testing/comparable.js'
import { HEADER_BYTES } from './frames.js'
import { MemoryStoreDirectory } from './memory-ports.js'
import { NodeStoreDirectory } from './node-ports.js'
import type { StoreDirectory } from './ports.js'
import { recover } from './recovery.js'
import { logFiles, logName, snapshotFiles } from './store-files.js'
import { TxnStore, type TxnStoreOptions } from './txn-store.js'

async function openStore(directory: StoreDirectory, options: Partial<TxnStoreOptions> = {}): Promise<TxnStore> {
  return await TxnStore.open({
    directory,
    onSynced: () => {},
    onFailure: (error) => assert.fail(String(error)),
    ...options,
  })
}

function write(store: TxnStore, ...changes: readonly Change[]): DatabaseCapture {
  const txn = { zxid: store.database.lastZxid + 1n, timeMs: 1000 + Number(store.database.lastZxid), changes }
  store.database.apply(txn)
  store.append(txn)
  return store.database.capture()
}

function create(path: string, text: string | null = path): Change {
  const data = text === null ? null : Buffer.from(text)
  return { kind: 'create', path, data, acl: OPEN_ACL_UNSAFE, ephemeralOwner: 0n }
}

/** One transaction of every kind of change. */
function writeOfEveryKind(store: TxnStore): DatabaseCapture[] {
  return [
    write(store, { kind: 'createSession', sessionId: -5n, timeoutMs: 6000 }),
    write(store, create('/a'), create('/a/b', null)),
    write(store, { kind: 'setData', path: '/a', data: Buffer.from('é'), version: 1 }),
    write(store),
    write(store, { kind: 'setAcl', path: '/a', acl: [{ perms: 1, scheme: 'digest', id: 'u:x' }], version: 1 }),
    write(store, { ...create('/e'), kind: 'create', ephemeralOwner: -5n } as Change),
    write(store, { kind: 'delete', path: '/a/b' }),
    write(store, { kind: 'closeSession', sessionId: -5n }),
  ]
}

test('recovery after a cut at any byte keeps every whole transaction and can go on', async () => {
  const directory = new MemoryStoreDirectory()
  const store = await openStore(directory)
  const states = [store.database.capture(), ...writeOfEveryKind(store)]
  await store.close()
  const whole = directory.bytesOf(logName(1n))
  let lastZxid = 0n
  for (let length = 0; length <= whole.length; length++) {
    const cut = new MemoryStoreDirectory()
    cut.put(logName(1n), whole.subarray(0, length))
    const reopened = await openStore(cut)
    const zxid = reopened.database.lastZxid
    assert(zxid === lastZxid || zxid === lastZxid + 1n, `cut at ${length}`)
    lastZxid = zxid
    assert.deepEqual(comparable(reopened.database.capture()), comparable(states[Number(zxid)] as DatabaseCapture))
    const after = write(reopened, create(`/after-${length}`))
    await reopened.close()
    assert.deepEqual(comparable((await recover(cut)).database.capture()), comparable(after))
  }
  assert.equal(lastZxid, BigInt(states.length - 1))
})

test('a changed byte in the last log cuts it there, in an older log it is an error', async () => {
  const directory = new MemoryStoreDirectory()
  const store = await openStore(directory)
  writeOfEveryKind(store)
  await store.close()
  const bytes = Buffer.from(directory.bytesOf(logName(1n)))
  bytes[HEADER_BYTES + 12] = 0xff
  directory.put(logName(1n), bytes)
  const recovered = await recover(directory.crashed())
  assert.equal(recovered.database.lastZxid, 0n)
  assert.equal(recovered.bytesCut, bytes.length - HEADER_BYTES)
  directory.put(logName(9n), directory.bytesOf(logName(1n)).subarray(0, HEADER_BYTES))
  await assert.rejects(recover(directory), { name: 'StoreError', code: 'CORRUPT' })
})

test('what was not synced is gone after a power cut, what was synced is there', async () => {
  const directory = new MemoryStoreDirectory()
  const synced: bigint[] = []
  const store = await openStore(directory, { onSynced: (zxid) => synced.push(zxid) })
  write(store, create('/safe'))
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(synced, [1n])
  directory.holdSyncs()
  write(store, create('/lost'))
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(synced, [1n])
  for (const keep of [0, 1, 20]) {
    const { database } = await recover(directory.crashed((_, unsynced) => Math.min(keep, unsynced)))
    assert.equal(database.lastZxid, 1n)
    assert.notEqual(database.tree.node('/safe'), undefined)
    assert.equal(database.tree.node('/lost'), undefined)
  }
  directory.releaseSyncs()
  await store.close()
})

test('transactions that arrive during a sync share the next one', async () => {
  const directory = new MemoryStoreDirectory()
  const store = await openStore(directory)
  const before = directory.syncCount
  for (let index = 0; index < 50; index++) write(store, create(`/n${index}`))
  await store.close()
  assert.equal(directory.syncCount - before, 1)
})

test('snapshots are taken by count, three are kept with the logs they need, and restart from the newest', async () => {
  const directory = new MemoryStoreDirectory()
  const store = await openStore(directory, { snapshotTxns: 10 })
  let last = store.database.capture()
  for (let index = 0; index < 95; index++) {
    last = write(store, create(`/n${index}`))
    if (index % 5 === 4) for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  await store.close()
  assert.deepEqual(
    snapshotFiles(directory.names()).map(({ zxid }) => zxid),
    [70n, 80n, 90n],
  )
  assert.deepEqual(
    logFiles(directory.names()).map(({ zxid }) => zxid),
    [71n, 81n, 91n],
  )
  const recovered = await recover(directory.crashed())
  assert.deepEqual(comparable(recovered.database.capture()), comparable(last))
  assert.equal(recovered.txnsSinceSnapshot, 5)
})

test('a snapshot shows one moment, however much is written while it is being written', async () => {
  const directory = new MemoryStoreDirectory()
  const store = await openStore(directory, { snapshotTxns: 2000, snapshotsRetained: 1 })
  const filler = 'x'.repeat(200)
  for (let index = 0; index < 1999; index++) write(store, create(`/n${index}`, filler))
  const captured = write(store, create('/last'))
  for (let index = 0; index < 100; index++) {
    write(store, { kind: 'setData', path: `/n${index}`, data: Buffer.from('changed'), version: 1 })
    write(store, { kind: 'delete', path: `/n${index + 500}` })
    await Promise.resolve()
  }
  const last = store.database.capture()
  await store.close()
  const [snapshot] = snapshotFiles(directory.names())
  assert.equal(snapshot?.zxid, 2000n)
  const alone = new MemoryStoreDirectory()
  alone.put(snapshot.name, directory.bytesOf(snapshot.name))
  assert.deepEqual(comparable((await recover(alone)).database.capture()), comparable(captured))
  assert.deepEqual(comparable((await recover(directory)).database.capture()), comparable(last))
})

test('a damaged snapshot is passed over for the one before; without a way around it the start fails', async () => {
  const directory = new MemoryStoreDirectory()
  const store = await openStore(directory, { snapshotTxns: 4 })
  for (let index = 0; index < 14; index++) {
    write(store, create(`/n${index}`))
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  const last = store.database.capture()
  await store.close()
  const snapshots = snapshotFiles(directory.names())
  for (const { name } of snapshots.slice(1)) {
    const bytes = Buffer.from(directory.bytesOf(name))
    directory.put(name, bytes.subarray(0, bytes.length - 1))
  }
  assert.deepEqual(comparable((await recover(directory)).database.capture()), comparable(last))
  await directory.remove(snapshots[0]?.name ?? '')
  await directory.remove(logName(1n))
  await assert.rejects(recover(directory), { name: 'StoreError', code: 'MISSING' })
})

test('unfinished snapshots are removed at the start', async () => {
  const directory = new MemoryStoreDirectory()
  directory.put('0000000000000005.snapshot.tmp', Buffer.from('half'))
  await recover(directory)
  assert.deepEqual(directory.names(), [])
})

test('after a failed sync nothing more is reported as synced', async () => {
  const directory = new MemoryStoreDirectory()
  const failures: unknown[] = []
  const synced: bigint[] = []
  const store = await openStore(directory, {
    onSynced: (zxid) => synced.push(zxid),
    onFailure: (error) => failures.push(error),
  })
  directory.failWith(new Error('ENOSPC'))
  write(store, create('/a'))
  await store.close()
  write(store, create('/b'))
  await store.close()
  assert.equal(failures.length, 1)
  assert.deepEqual(synced, [])
})

async function inRealFolder(scenario: (directory: NodeStoreDirectory, path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'zookeeper-store-'))
  try {
    await scenario(await NodeStoreDirectory.open(path), path)
  } finally {
    await rm(path, { recursive: true })
  }
}

test('the real folder: write, snapshot, reopen', async () => {
  await inRealFolder(async (_directory, path) => {
    const directory = await NodeStoreDirectory.open(join(path, 'zookeeper'))
    const store = await openStore(directory, { snapshotTxns: 5 })
    const states = writeOfEveryKind(store)
    await store.close()
    const recovered = await recover(directory)
    assert.deepEqual(comparable(recovered.database.capture()), comparable(states.at(-1) as DatabaseCapture))
    assert.equal(snapshotFiles(await directory.list()).length, 1)
  })
})

test('the real folder: a log has space ahead, and goes on where its last record ends', async () => {
  await inRealFolder(async (directory, path) => {
    const first = await openStore(directory)
    const states = writeOfEveryKind(first)
    await first.close()
    const { size } = await stat(join(path, logName(1n)))
    assert.ok(size > 512 * 1024, `${size} bytes`)
    const second = await openStore(directory)
    assert.deepEqual(second.recovery, { bytesCut: 0, txnsReplayed: states.length })
    const after = write(second, create('/after'))
    await second.close()
    assert.equal((await stat(join(path, logName(1n)))).size, size)
    assert.deepEqual(comparable((await recover(directory)).database.capture()), comparable(after))
  })
})

test('the real folder: a record that lay behind a torn one never comes back', async () => {
  await inRealFolder(async (directory, path) => {
    const first = await openStore(directory)
    write(first, create('/a'))
    write(first, create('/b'))
    write(first, create('/c'))
    await first.close()
    const log = join(path, logName(1n))
    const bytes = await readFile(log)
    bytes[bytes.indexOf('/b')] = 0xff
    await writeFile(log, bytes)
    const second = await openStore(directory)
    assert.equal(second.database.lastZxid, 1n)
    assert.ok(second.recovery.bytesCut > 0)
    // As long as the one that was torn: the third would follow it without a gap.
    const after = write(second, create('/d'))
    await second.close()
    assert.deepEqual(comparable((await recover(directory)).database.capture()), comparable(after))
  })
})
