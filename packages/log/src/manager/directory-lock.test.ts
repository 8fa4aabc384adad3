import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXCLUSIVE_BYTES_WHEN_FULL } from '../disk/disk.js'
import { FakeProcesses } from '../testing/fake-processes.js'
import { SimulatedDisk } from '../testing/simulated-disk.js'
import { lockDirectory } from './directory-lock.js'
import { LogDirectoryError } from './log-directory-error.js'
import { NodeProcessTable } from './process-table.js'

async function setUp(): Promise<{ disk: SimulatedDisk; processes: FakeProcesses }> {
  const disk = new SimulatedDisk()
  await disk.mkdir('/d')
  return { disk, processes: new FakeProcesses(100) }
}

function isLockedBy(pid: number): (error: unknown) => boolean {
  return (error) => error instanceof LogDirectoryError && error.code === 'LOCKED' && error.pid === pid
}

test('lock: a second process is refused and told the first, until that one lets go', async () => {
  const { disk, processes } = await setUp()
  const lock = await lockDirectory(disk, '/d', processes)
  processes.become(200)
  await assert.rejects(lockDirectory(disk, '/d', processes), isLockedBy(100))
  await assert.rejects(lockDirectory(disk, '/d', processes), /pid 100/)
  await lock.release()
  await lockDirectory(disk, '/d', processes)
})

test('lock: of a process that has died it is taken over, also when its id belongs to another one now', async () => {
  const { disk, processes } = await setUp()
  await lockDirectory(disk, '/d', processes)
  processes.kill(100)
  processes.become(200)
  await lockDirectory(disk, '/d', processes)
  processes.become(200, 'boot/2')
  const lock = await lockDirectory(disk, '/d', processes)
  assert.equal(disk.contentOf('/d/.millrace.lock').toString(), '200 boot/2\n')
  await lock.release()
  assert.deepEqual(
    (await disk.readdir('/d')).map(({ name }) => name),
    ['.lock'],
  )
})

test('lock: of two that want to take over, one gets it', async () => {
  const { disk, processes } = await setUp()
  await lockDirectory(disk, '/d', processes)
  processes.kill(100)
  processes.become(200)
  const other = new FakeProcesses(300)
  other.become(200)
  other.become(300)
  processes.become(300)
  processes.become(200)
  const results = await Promise.allSettled([lockDirectory(disk, '/d', processes), lockDirectory(disk, '/d', other)])
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('lock: who died while taking over does not keep others out', async () => {
  const { disk, processes } = await setUp()
  disk.put('/d/.millrace.lock', Buffer.from('1 boot/0\n'))
  disk.put('/d/.millrace.lock.takeover', Buffer.from('2 boot/0\n'))
  await lockDirectory(disk, '/d', processes)
  const half = await setUp()
  half.disk.put('/d/.millrace.lock', Buffer.from('100 bo'))
  await lockDirectory(half.disk, '/d', half.processes)
})

test('lock: a full disk takes it, and takes it over', async () => {
  const { disk, processes } = await setUp()
  disk.put('/d/.lock', Buffer.alloc(0))
  const { totalBytes, freeBytes } = await disk.space()
  disk.setCapacityBytes(totalBytes - freeBytes)
  await lockDirectory(disk, '/d', processes)
  processes.become(200)
  await assert.rejects(lockDirectory(disk, '/d', processes), isLockedBy(100))
  processes.kill(100)
  await lockDirectory(disk, '/d', processes)
  assert.equal(disk.contentOf('/d/.millrace.lock').toString(), '200 boot/1\n')
})

test('lock: what is written of a process is short enough for a full disk', async () => {
  const { pid, started } = await new NodeProcessTable().self()
  assert.ok(`${4_194_304} ${started}\n`.length <= EXCLUSIVE_BYTES_WHEN_FULL, `${pid} ${started}`)
})

test('lock: an Apache broker that holds .lock is respected', async () => {
  const { disk, processes } = await setUp()
  disk.put('/d/.lock', Buffer.alloc(0))
  const id = (await disk.stat('/d/.lock'))?.id ?? ''
  processes.lock(id, 4711)
  await assert.rejects(lockDirectory(disk, '/d', processes), isLockedBy(4711))
})

test('processes of this machine: this one is found with its start, others are not', async () => {
  const table = new NodeProcessTable()
  const self = await table.self()
  assert.equal(self.pid, process.pid)
  assert.deepEqual(await table.find(process.pid), self)
  if (process.platform === 'linux') assert.match(self.started, /^[0-9a-f-]{36}\/\d+$/)
  assert.equal(await table.find(0x3fff_ffff), undefined)
  assert.equal(await table.findLockHolder('ff:ff:1'), undefined)
})
