import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskContract } from '../disk/disk.contract.js'
import { hasCode } from '../disk/disk.js'
import { replaceFile } from '../disk/whole-files.js'
import { SimulatedDisk } from './simulated-disk.js'

diskContract('simulated', async () => {
  const disk = new SimulatedDisk({ capacityBytes: 1_000_000 })
  await disk.mkdir('/data')
  return { disk, root: '/data', tearDown: () => Promise.resolve() }
})

test('simulated disk: a power cut forgets bytes and names that were not synced', async () => {
  const disk = new SimulatedDisk()
  await disk.mkdir('/d')
  await disk.syncDirectory('/')
  const file = await disk.open('/d/f', { create: true })
  await file.write([Buffer.from('durable')], 0)
  await file.datasync()
  await disk.syncDirectory('/d')
  await file.write([Buffer.from(' and lost')], 7)
  await (await disk.open('/d/new', { create: true })).close()
  disk.powerCut()
  assert.equal(disk.contentOf('/d/f').toString(), 'durable')
  assert.equal(await disk.stat('/d/new'), undefined)
  await assert.rejects(file.write([Buffer.from('x')], 0), (error) => hasCode(error, 'EBADF'))
})

test('simulated disk: a crash keeps what was written, and stops the dead process', async () => {
  const disk = new SimulatedDisk()
  const file = await disk.open('/f', { create: true })
  await file.write([Buffer.from('kept')], 0)
  disk.crash()
  assert.equal(disk.contentOf('/f').toString(), 'kept')
  await assert.rejects(file.write([Buffer.from('x')], 0), (error) => hasCode(error, 'EBADF'))
})

test('simulated disk: a full disk takes a part and refuses the rest', async () => {
  const disk = new SimulatedDisk({ capacityBytes: 4 })
  const file = await disk.open('/f', { create: true })
  await assert.rejects(file.write([Buffer.from('123456')], 0), (error) => hasCode(error, 'ENOSPC'))
  assert.equal(disk.contentOf('/f').toString(), '1234')
})

test('simulated disk: replaceFile survives a power cut at any step with the old or the new content', async () => {
  for (let step = 1; step <= 12; step += 1) {
    const disk = new SimulatedDisk()
    await replaceFile(disk, '/f', 'old')
    let left = step
    disk.fail(
      'EIO',
      () => {
        left -= 1
        return left <= 0
      },
      { times: Number.POSITIVE_INFINITY },
    )
    await replaceFile(disk, '/f', 'new').catch(() => undefined)
    disk.powerCut()
    assert.ok(['old', 'new'].includes(disk.contentOf('/f').toString()), `step ${step}`)
  }
})
