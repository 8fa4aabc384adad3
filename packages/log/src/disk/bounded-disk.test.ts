import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../testing/manual-time.js'
import { SimulatedDisk } from '../testing/simulated-disk.js'
import { BoundedDisk } from './bounded-disk.js'
import { diskContract } from './disk.contract.js'
import type { Disk, DiskFile } from './disk.js'
import { threadPoolSize, threadsOfOneDisk } from './thread-pool.js'

diskContract('bounded, one operation at a time', async () => {
  const disk = new BoundedDisk(new SimulatedDisk(), 1)
  await disk.mkdir('/root')
  return { disk, root: '/root', tearDown: () => Promise.resolve() }
})

async function openFiles(disk: Disk, count: number): Promise<DiskFile[]> {
  await disk.mkdir('/d')
  return await Promise.all(Array.from({ length: count }, (_, index) => disk.open(`/d/${index}`, { create: true })))
}

function hangingCalls(disk: SimulatedDisk): string[] {
  return disk.calls.map(({ operation, path }) => `${operation} ${path}`)
}

test('bounded disk: of operations that hang so many have begun; the others go on in their order when it moves', async () => {
  const simulated = new SimulatedDisk()
  const disk = new BoundedDisk(simulated, 2)
  const files = await openFiles(disk, 4)
  const before = simulated.calls.length
  const release = simulated.stall(({ operation }) => operation !== 'read')
  const written = files.map((file, index) => file.write([Buffer.from(`${index}`)], 0))
  const others = [files[0]?.datasync(), files[1]?.truncate(0), disk.rename('/d/3', '/d/moved'), disk.unlink('/d/2')]
  await settle()
  assert.deepEqual(hangingCalls(simulated).slice(before), ['write /d/0', 'write /d/1'])

  // What only reads is not held up.
  assert.equal(await files[0]?.read(Buffer.alloc(1), 0), 0)
  assert.equal((await disk.stat('/d/0'))?.sizeInBytes, 0)
  release()
  await Promise.all([...written, ...others])
  assert.deepEqual(
    hangingCalls(simulated)
      .slice(before)
      .filter((call) => !call.startsWith('read')),
    [
      'write /d/0',
      'write /d/1',
      'write /d/2',
      'write /d/3',
      'datasync /d/0',
      'truncate /d/1',
      'rename /d/3',
      'unlink /d/2',
    ],
  )
})

test('bounded disk: an operation that fails gives its place to the next', async () => {
  const simulated = new SimulatedDisk()
  const disk = new BoundedDisk(simulated, 1)
  const [file] = await openFiles(disk, 1)
  assert.ok(file !== undefined)
  simulated.fail('EIO', ({ operation }) => operation === 'write', { times: 2 })
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => file.write([Buffer.from('x')], 0)))
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  )
  await file.write([Buffer.from('again')], 0)
})

test('bounded disk: a write that need not wait is the own promise of the file', async () => {
  const writing = Promise.resolve()
  const file: Partial<DiskFile> = { write: () => writing }
  const simulated = new SimulatedDisk()
  const open = () => Promise.resolve(file as DiskFile)
  const bounded = new BoundedDisk(Object.assign(Object.create(simulated) as Disk, { open }), 1)
  const opened = await bounded.open('/any')
  assert.equal(opened.write([], 0), writing)
})

test('thread pool: one disk has half of the threads at most, a quarter at least, and never none', () => {
  assert.equal(threadPoolSize({}), 4)
  assert.equal(threadPoolSize({ UV_THREADPOOL_SIZE: '16' }), 16)
  assert.equal(threadPoolSize({ UV_THREADPOOL_SIZE: '0' }), 1)
  assert.equal(threadPoolSize({ UV_THREADPOOL_SIZE: 'many' }), 4)
  assert.deepEqual(
    [1, 2, 3, 4, 20].map((disks) => threadsOfOneDisk(disks, 16)),
    [8, 5, 4, 4, 4],
  )
  assert.equal(threadsOfOneDisk(3, 1), 1)
})
